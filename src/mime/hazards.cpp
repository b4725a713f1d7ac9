// SPDX-License-Identifier: Apache-2.0
#include "mime/hazards.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace godwit::mime {
namespace {

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
  return text;
}

// Line ends decide where the header stops, so the header is walked line by line; the body only by memchr.
void HazardScanner::scan_newlines(std::string_view piece) {
  const auto mark = [&](Hazards::Kind kind) { found_.kinds = static_cast<std::uint8_t>(found_.kinds | kind); };
  std::size_t position = 0;
  while (position < piece.size()) {
    const char* const hit = static_cast<const char*>(std::memchr(piece.data() + position, '\n', piece.size() - position));
    const std::size_t end = hit == nullptr ? piece.size() : static_cast<std::size_t>(hit - piece.data());
    const std::string_view line = piece.substr(position, end - position);
    if (in_header_ && has_8bit(line)) mark(Hazards::header_8bit);
    // A CR is well placed only in front of an LF: as the line's last byte, or as the last byte of the piece before.
    if (last_ == '\r' && !line.empty()) mark(Hazards::bare_newline);
    if (const std::size_t cr = line.find('\r'); cr != std::string_view::npos && cr + 1 != line.size()) {
      mark(Hazards::bare_newline);
    }
    const bool only_cr = line.empty() || line == "\r";
    if (!only_cr) line_is_empty_ = false;
    if (hit != nullptr) {
      const char before = line.empty() ? last_ : line.back();
      if (before != '\r') mark(Hazards::bare_newline);
      if (line_is_empty_) in_header_ = false;
      line_is_empty_ = true;
      last_ = '\n';
    } else {
      last_ = line.back();
    }
    any_byte_ = true;
    position = end + 1;
  }
}

void HazardScanner::update(std::string_view piece) {
  if (piece.empty()) return;
  if (std::memchr(piece.data(), 0, piece.size()) != nullptr) found_.kinds |= Hazards::nul;
  scan_newlines(piece);
}

Hazards HazardScanner::finish() {
  if (any_byte_ && last_ == '\r') found_.kinds |= Hazards::bare_newline;
  if (any_byte_ && last_ != '\n') found_.kinds |= Hazards::no_final_newline;
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
    if (c == '\r') continue;
    if (c == '\n') {
      ++pending_newlines_;
      continue;
    }
    buffer_.append(pending_newlines_, '\n');
    pending_newlines_ = 0;
    buffer_ += c == 0 || static_cast<unsigned char>(c) > 127 ? 'X' : c;
  }
  hasher_.update(buffer_);
}

Digest LooseDigest::finish() {
  pending_newlines_ = 0;
  return hasher_.finish();
}

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
