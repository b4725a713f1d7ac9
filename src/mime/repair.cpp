// SPDX-License-Identifier: Apache-2.0
#include "mime/repair.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "mime/hazards.h"
#include "mime/repair_passes.h"
#include "mime/repair_words.h"

namespace godwit::mime {
namespace {

struct Pass {
  RepairRule rule;
  Edits (*find)(std::string_view text);
};

// In this order each finds what the ones before it leave: NUL may stand between CR and LF, and lines must be lines before
// fields are looked for.
constexpr std::array<Pass, 6> passes{{{RepairRule::nul, repair_nul},
                                      {RepairRule::bare_newline, repair_bare_newline},
                                      {RepairRule::final_newline, repair_final_newline},
                                      {RepairRule::header_form, repair_header_form},
                                      {RepairRule::header_8bit, repair_header_8bit},
                                      {RepairRule::long_line, repair_long_line}}};

// How often a pass may find more of the same, as when a part was encoded first. It never needs that many.
constexpr int most_repeats = 4;

// A rule that certainly finds nothing is not run.
bool may_find(RepairRule rule, std::string_view text, Hazards hazards) {
  const auto has = [&](Hazards::Kind kind) { return (hazards.kinds & kind) != 0; };
  switch (rule) {
    case RepairRule::nul: return has(Hazards::nul);
    case RepairRule::bare_newline: return has(Hazards::bare_newline);
    case RepairRule::final_newline: return has(Hazards::no_final_newline);
    case RepairRule::header_8bit: return has_8bit(text);  // the headers of parts count, too
    case RepairRule::long_line: return has_long_line(text);
    case RepairRule::header_form: return true;
    case RepairRule::wrap: return false;
  }
  return false;
}

}  // namespace

RepairRules Repaired::rules() const {
  RepairRules rules;
  for (const Edit& edit : edits) rules |= edit.rules;
  return rules;
}

std::string Repaired::describe() const {
  constexpr std::array all{RepairRule::final_newline, RepairRule::header_form, RepairRule::nul, RepairRule::bare_newline,
                           RepairRule::header_8bit,   RepairRule::long_line,   RepairRule::wrap};
  std::string text;
  for (const RepairRule rule : all) {
    const auto count = std::ranges::count_if(edits, [&](const Edit& edit) { return edit.rules.contains(rule); });
    if (count == 0) continue;
    text += fmt::format("{}{}: {} place{}", text.empty() ? "" : ", ", name_of(rule), count, count == 1 ? "" : "s");
  }
  return text;
}

std::optional<Repaired> repair(std::string_view original, RepairRules allowed) {
  EditedText text(original);
  for (const Pass& pass : passes) {
    if (!allowed.contains(pass.rule)) continue;
    for (int i = 0; i < most_repeats; ++i) {
      const Edits edits = pass.find(text.text());
      if (edits.empty()) break;
      text.apply(edits);
    }
  }
  std::vector<Edit> edits = text.edits();
  if (!edits.empty()) return Repaired{std::move(text).take_text(), std::move(edits)};
  if (!allowed.contains(RepairRule::wrap)) return std::nullopt;
  edits = wrap_message(original);
  return Repaired{edits.front().inserted, edits};
}

std::vector<RepairRules> attempts(std::string_view original, RepairRules allowed) {
  constexpr std::array least_change_first{RepairRule::final_newline, RepairRule::header_form, RepairRule::nul,
                                          RepairRule::bare_newline,  RepairRule::header_8bit, RepairRule::long_line};
  const Hazards hazards = find_hazards(original);
  std::vector<RepairRules> result;
  RepairRules together;
  for (const RepairRule rule : least_change_first) {
    if (!allowed.contains(rule) || !may_find(rule, original, hazards) || !repair(original, {rule})) continue;
    result.push_back({rule});
    together |= rule;
  }
  if (result.size() > 1) result.push_back(together);
  if (allowed.contains(RepairRule::wrap)) result.push_back({RepairRule::wrap});
  return result;
}

}  // namespace godwit::mime
