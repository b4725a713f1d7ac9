// SPDX-License-Identifier: Apache-2.0
// What the ledger keeps of a folder besides its messages: what was last brought to the target.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "endpoint/extras.h"

namespace godwit::sync {

struct ExtrasState {
  std::uint32_t target_uid_validity = 0;  // of the target's folder that has it: another one has nothing yet
  endpoint::Access access;                           // of the target's identities
  std::map<std::string, std::string> annotations;    // name to SHA-256 of the value, in hexadecimal digits
  std::vector<endpoint::Quota> quotas;               // the source's limits
  friend bool operator==(const ExtrasState&, const ExtrasState&) = default;
};
[[nodiscard]] std::string to_text(const ExtrasState& state);
// Empty where the text is none, or is about another folder.
[[nodiscard]] ExtrasState parse_extras(std::string_view text, std::uint32_t target_uid_validity);

}  // namespace godwit::sync
