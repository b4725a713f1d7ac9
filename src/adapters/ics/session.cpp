// SPDX-License-Identifier: Apache-2.0
#include "adapters/ics/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/ics/sidecar.h"
#include "base/text.h"
#include "groupware/content_lines.h"

namespace godwit::adapters {

endpoint::CollectionTraits ics_traits(bool is_target) {
  endpoint::CollectionTraits traits;
  traits.server = "iCalendar and vCard files";
  traits.kinds = {CollectionKind::calendar, CollectionKind::address_book};
  traits.caveats = {"Files do not tell who else may see a calendar or an address book."};
  traits.makes_collections = is_target;
  traits.item_limit = groupware::largest_item;
  traits.batch_items = 100;
  return traits;
}

Result<endpoint::CollectionProperties> IcsReader::properties_of(const ItemPlace& place) const {
  GODWIT_TRY(const auto folder, folder_of(root_.folder, place));
  if (place.file.empty()) return read_properties(folder);
  const auto file = folder.open_file(place.file);
  if (!file) return endpoint::CollectionProperties{};
  constexpr std::uint64_t head = 64 * 1024;
  const groupware::ReadAt all = reader_of(file->get(), folder.path() / place.file);
  // What a calendar is called stands at its beginning.
  GODWIT_TRY(const auto index, groupware::index_items(place.kind, [&](std::uint64_t offset, std::span<char> room) -> Result<std::size_t> {
    if (offset >= head) return 0;
    return all(offset, room.first(std::min<std::uint64_t>(room.size(), head - offset)));
  }));
  endpoint::CollectionProperties properties;
  properties.display_name = index.display_name;
  properties.description = index.description;
  properties.color = color_of(index.color);
  return properties;
}

Result<endpoint::Collection> IcsReader::collection_at(const ItemPlace& place) const {
  endpoint::Collection collection;
  collection.name = name_of(place);
  collection.kind = place.kind;
  const std::filesystem::path path = place.folder.empty() ? root_.folder.path() : std::filesystem::path(place.folder);
  collection.short_name = place.file.empty() ? path.filename().native() : std::filesystem::path(place.file).stem().native();
  GODWIT_TRY(collection.properties, properties_of(place));
  GODWIT_TRY(collection.state, ItemStore::state_of(root_.folder, place));
  return collection;
}

Result<std::vector<endpoint::Collection>> IcsReader::collections() {
  std::vector<ItemPlace> places;
  if (const auto kind = kind_of_file(root_.file)) {
    places.push_back({{}, root_.file, *kind});
  } else {
    GODWIT_TRY(places, find_places(root_.folder));
  }
  std::vector<endpoint::Collection> all;
  for (const ItemPlace& place : places) {
    auto collection = collection_at(place);
    if (!collection && collection.error().kind == ErrorKind::not_found) continue;  // gone meanwhile
    if (!collection) return std::unexpected(std::move(collection).error());
    const auto same_kind = [&](const ItemPlace& other) { return other.kind == place.kind; };
    collection->is_default = std::ranges::count_if(places, same_kind) == 1;
    all.push_back(std::move(*collection));
  }
  return all;
}

Result<ItemStore*> IcsReader::store_of(const std::string& collection) {
  const auto place = parse_place(collection);
  if (!place) return fail(ErrorKind::not_found, fmt::format("{}: there is no such collection", printable(collection)));
  const auto known = stores_.find(collection);
  if (known != stores_.end()) {
    GODWIT_TRY(const std::string state, ItemStore::state_of(root_.folder, *place));
    if (state != known->second.state()) GODWIT_CHECK(known->second.refresh());
    return &known->second;
  }
  GODWIT_TRY(ItemStore store, ItemStore::load(root_.folder, *place));
  return &stores_.emplace(collection, std::move(store)).first->second;
}

Result<endpoint::ResourceChanges> IcsReader::changes(const endpoint::Collection& collection, const std::string& since) {
  const auto place = parse_place(collection.name);
  if (!place) return fail(ErrorKind::not_found, fmt::format("{}: there is no such collection", printable(collection.name)));
  GODWIT_TRY(const std::string state, ItemStore::state_of(root_.folder, *place));
  if (!since.empty() && since == state) return endpoint::ResourceChanges{.present = {}, .gone = {}, .is_whole = false, .state = state};
  GODWIT_TRY(const ItemStore* const store, store_of(collection.name));
  return endpoint::ResourceChanges{.present = store->resources(), .gone = {}, .is_whole = true, .state = store->state()};
}

Result<std::vector<Result<endpoint::ResourceContent>>> IcsReader::fetch(const endpoint::Collection& collection,
                                                                        std::span<const std::string> names) {
  GODWIT_TRY(const ItemStore* const store, store_of(collection.name));
  std::vector<Result<endpoint::ResourceContent>> all;
  for (const std::string& name : names) all.push_back(store->read(name));
  return all;
}

IcsSession::IcsSession(IcsRoot root) : reader_(std::move(root)), traits_(ics_traits(false)) {}

Task<Result<endpoint::ServerFacts>> IcsSession::facts() { co_return endpoint::ServerFacts{}; }

Task<Result<std::vector<endpoint::Collection>>> IcsSession::collections() { co_return reader_.collections(); }

Task<Result<endpoint::ResourceChanges>> IcsSession::changes(const endpoint::Collection& collection, const std::string& since) {
  co_return reader_.changes(collection, since);
}

Task<Result<std::vector<Result<endpoint::ResourceContent>>>> IcsSession::fetch(const endpoint::Collection& collection,
                                                                             std::span<const std::string> names) {
  co_return reader_.fetch(collection, names);
}

}  // namespace godwit::adapters
