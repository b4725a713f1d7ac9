// SPDX-License-Identifier: Apache-2.0
// A header as two ways to one message (IMAP and POP3) show it alike.
#pragma once

#include <optional>
#include <string_view>

#include "base/sha256.h"

namespace godwit::mime {

// Whether the line begins a field that servers add or change while a message lies in a mailbox: Status, X-Status, X-Keywords, X-UID, X-UIDL.
[[nodiscard]] bool begins_changing_field(std::string_view line);

struct HeaderName {
  Digest digest;                       // of all fields that stay, however their lines end
  std::optional<Digest> message_id{};  // of the value of Message-ID
  friend bool operator==(const HeaderName&, const HeaderName&) = default;
};
// `header`: from the first line on; what follows the empty line is not looked at.
[[nodiscard]] HeaderName name_of_header(std::string_view header);

}  // namespace godwit::mime
