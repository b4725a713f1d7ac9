// SPDX-License-Identifier: Apache-2.0
#include "pst/answers.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.h"

namespace godwit::pst {
namespace {

constexpr std::size_t request_size = 9;
constexpr std::size_t length_size = 4;
constexpr std::size_t largest_payload = largest_piece + 4 * longest_text;
constexpr std::size_t most_texts = 64;

template <class Number>
void put(std::string& bytes, Number number) {
  auto rest = static_cast<std::uint64_t>(number);
  for (std::size_t i = 0; i < sizeof(Number); ++i, rest >>= 8U) bytes += static_cast<char>(rest & 0xFFU);
}

// Well-formed UTF-8 of at most so many bytes: bytes that are none become question marks.
std::string as_text(std::string_view text, std::size_t most) {
  std::string whole;
  for (std::size_t at = 0; at < text.size();) {
    char32_t code_point = 0;
    const std::size_t length = decode_utf8(text.substr(at), code_point);
    const std::string_view character = length == 0 ? "?" : text.substr(at, length);
    if (whole.size() + character.size() > most) break;
    whole += character;
    at += std::max<std::size_t>(length, 1);
  }
  return whole;
}

void put_text(std::string& bytes, std::string_view text) {
  const std::string whole = as_text(text, longest_text);
  put(bytes, static_cast<std::uint32_t>(whole.size()));
  bytes += whole;
}

void put_texts(std::string& bytes, const std::vector<std::string>& texts) {
  const std::size_t count = std::min(texts.size(), most_texts);
  put(bytes, static_cast<std::uint8_t>(count));
  for (std::size_t i = 0; i < count; ++i) put_text(bytes, std::string_view(texts[i]).substr(0, 255));
}

struct Encoder {
  std::string payload;
  char operator()(const FolderFound& folder) {
    put(payload, folder.id);
    put(payload, folder.parent);
    put(payload, static_cast<std::uint8_t>(folder.role));
    put(payload, static_cast<std::uint8_t>(folder.holds));
    put(payload, folder.promised);
    put_text(payload, folder.name);
    return 'F';
  }
  char operator()(const Attempt& attempt) {
    put(payload, attempt.id);
    put(payload, attempt.folder);
    return 'T';
  }
  char operator()(const ItemFound& item) {
    put(payload, item.id);
    put(payload, item.folder);
    put(payload, static_cast<std::uint8_t>(item.kind));
    put(payload, item.flags);
    put(payload, item.seconds);
    put_texts(payload, item.keywords);
    put_text(payload, item.subject);
    put_text(payload, item.reason);
    put(payload, item.size);
    put(payload, item.changed);
    put_texts(payload, item.packed);
    return 'I';
  }
  char operator()(const ListEnds& end) {
    put(payload, end.items);
    return 'E';
  }
  char operator()(const MessageBegins& message) {
    put(payload, message.id);
    put(payload, message.size);
    put(payload, message.seconds);
    return 'M';
  }
  char operator()(const Piece& piece) {
    payload += piece.bytes;
    return 'B';
  }
  char operator()(const Refusal& refusal) {
    put(payload, refusal.id);
    put_text(payload, refusal.reason);
    return 'X';
  }
};

// Takes a payload apart; after a first fault everything is empty and is_good is false.
class Fields {
 public:
  explicit Fields(std::string_view payload) : rest_(payload) {}

