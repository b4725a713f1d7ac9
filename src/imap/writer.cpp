// SPDX-License-Identifier: Apache-2.0
#include "imap/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "imap/utf7.h"

namespace godwit::imap {
namespace {

constexpr std::uint64_t literal_minus_limit = 4096;  // RFC 7888 §5

bool is_seven_bit(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool breaks_line(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos; }

}  // namespace

bool literal_needs_no_wait(const Capabilities& capabilities, std::uint64_t size) {
  return capabilities.has("LITERAL+") || (capabilities.has("LITERAL-") && size <= literal_minus_limit);
}

std::string literal_announcement(const Capabilities& capabilities, std::uint64_t size) {
  return fmt::format("{{{}{}}}\r\n", size, literal_needs_no_wait(capabilities, size) ? "+" : "");
}

CommandWriter::CommandWriter(std::string_view tag, std::string_view name, const Capabilities& capabilities)
    : capabilities_(capabilities) {
  pieces_.emplace_back().reserve(1024);
  append(tag);
  append(" ");
  append(name);
}

void CommandWriter::append(std::string_view text) { pieces_.back().append(text); }

void CommandWriter::append_blank() {
  if (!std::exchange(is_list_begun_, false)) append(" ");
}

CommandWriter& CommandWriter::begin_list() {
  append_blank();
  append("(");
  is_list_begun_ = true;
  return *this;
}

CommandWriter& CommandWriter::end_list() {
  append(")");
  return *this;
}

void CommandWriter::refuse(ErrorCode code, std::string_view what, std::string_view text) {
  if (!error_) error_ = make_error(code, fmt::format("{}: {}", what, printable(text)));
}

CommandWriter& CommandWriter::word(std::string_view text) {
  if (breaks_line(text)) refuse(codes::argument_form, "a line break or NUL cannot be sent", text);
  append_blank();
  append(text);
  return *this;
}

CommandWriter& CommandWriter::string(std::string_view text) {
  append_blank();
  if (breaks_line(text)) {
    refuse(codes::argument_form, "a line break or NUL cannot be sent", "in an argument");
  } else if (is_seven_bit(text)) {
    append("\"");
    for (const char c : text) {
      if (c == '"' || c == '\\') append("\\");
      pieces_.back().push_back(c);
    }
    append("\"");
  } else {
    append_literal(text);
  }
  return *this;
}

CommandWriter& CommandWriter::literal(std::string_view bytes) {
  append_blank();
  if (bytes.contains('\0')) append("~");
  append_literal(bytes);
  return *this;
}

void CommandWriter::append_literal(std::string_view bytes) {
  append(literal_announcement(capabilities_, bytes.size()));
  if (!literal_needs_no_wait(capabilities_, bytes.size())) pieces_.emplace_back();
  append(bytes);
}

CommandWriter& CommandWriter::mailbox(std::string_view name) {
  if (breaks_line(name)) refuse(codes::argument_form, "a mailbox name with a line break or NUL cannot be sent", name);
  return string(mailbox_to_wire(name));
}

CommandWriter& CommandWriter::flags(const MessageFlags& flags) {
  for (const std::string& keyword : flags.keywords) {
    if (!is_writable_flag(keyword)) refuse(codes::keyword_form, "IMAP has no form for this keyword", keyword);
  }
  return word("(" + flags.to_string() + ")");
}

Result<std::vector<std::string>> CommandWriter::finish() {
  append("\r\n");
  return finish_open();
}

Result<std::vector<std::string>> CommandWriter::finish_open() {
  if (error_) return std::unexpected(std::move(*error_));
  return std::move(pieces_);
}

bool is_writable_flag(std::string_view flag) {
  if (flag.starts_with('\\')) flag.remove_prefix(1);
  constexpr std::string_view specials = "(){%*\"\\ ";
  return !flag.empty() && std::ranges::all_of(flag, [&](char c) {
    return c > 0x20 && c < 0x7F && specials.find(c) == std::string_view::npos;
  });
}

std::vector<std::string> split_sequence_set(const UidSet& uids, std::size_t limit) {
  std::vector<std::string> parts;
  for (const UidRange& range : uids.ranges()) {
    const std::string text = range.first == range.last ? fmt::format("{}", range.first)
                                                       : fmt::format("{}:{}", range.first, range.last);
    if (parts.empty() || parts.back().size() + 1 + text.size() > limit) {
      parts.push_back(text);
    } else {
      parts.back().append(",").append(text);
    }
  }
  return parts;
}

}  // namespace godwit::imap
