// SPDX-License-Identifier: Apache-2.0
// What may be done to a message that a target refused, where the operator's plan allows it. A message is always offered as
// it is first; nothing here is ever done to one that a target takes. Signatures (DKIM, S/MIME, PGP) over repaired bytes no
// longer verify.
//
// Why not GMime: it writes a message anew, while here each changed byte goes on record with its offset in the original. These
// functions look for the places themselves and leave everything else untouched.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mime/repair_edits.h"
#include "mime/repair_rules.h"

namespace godwit::mime {

struct Repaired {
  std::string bytes;
  std::vector<Edit> edits;  // of the original, ascending and disjoint; apply_edits(edits, original) == bytes

  [[nodiscard]] RepairRules rules() const;     // those that changed something
  [[nodiscard]] std::string describe() const;  // "nul: 2 places, long-line: 1 place"
};

// Applies the rules in `allowed`, all of them that find something. `wrap` is applied only when no other one does: to an
// untouched original, as one edit that replaces the whole. Nothing when nothing applies. Works on any bytes; what it cannot
// repair it leaves.
[[nodiscard]] std::optional<Repaired> repair(std::string_view original, RepairRules allowed);

// What to try after a refusal of the message's content, least change first: each rule that finds something alone, then all
// of them together, then wrapping. repair() gives something for each.
[[nodiscard]] std::vector<RepairRules> attempts(std::string_view original, RepairRules allowed);

}  // namespace godwit::mime
