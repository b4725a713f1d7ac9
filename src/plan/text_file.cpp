// SPDX-License-Identifier: Apache-2.0
#include "plan/text_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/text.h"

namespace godwit::plan {

Result<Secret> read_text_file(const std::filesystem::path& file) {
  constexpr std::size_t largest = 64 << 20;
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return fail(ErrorKind::usage, "this is a directory; give the file in it");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(ErrorKind::usage, fmt::format("the file cannot be opened: {}", std::strerror(errno)));
  std::string text;
  constexpr std::size_t piece = 1 << 16;
  const auto size = std::filesystem::file_size(file, ignored);
  if (!ignored) text.reserve(std::min<std::size_t>(size, largest) + 2 * piece);  // a string that grows leaves copies behind
  while (stream && text.size() <= largest) {
    const std::size_t before = text.size();
    text.resize(before + piece);
    stream.read(text.data() + before, piece);
    text.resize(before + static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) return fail(ErrorKind::usage, fmt::format("the file cannot be read: {}", std::strerror(errno)));
  if (text.size() > largest) {
    return fail(ErrorKind::usage, fmt::format("the file is larger than {}; divide it, or give the right one", format_bytes(largest)));
  }
  return Secret(std::move(text));
}

}  // namespace godwit::plan
