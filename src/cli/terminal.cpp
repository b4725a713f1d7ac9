// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace godwit::cli {
namespace {

using sync::Progress;

bool begins_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }

}  // namespace

std::string_view name_of(Progress::Phase phase) {
  switch (phase) {
    case Progress::Phase::connecting: return "connecting";
    case Progress::Phase::folders: return "reading folders";
    case Progress::Phase::copying: return "copying";
    case Progress::Phase::listing: return "listing the target";
    case Progress::Phase::reading_back: return "reading back";
    case Progress::Phase::finished: return "finished";
  }
  return "";
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02} h", whole / 3600, whole % 3600 / 60);
}

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

std::string shortened(const std::string& text, std::size_t columns) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (begins_code_point(text[i]) && count++ == columns) return text.substr(0, i);
  }
  return text;
}

std::string padded(const std::string& text, std::size_t columns) {
  std::string padded = shortened(text, columns);
  const auto count = static_cast<std::size_t>(std::ranges::count_if(padded, begins_code_point));
  padded.append(columns - count, ' ');
  return padded;
}

std::string bar(double share, std::size_t columns) {
  const auto full = static_cast<std::size_t>(share * static_cast<double>(columns));
  std::string bar;
  for (std::size_t i = 0; i < columns; ++i) bar += i < full ? "━" : "·";
  return bar;
}

}  // namespace godwit::cli
