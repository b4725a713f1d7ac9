// SPDX-License-Identifier: Apache-2.0
// Stage 2 of reading: the grammar of one response, fed with its fragments (RFC 9051 §9, and the extensions in responses.h).
// A FETCH is parsed as it comes, so that what stands in front of a body is known when the body begins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "imap/cursor.h"
#include "imap/responses.h"

namespace godwit::imap {

// What is to be done with the literal that begins.
enum class LiteralUse { text, body, skip };

class FetchParser {
 public:
  void begin(std::uint32_t number);
  // A fragment, from behind the word FETCH on.
  [[nodiscard]] Result<> text(std::string_view fragment);
  [[nodiscard]] LiteralUse use_of_literal() const;
  void literal(std::string bytes);               // text or whole body
  void literal_omitted(std::uint64_t size);      // skipped, or a body that the caller streams
  [[nodiscard]] bool is_finished() const { return is_finished_; }
  [[nodiscard]] const FetchedMessage& message() const { return response_.message; }
  [[nodiscard]] FetchResponse take() { return std::move(response_); }

 private:
  enum class Item { none, uid, flags, internal_date, rfc822_size, modseq, object_id, labels, body, unknown };
  [[nodiscard]] static Item item_of(std::string_view name);
  void open_or_close(std::string_view& rest);
  [[nodiscard]] Result<> item_name(std::string_view& rest);
  [[nodiscard]] Result<> value(std::string_view& rest);
  [[nodiscard]] Result<> string_value(std::string_view& rest);
  [[nodiscard]] Result<> list_value(std::string_view& rest);
  void atom_value(std::string_view atom);
  void label(std::string_view wire);
  [[nodiscard]] Result<> skip_nested(std::string_view& rest);

  FetchResponse response_;
  Item item_ = Item::none;       // whose value comes next
  std::size_t depth_ = 0;        // parentheses around items
  std::size_t skip_depth_ = 0;   // parentheses inside the value of an unknown item
  bool is_finished_ = false;
};

class ResponseParser {
 public:
  // The text in front of a literal.
  [[nodiscard]] Result<LiteralUse> before_literal(std::string_view text);
  void literal(std::string bytes);
  void literal_omitted(std::uint64_t size);
  // The text that ends the response. Afterwards the parser is ready for the next one.
  [[nodiscard]] Result<Response> end(std::string_view text);
  // While a body is read: what its FETCH has told so far.
  [[nodiscard]] const FetchedMessage& message() const { return fetch_.message(); }

 private:
  [[nodiscard]] bool begin_fetch(std::string_view& text);

  FetchParser fetch_;
  bool is_fetch_ = false;
  std::optional<std::string> first_text_;
  std::vector<LiteralAndText> more_;
};

// The arguments of "* CAPABILITY" and of the response code CAPABILITY.
[[nodiscard]] Capabilities parse_capabilities(std::string_view text);
// The arguments of APPENDUID (RFC 4315 §3); nothing when they are not what the RFC says.
[[nodiscard]] std::optional<APPENDUID> parse_append_uid(std::string_view arguments);
// Those of COPYUID; also nothing when its two sets are not of one size.
[[nodiscard]] std::optional<COPYUID> parse_copy_uid(std::string_view arguments);
// "(\Answered \* …)" of PERMANENTFLAGS.
[[nodiscard]] std::optional<std::vector<std::string>> parse_flag_list(std::string_view arguments);
// "[CODE arguments] text", all parts optional.
[[nodiscard]] StatusResponse parse_status_text(Status status, std::string_view text);

}  // namespace godwit::imap
