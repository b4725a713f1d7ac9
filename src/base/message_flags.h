// SPDX-License-Identifier: Apache-2.0
// The flags of one message: the five system flags of RFC 9051 §2.3.2 as bits, keywords by name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace godwit {

struct MessageFlags {
  enum System : std::uint8_t { seen = 1, answered = 2, flagged = 4, deleted = 8, draft = 16 };

  std::uint8_t system = 0;
  std::vector<std::string> keywords;  // sorted and unique, both without regard to case; the first spelling stays

  // Takes a flag as it stands on the wire: \Seen, $Forwarded, project-x. \Recent is ignored (RFC 9051: session state);
  // an unknown \Flag is kept as a keyword with its backslash, so that nothing is dropped silently.
  void add(std::string_view flag);
  [[nodiscard]] bool has_keyword(std::string_view keyword) const;

  // Those that the other lacks; in the spelling of this one.
  [[nodiscard]] MessageFlags without(const MessageFlags& other) const;

  void add_all(const MessageFlags& other);

  // "\Seen \Flagged $Forwarded": system flags first, no parentheses.
  [[nodiscard]] std::string to_string() const;

  // Keywords are compared without regard to case: servers differ in which spelling they give back.
  friend bool operator==(const MessageFlags& left, const MessageFlags& right);
};

}  // namespace godwit
