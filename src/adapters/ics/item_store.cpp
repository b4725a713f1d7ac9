// SPDX-License-Identifier: Apache-2.0
#include "adapters/ics/item_store.h"

#include <fmt/format.h>

#include "adapters/ics/sidecar.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

std::string stamp_of(const struct stat& status) {
  return fmt::format("{}.{:09} {} {}", status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_size, status.st_ino);
}

std::string version_text(const Digest& digest) {
  constexpr std::size_t bytes = 16;
  return to_hex(digest.view().substr(0, bytes));
}

// The collection's files by name.
Result<std::vector<std::string>> file_names(const files::Directory& folder, const ItemPlace& place) {
  if (!place.file.empty()) return std::vector{place.file};
  GODWIT_TRY(auto entries, folder.entries());
  std::ranges::sort(entries);
  std::vector<std::string> names;
  for (files::Entry& entry : entries) {
    if (entry.kind == files::EntryKind::file && kind_of_file(entry.name) == place.kind) names.push_back(std::move(entry.name));
  }
  return names;
}

Result<std::string> state_in(const files::Directory& folder, const ItemPlace& place) {
  GODWIT_TRY(const auto names, file_names(folder, place));
  Sha256 digest;
  for (const std::string& name : names) {
    const auto status = folder.status(name);
    if (!status && !place.file.empty()) {
      return fail(ErrorKind::not_found, fmt::format("{}: it is not there", printable((folder.path() / name).native())));
    }
    if (!status) continue;
    digest.update(name);
    digest.update("\n" + stamp_of(*status) + "\n");
  }
  return version_text(digest.finish());
}

}  // namespace

Result<std::string> ItemStore::state_of(const files::Directory& root, const ItemPlace& place) {
  GODWIT_TRY(const auto folder, folder_of(root, place));
  return state_in(folder, place);
}

Result<ItemStore> ItemStore::load(const files::Directory& root, ItemPlace place) {
  GODWIT_TRY(auto folder, folder_of(root, place));
  ItemStore store(std::move(folder), std::move(place));
  GODWIT_TRY(store.state_, state_in(store.folder_, store.place_));  // before the files: what changes meanwhile is seen the next time
  GODWIT_TRY(const auto names, file_names(store.folder_, store.place_));
  for (const std::string& name : names) GODWIT_CHECK(store.load_file(name));
  store.name_all_items();
  return store;
}

Result<> ItemStore::load_file(const std::string& name) {
  const auto status = folder_.status(name);
  const auto file = folder_.open_file(name);
  if (!file && file.error().kind == ErrorKind::not_found) {
    files_.erase(name);
    return {};
  }
  ItemFile loaded;
  loaded.index.kind = place_.kind;
  loaded.stamp = status ? stamp_of(*status) : std::string();
  if (!file) {
    loaded.index.items.push_back({"fault-0", 0, file.error().what});
  } else {
    GODWIT_TRY(loaded.index, groupware::index_items(place_.kind, reader_of(file->get(), folder_.path() / name)));
  }
  files_[name] = std::move(loaded);
  return {};
}

void ItemStore::name_all_items() {
  found_.clear();
  uids_.clear();
  has_twins_ = false;
  for (auto& [file, from] : files_) name_items_of(file, from);
}

void ItemStore::name_items_of(const std::string& file, ItemFile& from) {
  from.names.clear();
  for (std::size_t i = 0; i < from.index.items.size(); ++i) {
    const groupware::FileItem& item = from.index.items[i];
    std::string name = !place_.file.empty() ? item.uid : from.index.items.size() == 1 ? file : file + '#' + item.uid;
    std::string twin;
    if (item.fault.empty()) {
      const auto [there, is_new] = uids_.try_emplace(item.uid, name);
      has_twins_ = has_twins_ || !is_new;
      if (!is_new && item_of(found_.at(there->second)).digest == item.digest) continue;  // the same item in another file
      if (!is_new) twin = found_.at(there->second).file;
    }
    from.names.push_back(name);
    found_.insert_or_assign(std::move(name), Found{file, i, std::move(twin)});
  }
}

