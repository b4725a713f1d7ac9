// SPDX-License-Identifier: Apache-2.0
// What godwit and its helper godwit-pst say to each other over two pipes. godwit asks by requests of nine bytes, a letter and a number
// (RequestKind, id); the helper answers by frames: a length of four bytes, a letter, and a payload of so many bytes. Numbers are
// little-endian; texts are UTF-8 behind their length in four bytes. The helper works on files that nobody vouches for, so godwit takes
// nothing but exactly these forms.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"

namespace godwit::pst {

enum class RequestKind : char {
  list = 'L',  // answered by FolderFound, Attempt and ItemFound, each folder before what is in it, and ListEnds
  skip = 'S',  // the item with this id is not to be opened by a list that follows; not answered
  read = 'R',  // a message: answered by MessageBegins and its pieces, or by a Refusal
  document = 'D',  // an item that is no mail, as documents.h makes it: answered alike
};
struct Request {
  RequestKind kind = RequestKind::list;
  std::uint64_t id = 0;
  friend bool operator==(const Request&, const Request&) = default;
};
[[nodiscard]] std::string encode(const Request& request);
// Of exactly nine bytes; nothing: they are no request.
[[nodiscard]] std::optional<Request> decode_request(std::string_view bytes);

enum class FolderRole : std::uint8_t { none, inbox, sent, trash, drafts, outbox, junk };
enum class ItemKind : std::uint8_t { mail, appointment, contact, task, note, journal, other, damaged };
[[nodiscard]] std::string_view name_of(ItemKind kind);  // "appointment"

struct FolderFound {
  std::uint64_t id = 0, parent = 0;  // parent 0: at the top
  FolderRole role = FolderRole::none;
  ItemKind holds = ItemKind::other;  // what it is made for
  std::uint64_t promised = 0;  // how many items the folder says that it has
  std::string name;
  friend bool operator==(const FolderFound&, const FolderFound&) = default;
};
// The next item is about to be opened: what the helper dies of afterwards is its fault.
struct Attempt {
  std::uint64_t id = 0, folder = 0;
  friend bool operator==(const Attempt&, const Attempt&) = default;
};
struct ItemFound {
  std::uint64_t id = 0, folder = 0;  // the id is the same for the same item as long as the file lives
  ItemKind kind = ItemKind::mail;
  std::uint8_t flags = 0;    // of MessageFlags::System
  std::int64_t seconds = 0;  // when it arrived, since 1970; 0: not told
  std::vector<std::string> keywords;
  std::string subject, reason;  // the second: what is damaged
  std::uint64_t size = 0;       // about, in bytes, as the file states it; 0: not told
  std::uint64_t changed = 0;    // another number when it was changed; 0: not told
  std::vector<std::string> packed{};  // files in a winmail.dat; at most 64
  friend bool operator==(const ItemFound&, const ItemFound&) = default;
};
struct ListEnds {
  std::uint64_t items = 0;
  friend bool operator==(const ListEnds&, const ListEnds&) = default;
};
struct MessageBegins {
  std::uint64_t id = 0, size = 0;
  std::int64_t seconds = 0;
  friend bool operator==(const MessageBegins&, const MessageBegins&) = default;
};
struct Piece {
  std::string bytes;  // not empty
  friend bool operator==(const Piece&, const Piece&) = default;
};
struct Refusal {
  std::uint64_t id = 0;  // 0: the whole file
  std::string reason;
  friend bool operator==(const Refusal&, const Refusal&) = default;
};
using Answer = std::variant<FolderFound, Attempt, ItemFound, ListEnds, MessageBegins, Piece, Refusal>;

inline constexpr std::size_t largest_piece = 256 * 1024;
inline constexpr std::size_t longest_text = 64 * 1024;

// With its length in front. Texts above the longest are cut, at the end of a character.
[[nodiscard]] std::string encode(const Answer& answer);

// Takes the helper's bytes as they come.
class AnswerReader {
 public:
  void add(std::string_view bytes) { buffer_.append(bytes); }
  // The next answer; nothing: it is not complete yet. Error of kind syntax: what came is no answer, and all that follows is lost.
  [[nodiscard]] Result<std::optional<Answer>> next();

 private:
  std::string buffer_;
  std::size_t taken_ = 0;
};

}  // namespace godwit::pst
