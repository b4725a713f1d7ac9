// SPDX-License-Identifier: Apache-2.0
#include "probe/specimens.h"

#include <fmt/format.h>

#include <string_view>

namespace godwit::probe {
namespace {

using namespace std::literals;

constexpr std::size_t mebibyte = 1 << 20;

std::string header(std::string_view name, std::string_view more = {}) {
  return fmt::format(
      "From: godwit <probe@example.com>\r\nTo: probe@example.com\r\nSubject: godwit probe: {}\r\n"
      "Date: Mon, 01 Jan 2001 00:00:00 +0000\r\nMessage-ID: <{}@probe.invalid>\r\n{}",
      name, name, more);
}

Specimen with_body(std::string_view name, std::string subject, std::string_view body) {
  return {fmt::format("messages.{}", name), std::move(subject), header(name) + "\r\n" + std::string(body)};
}

Specimen with_header(std::string_view name, std::string subject, std::string_view more) {
  return {fmt::format("messages.{}", name), std::move(subject), header(name, more) + "\r\ntext\r\n"};
}

Specimen with_bytes(std::string_view name, std::string subject, std::string bytes) {
  return {fmt::format("messages.{}", name), std::move(subject), std::move(bytes)};
}

Specimen with_line(std::size_t length) {
  return with_body(fmt::format("line-{}", length), fmt::format("a line of {} characters", length),
                   std::string(length, 'l') + "\r\nend\r\n");
}

std::string lines(std::size_t size) {
  constexpr std::string_view line = "0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789\r\n";
  std::string text;
  text.reserve(size + line.size());
  while (text.size() < size) text += line;
  return text;
}

std::string every_high_byte() {
  std::string bytes;
  for (int byte = 0x80; byte < 0x100; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

void add_bytes(std::vector<Specimen>& all) {
  all.push_back(with_body("body-8bit", "8-bit bytes in the body", every_high_byte() + "\r\n"));
  all.push_back(with_header("header-utf8", "UTF-8 in the header", "X-Name: Gr\xc3\xbc\xc3\x9f" "e\r\n"));
  all.push_back(with_header("header-latin1", "8-bit bytes in the header that are no UTF-8", "X-Name: Gr\xfc\xdf" "e\r\n"));
  all.push_back(with_body("nul", "NUL bytes", "before\0after\r\n"sv));
  all.push_back(with_body("control", "control characters", "bell \x07 escape \x1b form feed \x0c delete \x7f\r\n"));
  all.push_back(with_body("bare-cr", "CR without LF", "one\rtwo\r\r\nthree\r\n"));
  all.push_back(with_body("bare-lf", "LF without CR", "one\ntwo\n\nthree\r\n"));
  all.push_back(with_body("no-final-newline", "no newline at the end", "the last line"));
  all.push_back(with_body("trailing-blanks", "blanks and tabs at the end of lines", "one \r\ntwo\t\r\n \r\n\t\r\nfive\r\n"));
  all.push_back(with_body("final-empty-lines", "empty lines at the end", "text\r\n\r\n\r\n\r\n"));
}

void add_layouts(std::vector<Specimen>& all) {
  for (const std::size_t length : {998UZ, 2'000UZ, 10'000UZ, 100'000UZ}) all.push_back(with_line(length));
  all.push_back(with_header("header-line", "a header line of 10,000 characters", "X-Long: " + std::string(10'000, 'h') + "\r\n"));
  all.push_back(with_bytes("no-header", "no header", "\r\na text without a header\r\n"));
  all.push_back(with_bytes("no-header-block", "text where the header should be", "just a line\r\nand another one\r\n"));
  all.push_back(with_bytes("header-only", "a header without an empty line behind it", header("header-only")));
  all.push_back(with_body("empty-body", "an empty body", ""));
  all.push_back(with_bytes("empty", "an empty message", ""));
  all.push_back(with_bytes("from-line", "an mbox \"From \" line in front",
                           "From probe@example.com Mon Jan  1 00:00:00 2001\r\n" + header("from-line") + "\r\nFrom here\r\n"));
  all.push_back(with_header("header-form", "a header line without a colon", "this is no field\r\n"));
  all.push_back(with_header("odd-fields", "blanks before a colon, an empty field, a field twice",
                            "X-Odd : one\r\nX-Empty:\r\nX-Twice: one\r\nX-Twice: two\r\n"));
  all.push_back(with_body("dots", "lines of dots, and lines that look like IMAP", ".\r\n..\r\n)\r\n* BYE\r\nA1 OK {3}\r\n"));
  all.push_back(with_header("unended-multipart", "a multipart without its end",
                            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n"));
  const std::string inner = header("inner") + "\r\ninner text\r\n";
  all.push_back(with_header("nested", "a message in a message",
                            "MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n" + inner));
}

}  // namespace

std::string plain_message(std::size_t number, std::size_t size) {
  const std::string name = fmt::format("plain-{}-{}", number, size);
  return header(name) + "\r\n" + lines(size);
}

std::vector<Specimen> make_specimens(bool is_large) {
  std::vector<Specimen> all{with_bytes("plain", "plain text", plain_message(0))};
  add_bytes(all);
  add_layouts(all);
  all.push_back(with_body("1-mib", "1 MiB", lines(mebibyte)));
  if (is_large) all.push_back(with_body("25-mib", "25 MiB", lines(25 * mebibyte)));
  return all;
}

}  // namespace godwit::probe