void ItemStore::forget_items_of(const ItemFile& from) {
  for (const std::string& name : from.names) {
    const auto uid = uids_.find(item_of(found_.at(name)).uid);
    if (uid != uids_.end() && uid->second == name) uids_.erase(uid);
    found_.erase(name);
  }
}

std::vector<endpoint::Resource> ItemStore::resources() const {
  std::vector<endpoint::Resource> all;
  for (const auto& [name, found] : found_) {
    const groupware::FileItem& item = item_of(found);
    std::uint64_t size = 0;
    for (const groupware::FilePiece& piece : item.pieces) size += piece.size;
    all.push_back({.name = name, .version = version_text(item.digest), .is_active = false, .size = size});
  }
  return all;
}

Result<endpoint::ResourceContent> ItemStore::read(const std::string& name) const {
  const auto found = found_.find(name);
  if (found == found_.end()) return fail(ErrorKind::not_found, fmt::format("{}: it is not there", printable(name)));
  const auto& [file, number, twin] = found->second;
  const groupware::FileItem& item = item_of(found->second);
  if (!twin.empty()) {
    return fail(ErrorKind::refused,
                fmt::format("{}: the item in line {} has the UID {}, and so has another one in {}: give one of them another UID",
                            printable(file), item.line, printable(item.uid), printable(twin)));
  }
  GODWIT_TRY(const files::Descriptor descriptor, folder_.open_file(file));
  const auto status = folder_.status(file);
  if (!status || stamp_of(*status) != files_.at(file).stamp) {
    return fail(ErrorKind::refused,
                fmt::format("{}: the file has changed since it was listed: run the same command again", printable(file)));
  }
  auto bytes = groupware::bytes_of(files_.at(file).index, item, reader_of(descriptor.get(), folder_.path() / file));
  if (!bytes) return std::unexpected(std::move(bytes).error().at(printable(file)));
  return endpoint::ResourceContent{name, version_text(item.digest), std::move(*bytes), false};
}

endpoint::CollectionProperties ItemStore::told_properties() const {
  endpoint::CollectionProperties properties;
  if (place_.file.empty() || files_.empty()) return properties;
  const groupware::FileIndex& index = files_.begin()->second.index;
  properties.display_name = index.display_name;
  properties.description = index.description;
  properties.color = color_of(index.color);
  return properties;
}

std::optional<std::string> ItemStore::name_of_uid(const std::string& uid) const {
  const auto found = uids_.find(uid);
  return found == uids_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> ItemStore::version_of(const std::string& name) const {
  const auto found = found_.find(name);
  return found == found_.end() ? std::nullopt : std::optional(version_text(item_of(found->second).digest));
}

bool ItemStore::is_shared_file(const std::string& name) const {
  const auto found = found_.find(name);
  return found != found_.end() && files_.at(found->second.file).index.items.size() > 1;
}

Result<> ItemStore::refresh_file(const std::string& name) {
  const auto status = folder_.status(name);
  const auto known = files_.find(name);
  const std::string stamp = status ? stamp_of(*status) : std::string();
  if (known == files_.end() ? stamp.empty() : known->second.stamp == stamp) return {};
  if (known != files_.end()) forget_items_of(known->second);
  GODWIT_CHECK(load_file(name));
  const auto loaded = files_.find(name);
  if (has_twins_) {
    name_all_items();
  } else if (loaded != files_.end()) {
    name_items_of(name, loaded->second);
  }
  return {};
}

Result<> ItemStore::refresh() {
  GODWIT_TRY(state_, state_in(folder_, place_));
  GODWIT_TRY(const auto names, file_names(folder_, place_));
  const std::set<std::string> present(names.begin(), names.end());
  std::vector<std::string> gone;
  for (const auto& [name, file] : files_) {
    if (!present.contains(name)) gone.push_back(name);
  }
  for (const std::string& name : gone) GODWIT_CHECK(refresh_file(name));
  for (const std::string& name : names) GODWIT_CHECK(refresh_file(name));
  return {};
}

}  // namespace godwit::adapters
