// SPDX-License-Identifier: Apache-2.0
// A folder of a system that knows its messages by names (POP3's UIDL, a file's name) and not by numbers: which number each has got.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/uid_set.h"

namespace godwit {

struct KeyedMessage {
  Uid uid = 0;
  std::string key;  // any bytes but none; the same message has the same one for ever, and no other has it at the same time
  friend bool operator==(const KeyedMessage&, const KeyedMessage&) = default;
};

struct KeyedFolder {
  std::uint32_t uid_validity = 0;
  Uid uid_next = 1;                    // no number at or above it was ever given
  std::vector<KeyedMessage> messages;  // by number, ascending
  friend bool operator==(const KeyedFolder&, const KeyedFolder&) = default;
};

}  // namespace godwit
