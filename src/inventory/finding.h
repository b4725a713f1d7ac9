// SPDX-License-Identifier: Apache-2.0
// Something that an administrator should know before a migration.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::inventory {

enum class Severity : std::uint8_t {
  ok,       // looked at, and as it should be
  note,     // good to know, nothing need be done
  warning,  // something will be missing or different, unless somebody acts
  stop,     // the migration of this account cannot succeed like this
};
[[nodiscard]] std::string_view name_of(Severity severity);

struct Finding {
  Severity severity = Severity::note;
  std::string code;    // the same in every version, for scripts: "messages_too_large"
  std::string what;    // one sentence
  std::string advice;  // what it means for the migration, and what to do; empty where nothing is to be done
  std::uint64_t count = 0;            // of the folders or messages that it is about; 0: of none
  std::vector<std::string> examples;  // the first of them, made printable
  friend bool operator==(const Finding&, const Finding&) = default;
};

// A finding names no more of what it is about than this.
constexpr std::size_t most_examples = 10;

[[nodiscard]] Severity worst_of(std::span<const Finding> findings);  // of none: ok
// What a script sees: 0 when nothing is worse than a note, else 1.
[[nodiscard]] int exit_status_of(std::span<const Finding> findings);
// The worst first, else in the order in which they were found.
void sort_by_severity(std::vector<Finding>& findings);

}  // namespace godwit::inventory
