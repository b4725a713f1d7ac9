// SPDX-License-Identifier: Apache-2.0
// 8-bit text as 7-bit: RFC 2047 encoded-words, RFC 2231 parameters, and the two encodings of MIME bodies.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace godwit::mime {

[[nodiscard]] inline bool is_8bit(char c) { return static_cast<unsigned char>(c) > 127; }
[[nodiscard]] bool has_8bit(std::string_view text);

struct Charset {
  std::string name = "utf-8";
  enum class Form { utf8, one_byte, more_bytes } form = Form::utf8;

  // Bytes of the character at the start of `text`, which is not empty; at least 1, at most all of it.
  [[nodiscard]] std::size_t character_size(std::string_view text) const;
};
// UTF-8 where `bytes` are; else `stated`, the charset that the message gives for its text, where that is an 8-bit one; else
// windows-1252; else unknown-8bit.
[[nodiscard]] Charset guess_charset(std::string_view bytes, std::string_view stated);

// RFC 2047 words, in the shorter of the two encodings, no character divided. Between two of them stands `fold`. `room`: how
// long the first may be; the others, and the first where `room` is too small for one character, are 75 bytes at most.
[[nodiscard]] std::string encode_words(std::string_view text, const Charset& charset, std::size_t room,
                                       std::string_view fold);

// "=?utf-8?Q?…?=" in form, whatever stands in it.
[[nodiscard]] bool is_encoded_word(std::string_view word);

// name*=utf-8''%C3%A4, or in pieces name*0*=…;<fold>name*1*=… where that gets long (RFC 2231 §3 and §4).
[[nodiscard]] std::string encode_parameter(std::string_view name, std::string_view value, const Charset& charset,
                                           std::string_view fold);

// RFC 2045 §6.7. `newline` (one of newline_of()) in `content` stays a line end; other CR and LF are content and become =0D
// and =0A. No line begins with a dash that did not before, so that none becomes a delimiter.
[[nodiscard]] std::string to_quoted_printable(std::string_view content, std::string_view newline);
// In lines of 76; no newline behind the last.
[[nodiscard]] std::string to_base64_lines(std::string_view content, std::string_view newline);

}  // namespace godwit::mime
