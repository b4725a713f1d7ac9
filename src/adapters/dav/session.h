// SPDX-License-Identifier: Apache-2.0
// One account's session, for reading and for writing. Only for this folder.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/dav/account.h"
#include "dav/client.h"
#include "dav/discovery.h"
#include "endpoint/collections.h"

namespace godwit::adapters {

// How the server is kept from sending mail.
enum class Scheduling : std::uint8_t {
  none,    // it sends none by itself
  header,  // it is told so with each request: Cyrus
  agent,   // the item says so: all others (RFC 6638 section 7.1)
};

class DavSession final : public endpoint::CollectionTargetSession {
 public:
  // `user`: whose account it is.
  DavSession(std::unique_ptr<dav::Client> client, dav::Homes homes, dav::Options options, std::string user);

  [[nodiscard]] const endpoint::CollectionTraits& traits() const override { return traits_; }
  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override;
  [[nodiscard]] Task<Result<std::vector<endpoint::Collection>>> collections() override;
  [[nodiscard]] Task<Result<endpoint::ResourceChanges>> changes(const endpoint::Collection& collection, const std::string& since) override;
  [[nodiscard]] Task<Result<std::vector<Result<endpoint::ResourceContent>>>> fetch(const endpoint::Collection& collection,
                                                                                 std::span<const std::string> names) override;
  [[nodiscard]] Task<Result<endpoint::Collection>> create(const endpoint::NewCollection& collection) override;
  [[nodiscard]] Task<Result<std::vector<std::string>>> change_properties(const endpoint::Collection& collection,
                                                                       const endpoint::CollectionProperties& properties) override;
  [[nodiscard]] Task<Result<std::vector<endpoint::PutOutcome>>> put(const endpoint::Collection& collection,
                                                                  std::span<const endpoint::NewResource> resources) override;
  [[nodiscard]] Task<Result<std::vector<Result<>>>> remove(const endpoint::Collection& collection,
                                                          std::span<const endpoint::Resource> resources) override;
  void close() override {}

 private:
  using Contents = std::vector<Result<endpoint::ResourceContent>>;

  [[nodiscard]] endpoint::Collection collection_of(const dav::Member& member, std::string path, CollectionKind kind) const;
  void mark_defaults(std::vector<endpoint::Collection>& all, const std::string& told_calendar) const;

  [[nodiscard]] Task<Result<endpoint::ResourceChanges>> synchronised(const endpoint::Collection& collection, std::string token);
  [[nodiscard]] Task<Result<endpoint::ResourceChanges>> listed(const endpoint::Collection& collection);
  // Whether the server was asked to the end; `more`: a truncated answer has to be continued.
  void take_members(const endpoint::Collection& collection, const dav::Multistatus& answer, endpoint::ResourceChanges& changes, bool& more) const;

  [[nodiscard]] Task<Result<>> fetch_one_by_one(const endpoint::Collection& collection, std::span<const std::string> names, Contents& contents,
                                                std::vector<std::size_t> places);

  [[nodiscard]] Task<Result<http::Response>> make_collection(const std::string& path, const endpoint::NewCollection& wanted);
  [[nodiscard]] dav::Call put_call(const endpoint::Collection& collection, const endpoint::NewResource& resource) const;
  [[nodiscard]] endpoint::PutOutcome outcome_of(const endpoint::Collection& collection, const endpoint::NewResource& resource,
                                                const http::Response& response) const;

  std::unique_ptr<dav::Client> client_;
  dav::Homes homes_;
  dav::Options options_;
  std::string user_;
  Scheduling scheduling_;
  endpoint::CollectionTraits traits_;
};

}  // namespace godwit::adapters