  template <class Number>
  Number number() {
    if (rest_.size() < sizeof(Number)) return fault<Number>();
    std::uint64_t value = 0;
    for (std::size_t i = sizeof(Number); i > 0; --i) value = value << 8U | static_cast<unsigned char>(rest_[i - 1]);
    rest_.remove_prefix(sizeof(Number));
    return static_cast<Number>(value);
  }
  template <class Enumeration>
  Enumeration choice(Enumeration last) {
    const auto value = number<std::uint8_t>();
    if (value > static_cast<std::uint8_t>(last)) return fault<Enumeration>();
    return static_cast<Enumeration>(value);
  }
  std::string text() {
    const auto length = number<std::uint32_t>();
    if (length > longest_text || length > rest_.size() || !is_utf8(rest_.substr(0, length))) return fault<std::string>();
    std::string text(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return text;
  }
  std::vector<std::string> texts() {
    const auto count = number<std::uint8_t>();
    if (count > most_texts) return fault<std::vector<std::string>>();
    std::vector<std::string> all;
    for (std::uint8_t i = 0; i < count && is_good_; ++i) all.push_back(text());
    return all;
  }
  [[nodiscard]] bool are_all_taken() const { return is_good_ && rest_.empty(); }

 private:
  template <class Value>
  Value fault() {
    is_good_ = false;
    rest_ = {};
    return Value{};
  }
  std::string_view rest_;
  bool is_good_ = true;
};

ItemFound item_of(Fields& fields) {
  ItemFound item;
  item.id = fields.number<std::uint64_t>();
  item.folder = fields.number<std::uint64_t>();
  item.kind = fields.choice(ItemKind::damaged);
  item.flags = fields.number<std::uint8_t>();
  item.seconds = fields.number<std::int64_t>();
  item.keywords = fields.texts();
  item.subject = fields.text();
  item.reason = fields.text();
  item.size = fields.number<std::uint64_t>();
  item.changed = fields.number<std::uint64_t>();
  item.packed = fields.texts();
  return item;
}

FolderFound folder_of(Fields& fields) {
  FolderFound folder;
  folder.id = fields.number<std::uint64_t>();
  folder.parent = fields.number<std::uint64_t>();
  folder.role = fields.choice(FolderRole::junk);
  folder.holds = fields.choice(ItemKind::damaged);
  folder.promised = fields.number<std::uint64_t>();
  folder.name = fields.text();
  return folder;
}

MessageBegins message_of(Fields& fields) {
  MessageBegins message;
  message.id = fields.number<std::uint64_t>();
  message.size = fields.number<std::uint64_t>();
  message.seconds = fields.number<std::int64_t>();
  return message;
}

std::optional<Answer> decode(char letter, std::string_view payload) {
  if (letter == 'B')
    return payload.empty() || payload.size() > largest_piece ? std::nullopt : std::optional<Answer>(Piece{std::string(payload)});
  Fields fields(payload);
  std::optional<Answer> answer;
  switch (letter) {
    case 'F': answer = folder_of(fields); break;
    case 'I': answer = item_of(fields); break;
    case 'M': answer = message_of(fields); break;
    case 'E': answer = ListEnds{fields.number<std::uint64_t>()}; break;
    case 'T': {
      const auto id = fields.number<std::uint64_t>();
      answer = Attempt{id, fields.number<std::uint64_t>()};
      break;
    }
    case 'X': {
      const auto id = fields.number<std::uint64_t>();
      answer = Refusal{id, fields.text()};
      break;
    }
    default: return std::nullopt;
  }
  return fields.are_all_taken() ? answer : std::nullopt;
}

}  // namespace

std::string_view name_of(ItemKind kind) {
  constexpr std::array<std::string_view, 8> names{"message", "appointment",   "contact",    "task",
                                                  "note",    "journal entry", "other item", "damaged item"};
  return names[static_cast<std::size_t>(kind)];
}

std::string encode(const Request& request) {
  std::string bytes(1, static_cast<char>(request.kind));
  put(bytes, request.id);
  return bytes;
}

std::optional<Request> decode_request(std::string_view bytes) {
  if (bytes.size() != request_size) return std::nullopt;
  const auto kind = static_cast<RequestKind>(bytes.front());
  if (std::string_view("LSRD").find(bytes.front()) == std::string_view::npos) return std::nullopt;
  return Request{kind, Fields(bytes.substr(1)).number<std::uint64_t>()};
}

std::string encode(const Answer& answer) {
  Encoder encoder;
  const char letter = std::visit(encoder, answer);
  std::string bytes;
  bytes.reserve(length_size + 1 + encoder.payload.size());
  put(bytes, static_cast<std::uint32_t>(encoder.payload.size()));
  bytes += letter;
  bytes += encoder.payload;
  return bytes;
}

Result<std::optional<Answer>> AnswerReader::next() {
  const std::string_view rest = std::string_view(buffer_).substr(taken_);
  if (rest.size() < length_size + 1) {
    buffer_.erase(0, std::exchange(taken_, 0));
    return std::nullopt;
  }
  const auto length = Fields(rest.substr(0, length_size)).number<std::uint32_t>();
  if (length > largest_payload) return fail(ErrorKind::syntax, "the helper's answer is too long");
  if (rest.size() < length_size + 1 + length) {
    buffer_.erase(0, std::exchange(taken_, 0));
    return std::nullopt;
  }
  auto answer = decode(rest[length_size], rest.substr(length_size + 1, length));
  if (!answer) return fail(ErrorKind::syntax, "the helper's answer has no form that is known");
  taken_ += length_size + 1 + length;
  return answer;
}

}  // namespace godwit::pst
