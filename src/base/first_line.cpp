// SPDX-License-Identifier: Apache-2.0
#include "base/first_line.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace godwit {

Result<Secret> read_first_line(int descriptor) {
  constexpr std::size_t longest_line = std::size_t{64} << 10;  // access tokens have some thousand bytes
  std::string buffer(longest_line, '\0');
  std::size_t size = 0;
  bool is_over = false, has_failed = false;
  while (!is_over && !has_failed && size < buffer.size()) {
    const ssize_t count = ::read(descriptor, buffer.data() + size, buffer.size() - size);
    if (count < 0 && errno == EINTR) continue;
    has_failed = count < 0;
    const std::string_view more(buffer.data() + size, count > 0 ? static_cast<std::size_t>(count) : 0);
    is_over = count == 0 || more.contains('\n');
    size += more.size();
  }
  const int code = errno;
  const Secret whole(std::move(buffer));
  if (has_failed) return fail(ErrorKind::storage, std::strerror(code));
  if (!is_over) return fail(ErrorKind::syntax, "its first line has more than 64 KiB, which no password has");
  std::string_view line = whole.reveal().substr(0, size);
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return Secret(line);
}

Result<Secret> read_first_line(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail(ErrorKind::storage, std::strerror(errno));
  auto line = read_first_line(descriptor);
  ::close(descriptor);
  return line;
}

}  // namespace godwit
