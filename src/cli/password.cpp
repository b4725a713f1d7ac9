// SPDX-License-Identifier: Apache-2.0
#include "cli/password.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string_view>
#include <utility>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::cli {
namespace {

constexpr std::size_t longest_line = std::size_t{64} << 10;  // access tokens have some thousand bytes

// Up to the first line end or the end of the input, without that line end; read with nothing that buffers, because buffers are not
// wiped. `syntax` when the line is longer than any password; else errno tells why.
Result<Secret> read_line(int descriptor) {
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

Result<Secret> from_file(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  auto password = descriptor < 0 ? Result<Secret>(fail(ErrorKind::storage, std::strerror(errno))) : read_line(descriptor);
  if (descriptor >= 0) ::close(descriptor);
  if (!password) {
    return fail(codes::password_file, fmt::format("the password file {} cannot be used: {}", printable(file), password.error().what));
  }
  if (password->empty()) {
    return fail(codes::password_file, fmt::format("the password file {} is empty: its first line is to be the password", printable(file)));
  }
  return password;
}

Result<Secret> from_terminal(const std::string& whose) {
  if (isatty(STDIN_FILENO) == 0) {
    return fail(codes::password_missing, fmt::format("no password for {}: give a file, set the environment variable, or run on a terminal",
                                                     whose));
  }
  std::cerr << "Password for " << whose << ": " << std::flush;
  termios before{};
  tcgetattr(STDIN_FILENO, &before);
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  auto password = read_line(STDIN_FILENO);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::cerr << '\n';
  if (!password || password->empty()) return fail(codes::password_missing, "no password was typed for " + whose);
  return password;
}

// Takes it out of the environment, so that it is in no child's, and no longer in /proc/PID/environ.
Result<Secret> from_environment(const char* variable, char* value) {
  Secret password(value);
  ::explicit_bzero(value, password.reveal().size());
  ::unsetenv(variable);
  return password;
}

}  // namespace

Result<Secret> read_password(const std::string& file, const char* environment_variable, const std::string& whose) {
  if (!file.empty()) return from_file(file);
  if (char* value = std::getenv(environment_variable); value != nullptr && *value != 0) {
    return from_environment(environment_variable, value);
  }
  return from_terminal(whose);
}

}  // namespace godwit::cli
