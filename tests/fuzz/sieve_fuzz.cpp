// SPDX-License-Identifier: Apache-2.0
// Sieve: a server's lines are the same however they are cut, and what is written is read again; scripts are read or refused with a place.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sieve/script.h"
#include "sieve/summary.h"
#include "sieve/wire.h"

namespace {

using namespace godwit::sieve;

struct Decoded {
  std::vector<Line> lines;
  bool is_over = false;
  friend bool operator==(const Decoded&, const Decoded&) = default;
};

Decoded decoded(std::string_view wire, std::size_t piece_size) {
  LineDecoder decoder({.line = 1000, .literal = 2000});
  Decoded result;
  while (!wire.empty()) {
    std::string_view piece = wire.substr(0, piece_size);
    wire.remove_prefix(piece.size());
    while (!piece.empty()) {
      auto line = decoder.next(piece);
      result.is_over = !line;
      if (!line) return result;
      if (*line) result.lines.push_back(**std::move(line));
    }
  }
  return result;
}

void check_wire(std::string_view text) {
  const Decoded whole = decoded(text, text.size() + 1);
  if (decoded(text, 1) != whole || decoded(text, 3) != whole) std::abort();
  for (const Line& line : whole.lines) {
    if (line.kind == Line::Kind::data && line.words.empty()) std::abort();
    (void)parse_capability(line);
    (void)parse_listed_script(line);
  }
  std::string written;
  append_string(written, text.substr(0, 900));
  const Decoded back = decoded(written + "\r\n", written.size() + 2);
  const bool is_same = back.lines.size() == 1 && back.lines.front().words.size() == 1 && back.lines.front().words.front() == text.substr(0, 900);
  if (!is_same && !text.empty()) std::abort();
}

void check_script(std::string_view text) {
  const auto summary = summarize(text);
  if (!summary) {
    if (!summary.error().what.starts_with("line ")) std::abort();
    return;
  }
  for (const std::string& sentence : sentences_of(*summary)) {
    if (sentence.find('\n') != std::string::npos) std::abort();
  }
  const NamedScript scripts[] = {{"a", text}, {"b", text}};
  if (order_by_includes(scripts).size() != 2) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_wire(text);
  check_script(text);
  return 0;
}
