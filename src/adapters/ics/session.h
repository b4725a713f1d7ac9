// SPDX-License-Identifier: Apache-2.0
// A tree of .ics and .vcf files as the engine sees it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/ics/item_store.h"
#include "adapters/ics/places.h"
#include "endpoint/collections.h"
#include "files/archive.h"

namespace godwit::adapters {

struct IcsRoot {
  std::shared_ptr<const files::SourceTree> tree;  // kept while it is read
  files::Directory folder;
  std::string file;  // the only one that counts; empty: all
};

// What source and target share. Collections are read when they are asked for, and what was read is kept until their state changes.
class IcsReader {
 public:
  explicit IcsReader(IcsRoot root) : root_(std::move(root)) {}
  [[nodiscard]] Result<std::vector<endpoint::Collection>> collections();
  [[nodiscard]] Result<endpoint::ResourceChanges> changes(const endpoint::Collection& collection, const std::string& since);
  [[nodiscard]] Result<std::vector<Result<endpoint::ResourceContent>>> fetch(const endpoint::Collection& collection,
                                                                             std::span<const std::string> names);
  // Of the state that the files have now.
  [[nodiscard]] Result<ItemStore*> store_of(const std::string& collection);
  [[nodiscard]] const files::Directory& root() const { return root_.folder; }
  // Error: its state cannot be told.
  [[nodiscard]] Result<endpoint::Collection> collection_at(const ItemPlace& place) const;

 private:
  [[nodiscard]] Result<endpoint::CollectionProperties> properties_of(const ItemPlace& place) const;
  IcsRoot root_;
  std::map<std::string, ItemStore> stores_;
};

class IcsSession final : public endpoint::CollectionSession {
 public:
  explicit IcsSession(IcsRoot root);
  [[nodiscard]] const endpoint::CollectionTraits& traits() const override { return traits_; }
  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override;
  [[nodiscard]] Task<Result<std::vector<endpoint::Collection>>> collections() override;
  [[nodiscard]] Task<Result<endpoint::ResourceChanges>> changes(const endpoint::Collection& collection, const std::string& since) override;
  [[nodiscard]] Task<Result<std::vector<Result<endpoint::ResourceContent>>>> fetch(const endpoint::Collection& collection,
                                                                                 std::span<const std::string> names) override;
  void close() override {}

 private:
  IcsReader reader_;
  endpoint::CollectionTraits traits_;
};

class IcsTargetSession final : public endpoint::CollectionTargetSession {
 public:
  explicit IcsTargetSession(IcsRoot root);
  [[nodiscard]] const endpoint::CollectionTraits& traits() const override { return traits_; }
  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override;
  [[nodiscard]] Task<Result<std::vector<endpoint::Collection>>> collections() override;
  [[nodiscard]] Task<Result<endpoint::ResourceChanges>> changes(const endpoint::Collection& collection, const std::string& since) override;
  [[nodiscard]] Task<Result<std::vector<Result<endpoint::ResourceContent>>>> fetch(const endpoint::Collection& collection,
                                                                                 std::span<const std::string> names) override;
  void close() override {}
  [[nodiscard]] Task<Result<endpoint::Collection>> create(const endpoint::NewCollection& collection) override;
  [[nodiscard]] Task<Result<std::vector<std::string>>> change_properties(const endpoint::Collection& collection,
                                                                       const endpoint::CollectionProperties& properties) override;
  [[nodiscard]] Task<Result<std::vector<endpoint::PutOutcome>>> put(const endpoint::Collection& collection,
                                                                  std::span<const endpoint::NewResource> resources) override;
  [[nodiscard]] Task<Result<std::vector<Result<>>>> remove(const endpoint::Collection& collection,
                                                         std::span<const endpoint::Resource> resources) override;

 private:
  IcsReader reader_;
  endpoint::CollectionTraits traits_;
};

[[nodiscard]] endpoint::CollectionTraits ics_traits(bool is_target);
// A name for a file or folder: of letters, digits and "@._-" alone, at most 100 bytes; what cannot be is replaced, and a digest added.
[[nodiscard]] std::string safe_name(std::string_view text);

}  // namespace godwit::adapters
