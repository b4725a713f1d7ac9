// SPDX-License-Identifier: Apache-2.0
// Makes the Internet message (RFC 5322, MIME) that a MAPI message stands for.
#pragma once

#include <cstdint>
#include <string>

#include "pst/mail_parts.h"

namespace godwit::pst {

// The same bytes for the same parts and id, whenever it is made: the id goes into the boundaries of its parts. The header that came from
// the network is kept, but for what tells of the body's form; what it lacks comes from the parts. Embedded messages deeper than 16 are
// left out, with a line that says so in their place.
[[nodiscard]] std::string build_message(const MailParts& parts, std::uint64_t id);

}  // namespace godwit::pst
