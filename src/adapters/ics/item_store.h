// SPDX-License-Identifier: Apache-2.0
// The items of one collection of files.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/ics/places.h"
#include "endpoint/collections.h"

namespace godwit::adapters {

class ItemStore {
 public:
  // Names, times and sizes of its files: equal, nothing happened. Errors: not_found, the folder or file is gone; as Directory.
  [[nodiscard]] static Result<std::string> state_of(const files::Directory& root, const ItemPlace& place);
  // Reads all files once. Errors as state_of(); too_big, a file has too many items.
  [[nodiscard]] static Result<ItemStore> load(const files::Directory& root, ItemPlace place);

  [[nodiscard]] const std::string& state() const { return state_; }
  [[nodiscard]] const ItemPlace& place() const { return place_; }
  [[nodiscard]] std::vector<endpoint::Resource> resources() const;
  // Errors: not_found; refused, it cannot be given, and why.
  [[nodiscard]] Result<endpoint::ResourceContent> read(const std::string& name) const;
  // What the collection's files say of it themselves.
  [[nodiscard]] endpoint::CollectionProperties told_properties() const;

  // For a target, where each item is a file of its own.
  [[nodiscard]] std::optional<std::string> name_of_uid(const std::string& uid) const;
  [[nodiscard]] std::optional<std::string> version_of(const std::string& name) const;
  // Whether the file holds other items, too.
  [[nodiscard]] bool is_shared_file(const std::string& name) const;
  // Reads again what has changed since: one file, or any of them. Errors as load().
  [[nodiscard]] Result<> refresh_file(const std::string& name);
  [[nodiscard]] Result<> refresh();

 private:
  struct ItemFile {
    groupware::FileIndex index;
    std::string stamp;  // time and size
    std::vector<std::string> names;  // of its items
  };
  struct Found {
    std::string file;
    std::size_t item = 0;
    std::string twin;  // the file that has an item of the same UID before
  };
  ItemStore(files::Directory folder, ItemPlace place) : folder_(std::move(folder)), place_(std::move(place)) {}
  [[nodiscard]] Result<> load_file(const std::string& name);
  void name_all_items();
  void name_items_of(const std::string& file, ItemFile& from);
  void forget_items_of(const ItemFile& from);
  [[nodiscard]] const groupware::FileItem& item_of(const Found& found) const { return files_.at(found.file).index.items.at(found.item); }

  files::Directory folder_;
  ItemPlace place_;
  std::string state_;
  std::map<std::string, ItemFile> files_;
  std::map<std::string, Found> found_;      // by name
  std::map<std::string, std::string> uids_;  // names of items by UID
  bool has_twins_ = false;
};

}  // namespace godwit::adapters
