// SPDX-License-Identifier: Apache-2.0
#include "mime/hazards.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace godwit::mime {
namespace {

// Courier 5.0 reads 300 parts, and 150 of them one in the other.
constexpr std::size_t most_boundaries = 100;

bool has_8bit(std::string_view text) {
  std::uint64_t seen = 0;
  std::size_t i = 0;
  for (; i + sizeof seen <= text.size(); i += sizeof seen) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, sizeof word);
    seen |= word;
  }
  for (; i < text.size(); ++i) seen |= static_cast<unsigned char>(text[i]);
  return (seen & 0x8080808080808080ULL) != 0;
}

}  // namespace

std::string describe(Hazards hazards) {
  std::string text;
  const auto add = [&](Hazards::Kind kind, std::string_view name) {
    if ((hazards.kinds & kind) != 0) text.append(text.empty() ? "" : ", ").append(name);
  };
  add(Hazards::nul, "NUL bytes");
  add(Hazards::header_8bit, "8-bit bytes in the header");
  add(Hazards::bare_newline, "bare CR or LF");
  add(Hazards::no_final_newline, "no newline at the end");
  add(Hazards::many_parts, "more than 100 parts");
  return text;
}

void HazardScanner::scan_header(std::string_view piece) {
  char before = last_;
  while (in_header_ && !piece.empty()) {
    const std::size_t end = piece.find('\n');
    const std::string_view line = piece.substr(0, end);
    if (has_8bit(line)) mark(Hazards::header_8bit);
    if (!line.empty() && (line != "\r" || before == '\r')) line_is_empty_ = false;
    if (end == std::string_view::npos) return;
    piece.remove_prefix(end + 1);
    before = '\n';
    in_header_ = !line_is_empty_;
    line_is_empty_ = true;
  }
}

// Every CR stands in front of an LF and every LF behind a CR, if and only if at no place one of the two is true and the other
// not. A plain loop over bytes, so that the compiler makes vectors of it.
void HazardScanner::scan_bytes(std::string_view piece) {
  const char* const bytes = piece.data();
  unsigned char has_nul = 0;
  unsigned char has_bare = any_byte_ ? static_cast<unsigned char>((last_ == '\r') != (bytes[0] == '\n')) : bytes[0] == '\n';
  const std::size_t size = piece.size();
  for (std::size_t i = 0; i + 1 < size; ++i) {
    has_nul |= static_cast<unsigned char>(bytes[i] == 0);
    has_bare |= static_cast<unsigned char>((bytes[i] == '\r') != (bytes[i + 1] == '\n'));
  }
  has_nul |= static_cast<unsigned char>(bytes[size - 1] == 0);
  if (has_nul != 0) mark(Hazards::nul);
  if (has_bare != 0) mark(Hazards::bare_newline);
  last_ = bytes[size - 1];
  any_byte_ = true;
}

void HazardScanner::count_boundaries(std::string_view piece) {
  constexpr std::string_view begin = "\n--";
  const auto count_in = [&](std::string_view text) {
    for (std::size_t at = text.find(begin); at != std::string_view::npos && boundaries_ <= most_boundaries; at = text.find(begin, at + 1)) {
      ++boundaries_;
    }
  };
  seam_.append(piece.substr(0, begin.size() - 1));
  count_in(seam_);
  count_in(piece);
  const std::string_view rest = piece.size() < begin.size() - 1 ? std::string_view(seam_) : piece;
  seam_ = rest.substr(rest.size() - std::min(rest.size(), begin.size() - 1));
  if (boundaries_ > most_boundaries) mark(Hazards::many_parts);
}

void HazardScanner::update(std::string_view piece) {
  if (piece.empty()) return;
  count_boundaries(piece);
  if (in_header_) scan_header(piece);
  scan_bytes(piece);
}

Hazards HazardScanner::finish() {
  if (any_byte_ && last_ == '\r') mark(Hazards::bare_newline);
  if (last_ != '\n') mark(Hazards::no_final_newline);  // an empty message has none, either: Courier adds one
  return std::exchange(*this, HazardScanner{}).found_;
}

Hazards find_hazards(std::string_view message) {
  HazardScanner scanner;
  scanner.update(message);
  return scanner.finish();
}

void LooseDigest::update(std::string_view piece) {
  buffer_.clear();
  for (const char c : piece) {
    if (c != '\r') buffer_ += c == 0 || static_cast<unsigned char>(c) > 127 ? 'X' : c;
  }
  hasher_.update(buffer_);
}

Digest LooseDigest::finish() { return hasher_.finish(); }

Digest loose_digest(std::string_view message) {
  LooseDigest digest;
  digest.update(message);
  return digest.finish();
}

std::string header_value(std::string_view message, std::string_view name) {
  std::string value;
  bool taking = false;
  while (!message.empty()) {
    const std::size_t end = message.find('\n');
    std::string_view line = message.substr(0, end);
    message.remove_prefix(end == std::string_view::npos ? message.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    const bool folded = line.front() == ' ' || line.front() == '\t';
    if (taking && !folded) break;
    if (!folded) {
      taking = line.size() > name.size() && line[name.size()] == ':' && starts_with_ignoring_case(line, name);
      if (taking) line.remove_prefix(name.size() + 1);
    }
    if (!taking) continue;
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    if (!value.empty() && !line.empty()) value += ' ';
    value += line;
    if (value.size() >= 200) {
      value.resize(200);
      break;
    }
  }
  return value;
}

}  // namespace godwit::mime
