// SPDX-License-Identifier: Apache-2.0
#include "cli/password.h"

#include <fmt/format.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <utility>

#include "base/error_code.h"
#include "base/first_line.h"
#include "base/text.h"

namespace godwit::cli {
namespace {

Result<Secret> from_file(const std::string& file) {
  auto password = read_first_line(std::filesystem::path(file));
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
  auto password = read_first_line(STDIN_FILENO);
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
