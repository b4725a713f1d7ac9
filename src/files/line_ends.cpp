// SPDX-License-Identifier: Apache-2.0
#include "files/line_ends.h"

namespace godwit::files {

void CrlfMaker::append(std::string_view piece, std::string& to) {
  while (!piece.empty()) {
    const std::size_t newline = piece.find('\n');
    const std::string_view line = piece.substr(0, newline);
    to.append(line);
    if (!line.empty()) last_ = line.back();
    if (newline == std::string_view::npos) return;
    if (last_ != '\r') to += '\r';
    to += '\n';
    last_ = '\n';
    piece.remove_prefix(newline + 1);
  }
}

std::uint64_t CrlfMaker::added(std::string_view piece) {
  std::uint64_t count = 0;
  for (std::size_t at = piece.find('\n'); at != std::string_view::npos; at = piece.find('\n', at + 1)) {
    if ((at == 0 ? last_ : piece[at - 1]) != '\r') ++count;
  }
  if (!piece.empty()) last_ = piece.back();
  return count;
}

}  // namespace godwit::files
