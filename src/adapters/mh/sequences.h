// SPDX-License-Identifier: Apache-2.0
// .mh_sequences of an MH folder: "unseen: 1-3 7" (nmh, mh-sequence(5)).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/message_flags.h"
#include "base/uid_set.h"

namespace godwit::adapters {

// Any text: what cannot be read is passed over.
[[nodiscard]] std::map<std::string, UidSet> parse_mh_sequences(std::string_view text);

// unseen takes \Seen away, replied is \Answered, flagged \Flagged; cur is nothing; others are keywords.
[[nodiscard]] MessageFlags mh_flags(Uid number, const std::map<std::string, UidSet>& sequences);

}  // namespace godwit::adapters
