// SPDX-License-Identifier: Apache-2.0
// Names of messages in a Maildir: "1700000000.M20046P2137.host,S=4542,W=4642:2,Sa" (cr.yp.to/proto/maildir.html, Maildir++).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/message_flags.h"

namespace godwit::adapters {

struct MaildirFileName {
  std::string base;     // up to the ":2,": stays the same while flags change
  std::string letters;  // of flags and keywords, as they stand there
};

// Any name. Besides ":2," it knows ";2,", as it is written where a colon cannot be.
[[nodiscard]] MaildirFileName parse_maildir_name(std::string_view name);

// Base, ":2,", and the letters in order, each once.
[[nodiscard]] std::string maildir_name(std::string_view base, std::string_view letters);

// What ",W=" says: the size with CRLF; 0 where it says nothing.
[[nodiscard]] std::uint64_t wire_size_in(std::string_view base);

// In the order of delivery as the names tell it: by their first number, then by name.
[[nodiscard]] bool is_delivered_before(std::string_view left, std::string_view right);

// DFRST, and P as $Forwarded; keywords not.
void add_system_flags(std::string_view letters, MessageFlags& flags);
[[nodiscard]] std::string system_letters(const MessageFlags& flags);

// A field of names that godwit gives to a file with a bare LF: its bytes are given as they are. Programs that do not know it give each
// bare LF a CR, as they do with every message.
inline constexpr std::string_view raw_field = ",X=raw";

}  // namespace godwit::adapters
