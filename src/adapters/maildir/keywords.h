// SPDX-License-Identifier: Apache-2.0
// What the small letters in a Maildir's names stand for: dovecot-keywords, "0 $Forwarded" and so on, one per folder.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/message_flags.h"

namespace godwit::adapters {

class MaildirKeywords {
 public:
  // Any text: lines that cannot be read are passed over.
  [[nodiscard]] static MaildirKeywords parse(std::string_view text);
  [[nodiscard]] std::string text() const;

  void add_keywords(std::string_view letters, MessageFlags& flags) const;
  // The letter of a keyword that is known.
  [[nodiscard]] std::optional<char> letter_of(std::string_view keyword) const;
  // Gives it the next letter; false when all 26 are taken, or the keyword cannot be written in a line.
  bool learn(std::string_view keyword);

 private:
  std::map<unsigned, std::string> names_;  // by number; 0 is a
};

// Courier's own form, courierimapkeywords/:list: keywords, one in a line, an empty line, then "<name>:<number> <number>…".
[[nodiscard]] std::map<std::string, MessageFlags> parse_courier_keywords(std::string_view text);

}  // namespace godwit::adapters
