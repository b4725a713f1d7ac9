// SPDX-License-Identifier: Apache-2.0
// A file with any number of items, .ics or .vcf, of any size: read once from its beginning to its end, after which each item is known by
// where its bytes lie. One item is in memory at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/item_kind.h"
#include "base/sha256.h"

namespace godwit::groupware {

struct FilePiece {
  std::uint64_t offset = 0, size = 0;
  std::size_t calendar = 0;  // in which it stands, of FileIndex::calendars
};

struct FileItem {
  std::string uid;  // derived from the content where the item has none: the same for the same content
  std::size_t line = 0;  // where it begins
  std::string fault{};  // not empty: it cannot be given, and why, with the line
  std::vector<FilePiece> pieces{};   // the item, its changed instances
  std::vector<std::string> added{};  // of each piece: content lines that it lacks (UID, DTSTAMP)
  std::vector<std::string> zones{};  // TZIDs that it names
  Digest digest{};                   // of its pieces and zones
};

// One VCALENDAR of the file.
struct FileCalendar {
  std::string head;  // content lines that each of its items gets: VERSION, PRODID, CALSCALE
  std::map<std::string, FilePiece> zones;  // VTIMEZONEs by TZID
};

struct FileIndex {
  CollectionKind kind = CollectionKind::calendar;
  std::vector<FileItem> items;
  std::vector<FileCalendar> calendars;
  std::string display_name, description, color;  // of the first VCALENDAR that says them
};

// The definition that stands in the same VCALENDAR as a part of the item; nothing: none does.
[[nodiscard]] const FilePiece* zone_of(const FileIndex& index, const FileItem& item, const std::string& name);

// Fills `room` from `offset` on and says how many bytes there were: 0 at the end of the file.
using ReadAt = std::function<Result<std::size_t>(std::uint64_t offset, std::span<char> room)>;

inline constexpr std::size_t most_items = 1'000'000;  // of one file

// What cannot be read becomes an item with a fault; what follows it is read all the same. Of several with one UID, that with the higher
// SEQUENCE and the later DTSTAMP counts (RFC 5546 section 2.1.5), of contacts that with the later REV; the others are faults.
// Errors: as `read_at` gives them; too_big, more than most_items.
[[nodiscard]] Result<FileIndex> index_items(CollectionKind kind, const ReadAt& read_at);

// One resource: a VCALENDAR with the item, its changed instances and the zones that they name, without METHOD; or a VCARD. Lines end in
// CRLF. Error of kind refused: its fault.
[[nodiscard]] Result<std::string> bytes_of(const FileIndex& index, const FileItem& item, const ReadAt& read_at);

}  // namespace godwit::groupware
