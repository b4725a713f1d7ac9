// SPDX-License-Identifier: Apache-2.0
// Which collections lie in a tree of files.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/item_kind.h"
#include "files/directory.h"
#include "groupware/item_file.h"

namespace godwit::adapters {

struct ItemPlace {
  std::string folder;  // below the root, parts joined by "/"; empty: the root itself
  std::string file;    // that is the collection; empty: all files of its kind in the folder
  CollectionKind kind = CollectionKind::calendar;
  friend bool operator==(const ItemPlace&, const ItemPlace&) = default;
};

// "work/*.ics", "contacts.vcf"
[[nodiscard]] std::string name_of(const ItemPlace& place);
// Nothing: it is no such name.
[[nodiscard]] std::optional<ItemPlace> parse_place(std::string_view name);

// .ics .ical .icalendar; .vcf .vcard; in any case, and not hidden. Nothing: another file.
[[nodiscard]] std::optional<CollectionKind> kind_of_file(std::string_view name);
[[nodiscard]] std::string_view suffix_of(CollectionKind kind);  // ".ics"

// By name. Files that hold several items, or names of calendars, are collections; files of one item each are one together, for each kind.
// Links and hidden entries are left out. Errors: a folder cannot be read.
[[nodiscard]] Result<std::vector<ItemPlace>> find_places(const files::Directory& root);

// The file that tells what kind a folder is of, which the target made: empty ones could not tell.
inline constexpr std::string_view kind_file = ".godwit";

[[nodiscard]] Result<files::Directory> folder_of(const files::Directory& root, const ItemPlace& place);
[[nodiscard]] groupware::ReadAt reader_of(int descriptor, const std::filesystem::path& file);

}  // namespace godwit::adapters
