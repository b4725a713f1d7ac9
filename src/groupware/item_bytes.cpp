// SPDX-License-Identifier: Apache-2.0
// One resource made of the pieces of a file.
#include <algorithm>

#include "base/error_code.h"
#include "groupware/item_file.h"

namespace godwit::groupware {
namespace {

Result<std::string> read_piece(const FilePiece& piece, const ReadAt& read_at) {
  std::string bytes(piece.size, '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    GODWIT_TRY(const std::size_t got, read_at(piece.offset + done, std::span(bytes).subspan(done)));
    if (got == 0) return fail(ErrorKind::refused, "the file has become shorter while it was read: run the same command again");
    done += got;
  }
  return bytes;
}

// Lines end in CRLF (RFC 5545 section 3.1); empty ones go, but for contacts, where vCard 2.1 ends base64 by one.
void append_lines(std::string_view bytes, bool keeps_empty, std::string& to) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  const char end = bytes.contains('\n') ? '\n' : '\r';
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.find(end), bytes.size());
    std::string_view line = bytes.substr(0, size);
    while (line.ends_with('\r')) line.remove_suffix(1);
    if (keeps_empty || !line.empty()) to.append(line).append("\r\n");
    bytes.remove_prefix(std::min(size + 1, bytes.size()));
  }
}

// Behind the line BEGIN of a calendar's component, or before the line END of a card.
std::string with_lines(std::string bytes, std::string_view added, bool is_card) {
  if (added.empty()) return bytes;
  const std::size_t where = is_card ? bytes.rfind("\r\n", bytes.size() - 3) + 2 : bytes.find("\r\n") + 2;
  return bytes.insert(where, added);
}

}  // namespace

const FilePiece* zone_of(const FileIndex& index, const FileItem& item, const std::string& name) {
  for (const FilePiece& piece : item.pieces) {
    const auto& zones = index.calendars.at(piece.calendar).zones;
    if (const auto found = zones.find(name); found != zones.end()) return &found->second;
  }
  return nullptr;
}

Result<std::string> bytes_of(const FileIndex& index, const FileItem& item, const ReadAt& read_at) {
  if (!item.fault.empty()) {
    Error error = make_error(codes::item_not_valid, item.fault);
    error.kind = ErrorKind::refused;  // the others can be read
    return std::unexpected(std::move(error));
  }
  const bool is_card = index.kind == CollectionKind::address_book;
  std::string text;
  if (!is_card) {
    text = "BEGIN:VCALENDAR\r\n" + index.calendars.at(item.pieces.front().calendar).head;
    for (const std::string& name : item.zones) {
      const FilePiece* const zone = zone_of(index, item, name);
      if (zone == nullptr) continue;
      GODWIT_TRY(const std::string bytes, read_piece(*zone, read_at));
      append_lines(bytes, false, text);
    }
  }
  for (std::size_t i = 0; i < item.pieces.size(); ++i) {
    GODWIT_TRY(const std::string bytes, read_piece(item.pieces[i], read_at));
    std::string piece;
    append_lines(bytes, is_card, piece);
    text += with_lines(std::move(piece), item.added[i], is_card);
  }
  return is_card ? text : text + "END:VCALENDAR\r\n";
}

}  // namespace godwit::groupware
