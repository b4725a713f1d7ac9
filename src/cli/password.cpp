// SPDX-License-Identifier: Apache-2.0
#include "cli/password.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

#include "base/error_code.h"

namespace godwit::cli {
namespace {

Result<Secret> from_file(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string line;
  if (!stream || !(std::getline(stream, line) || stream.eof())) {
    return fail(codes::password_file, fmt::format("the password file {} cannot be read: {}", file, std::strerror(errno)));
  }
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) return fail(codes::password_file, fmt::format("the password file {} is empty", file));
  return Secret(std::move(line));
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
  std::string line;
  const bool is_read = static_cast<bool>(std::getline(std::cin, line));
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::cerr << '\n';
  if (!is_read || line.empty()) return fail(codes::password_missing, "no password was typed for " + whose);
  return Secret(std::move(line));
}

}  // namespace

Result<Secret> read_password(const std::string& file, const char* environment_variable, const std::string& whose) {
  if (!file.empty()) return from_file(file);
  if (const char* value = std::getenv(environment_variable); value != nullptr && *value != 0) return Secret(std::string(value));
  return from_terminal(whose);
}

}  // namespace godwit::cli
