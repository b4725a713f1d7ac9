// SPDX-License-Identifier: Apache-2.0
// What holds for the repair of any bytes under any rules; for the unit tests and the fuzz target.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "mime/hazards.h"
#include "mime/repair.h"

namespace godwit::test {

// Empty, or the law that is broken.
inline std::string broken_repair_law(std::string_view original, mime::RepairRules rules) {
  using mime::RepairRule;
  const auto repaired = mime::repair(original, rules);
  if (!repaired) return rules.contains(RepairRule::wrap) ? "wrapping always works" : "";
  if (repaired->edits.empty()) return "a repair changes something";
  std::size_t behind = 0;
  for (const mime::Edit& edit : repaired->edits) {
    if (edit.offset < behind || edit.offset > original.size()) return "edits are ascending and disjoint";
    if (original.substr(edit.offset, edit.removed.size()) != edit.removed) return "an edit tells what stood there";
    if (edit.removed == edit.inserted) return "an edit changes something";
    if (edit.rules.empty()) return "each edit has its rule";
    mime::RepairRules all = rules;
    all |= edit.rules;
    if (all != rules) return "only what is allowed is done";
    behind = edit.offset + edit.removed.size();
  }
  if (mime::apply_edits(repaired->edits, original) != repaired->bytes) return "the edits make the repaired message";
  if (mime::apply_edits(mime::reverse_edits(repaired->edits), repaired->bytes) != original) return "the edits can be undone";
  const auto left = mime::find_hazards(repaired->bytes).kinds;
  const bool is_wrapped = repaired->rules() == mime::RepairRules{RepairRule::wrap};
  if ((is_wrapped || rules.contains(RepairRule::nul)) && (left & mime::Hazards::nul) != 0) return "no NUL is left";
  if ((is_wrapped || rules.contains(RepairRule::bare_newline)) && (left & mime::Hazards::bare_newline) != 0)
    return "no bare newline is left";
  if ((is_wrapped || rules.contains(RepairRule::final_newline)) && (left & mime::Hazards::no_final_newline) != 0)
    return "the last line ends";
  if (is_wrapped && left != 0) return "a wrapped message has no hazards";
  if (const auto again = mime::repair(repaired->bytes, rules.without(RepairRule::wrap))) {
    return "a second repair finds nothing: " + again->describe();
  }
  return "";
}

inline std::string broken_attempts_law(std::string_view original, mime::RepairRules allowed) {
  mime::RepairRules tried;
  for (const mime::RepairRules attempt : mime::attempts(original, allowed)) {
    const auto repaired = mime::repair(original, attempt);
    if (!repaired || repaired->rules().empty()) return "an attempt changes something: " + attempt.to_string();
    mime::RepairRules all = allowed;
    all |= attempt;
    if (all != allowed) return "only what is allowed is attempted: " + attempt.to_string();
    tried |= attempt;
  }
  if (tried.without(mime::RepairRule::wrap).empty() && mime::repair(original, allowed.without(mime::RepairRule::wrap))) {
    return "what can be repaired is attempted";
  }
  return "";
}

}  // namespace godwit::test
