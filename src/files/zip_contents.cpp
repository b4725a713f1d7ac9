// SPDX-License-Identifier: Apache-2.0
#include "files/zip_contents.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>

#include "base/file_error.h"
#include "files/descriptor.h"

namespace godwit::files {
namespace {

constexpr std::uint64_t longest_end = 22 + 65535;  // the end record with its comment
constexpr std::size_t locator_size = 20;
constexpr std::size_t end_size = 22, large_end_size = 56;
constexpr std::uint64_t is_elsewhere = 0xFFFFFFFF;
constexpr std::string_view end_mark = "PK\5\6", locator_mark = "PK\6\7";

// Little-endian.
std::uint64_t number_at(std::string_view bytes, std::size_t offset, int count) {
  std::uint64_t number = 0;
  for (int i = count - 1; i >= 0; --i) number = number << 8U | static_cast<unsigned char>(bytes[offset + static_cast<std::size_t>(i)]);
  return number;
}

std::string bytes_at(int descriptor, std::uint64_t offset, std::size_t count) {
  std::string bytes(count, '\0');
  const ssize_t got = ::pread(descriptor, bytes.data(), count, static_cast<off_t>(offset));
  bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return bytes;
}

// Where the end record has no room for the numbers (APPNOTE 4.3.14). The table is read from where it begins, whatever its size.
std::uint64_t large_contents(int descriptor, std::string_view locator, std::uint64_t file_size) {
  const std::uint64_t at = number_at(locator, 8, 8);
  if (at > file_size) return 0;
  const std::string end = bytes_at(descriptor, at, large_end_size);
  if (end.size() < large_end_size) return 0;
  const std::uint64_t table = number_at(end, 48, 8);
  return std::max(number_at(end, 40, 8), table < at ? at - table : 0);
}

}  // namespace

Result<std::uint64_t> zip_contents_size(const std::filesystem::path& file) {
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts{};
  if (!descriptor || ::fstat(descriptor.get(), &facts) != 0) return file_error(file, "the file cannot be read", errno);
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  const std::uint64_t begin = size - std::min(size, longest_end + locator_size);
  const std::string tail = bytes_at(descriptor.get(), begin, static_cast<std::size_t>(size - begin));
  std::uint64_t largest = 0;
  for (std::size_t at = tail.find(end_mark); at != std::string::npos; at = tail.find(end_mark, at + 1)) {
    if (tail.size() - at < end_size) break;
    if (const std::uint64_t told = number_at(tail, at + 12, 4); told != is_elsewhere) largest = std::max(largest, told);
    if (at < locator_size || !std::string_view(tail).substr(at - locator_size).starts_with(locator_mark)) continue;
    largest = std::max(largest, large_contents(descriptor.get(), std::string_view(tail).substr(at - locator_size), size));
  }
  return largest;
}

}  // namespace godwit::files
