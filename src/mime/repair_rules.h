// SPDX-License-Identifier: Apache-2.0
// The names of the repairs that a plan may allow.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error.h"

namespace godwit::mime {

enum class RepairRule : std::uint8_t {
  // "nul": NUL bytes are taken out of headers and text. Dovecot writes 0x80 instead, which in a header is a new fault and in
  // UTF-8 text an invalid byte; a reader shows nothing for NUL, and taking it out is what the tools of the field do. Where
  // the bytes are data (a part that is not text and has no encoding, UTF-16 text) the part is encoded in base64, and its
  // content stays as it is.
  nul = 1,
  // "bare-newline": LF without CR becomes CRLF, CRs too many in front of an LF go; other CRs become CRLF in a body, and in a
  // header a space, as Postfix makes it (a new line would end the field), unless CR is the only line end in the message.
  // Data: as with nul.
  bare_newline = 2,
  // "header-8bit": RFC 2047 words in text, names and comments, RFC 2231 in parameters, X where neither may stand (as Cyrus
  // does). The charset is UTF-8 where the field is valid UTF-8; else what the message says of its text; else windows-1252,
  // unless the field has bytes that this does not have: then "unknown-8bit" (RFC 1428). The words carry the very bytes of
  // the original.
  header_8bit = 4,
  // "long-line": lines above 998 bytes (RFC 5322 §2.1.1). Header lines are folded at white space; a body is encoded in
  // quoted-printable or base64, or, when it is so already, broken anew: its content stays as it is.
  long_line = 8,
  // "final-newline": the last line gets its newline.
  final_newline = 16,
  // "header-form": what mbox tools and scanners leave in a header: "From " lines become X-From-Line, lines that are no field
  // become part of the field before them, blanks in front of the colon go; a missing empty line between header and body is
  // put in.
  header_form = 32,
  // "wrap": the original, whole and untouched, as an attachment of a new message: message/rfc822 where it is fit to be one
  // (RFC 2046 §5.2.1 allows no encoding), application/octet-stream in base64 where not.
  wrap = 64,
};

[[nodiscard]] std::string_view name_of(RepairRule rule);

class RepairRules {
 public:
  constexpr RepairRules() = default;
  constexpr RepairRules(std::initializer_list<RepairRule> rules) {
    for (const RepairRule rule : rules) *this |= rule;
  }
  static constexpr RepairRules all() {
    return {RepairRule::nul,           RepairRule::bare_newline, RepairRule::header_8bit, RepairRule::long_line,
            RepairRule::final_newline, RepairRule::header_form,  RepairRule::wrap};
  }

  [[nodiscard]] constexpr bool contains(RepairRule rule) const { return (bits_ & static_cast<std::uint8_t>(rule)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr RepairRules without(RepairRule rule) const {
    RepairRules rest;
    rest.bits_ = static_cast<std::uint8_t>(bits_ & ~static_cast<unsigned>(rule));
    return rest;
  }
  constexpr RepairRules& operator|=(RepairRule rule) {
    bits_ = static_cast<std::uint8_t>(bits_ | static_cast<std::uint8_t>(rule));
    return *this;
  }
  constexpr RepairRules& operator|=(RepairRules other) {
    bits_ = static_cast<std::uint8_t>(bits_ | other.bits_);
    return *this;
  }

  // "nul, header-8bit"; parse() takes the same, or "all", or nothing, and tells which names there are when it is given
  // another.
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] static Result<RepairRules> parse(std::string_view text);

  friend constexpr bool operator==(RepairRules, RepairRules) = default;

 private:
  std::uint8_t bits_ = 0;
};

}  // namespace godwit::mime
