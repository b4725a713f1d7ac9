// SPDX-License-Identifier: Apache-2.0
// POP3: first lines and lines of lists are read or refused; an answer is the same however it is cut, and bytes that are stuffed as
// RFC 1939 says come back.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "pop3/wire.h"

namespace {

using namespace godwit::pop3;

struct Decoded {
  std::string bytes, rest;
  bool is_over = false;
  friend bool operator==(const Decoded&, const Decoded&) = default;
};

Decoded decoded(std::string_view wire, LineEnds ends, std::size_t piece_size) {
  AnswerDecoder decoder(ends);
  Decoded result;
  while (!wire.empty() && !decoder.is_over()) {
    std::string_view piece = wire.substr(0, piece_size);
    const std::size_t size = piece.size();
    decoder.take(piece, result.bytes);
    wire.remove_prefix(size - piece.size());
  }
  result.rest = wire;
  result.is_over = decoder.is_over();
  return result;
}

std::string stuffed(std::string_view body) {
  std::string wire;
  bool begins_line = true;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (begins_line && body[i] == '.') wire += '.';
    wire += body[i];
    begins_line = body[i] == '\n' && i > 0 && body[i - 1] == '\r';
  }
  return wire + (begins_line ? "" : "\r\n") + ".\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const LineEnds ends : {LineEnds::crlf, LineEnds::lf}) {
    const Decoded whole = decoded(text, ends, text.size());
    if (decoded(text, ends, 1) != whole || decoded(text, ends, 3) != whole) std::abort();
  }
  const std::string wire = stuffed(text);
  const Decoded back = decoded(wire, LineEnds::crlf, wire.size());
  if (!back.is_over || !back.rest.empty() || !back.bytes.starts_with(text)) std::abort();
  LineCutter cutter(1000);
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto line = cutter.next(rest);
    if (!line || !*line) break;
    (void)parse_status(**line);
    (void)parse_capability(**line);
    (void)timestamp_of(**line);
    if (const auto sized = parse_listed_size(**line); sized && sized->number == 0) std::abort();
    if (const auto unique = parse_unique_id(**line); unique && unique->id.contains(' ')) std::abort();
  }
  return 0;
}
