// SPDX-License-Identifier: Apache-2.0
#include "imap/trace_lines.h"

#include <algorithm>
#include <utility>

namespace godwit::imap {

void TraceLineCutter::take(std::string_view bytes) {
  line_.size += bytes.size();
  line_.head += bytes.substr(0, longest_head - line_.head.size());
  line_.tail += bytes.substr(bytes.size() - std::min(bytes.size(), longest_tail));
  if (line_.tail.size() > longest_tail) line_.tail.erase(0, line_.tail.size() - longest_tail);
}

std::optional<TraceLine> TraceLineCutter::next(std::string_view& input) {
  const std::size_t end = input.find('\n');
  take(input.substr(0, end));
  if (end == std::string_view::npos) {
    input = {};
    return std::nullopt;
  }
  input.remove_prefix(end + 1);
  TraceLine line = std::exchange(line_, {});
  if (line.tail.ends_with('\r')) {
    if (line.is_whole()) line.head.pop_back();
    line.tail.pop_back();
    --line.size;
  }
  return line;
}

std::optional<TraceLine> TraceLineCutter::rest() {
  if (line_.size == 0) return std::nullopt;
  return std::exchange(line_, {});
}

}  // namespace godwit::imap
