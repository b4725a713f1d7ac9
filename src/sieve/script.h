// SPDX-License-Identifier: Apache-2.0
// Sieve scripts as RFC 5228 section 8 has their grammar: read far enough to walk their commands, tests and arguments, whatever extensions
// they belong to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace godwit::sieve {

struct Argument {
  enum class Kind : std::uint8_t { tag, number, string, list };
  Kind kind = Kind::string;
  std::string tag{};                   // without its colon, in lower case
  std::uint64_t number = 0;            // with its quantifier: 10K is 10240
  std::vector<std::string> strings{};  // one of a string; escapes and dots undone
  friend bool operator==(const Argument&, const Argument&) = default;
};

// A command or a test.
struct Statement {
  std::string name;  // in lower case
  std::size_t line = 0;  // from 1
  std::vector<Argument> arguments{};
  std::vector<Statement> tests{};
  std::vector<Statement> block{};  // of a command
  bool has_block = false;
  friend bool operator==(const Statement&, const Statement&) = default;
};

// The commands at the top. Error filter_form: says what is wrong, in which line and column.
[[nodiscard]] Result<std::vector<Statement>> parse_script(std::string_view text);

}  // namespace godwit::sieve
