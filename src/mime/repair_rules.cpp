// SPDX-License-Identifier: Apache-2.0
#include "mime/repair_rules.h"

#include <fmt/format.h>

#include <array>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::mime {
namespace {

constexpr std::array all_rules{RepairRule::nul,       RepairRule::bare_newline,  RepairRule::header_8bit,
                               RepairRule::long_line, RepairRule::final_newline, RepairRule::header_form,
                               RepairRule::wrap};

Result<RepairRules> parse_name(std::string_view name) {
  if (equals_ignoring_case(name, "all")) return RepairRules::all();
  for (const RepairRule rule : all_rules) {
    if (equals_ignoring_case(name, name_of(rule))) return RepairRules{rule};
  }
  return fail(codes::repair_rule_unknown, fmt::format("there is no repair rule \"{}\"; the rules are: {}, or all", printable(name),
                                                      RepairRules::all().to_string()));
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

std::string_view name_of(RepairRule rule) {
  switch (rule) {
    case RepairRule::nul: return "nul";
    case RepairRule::bare_newline: return "bare-newline";
    case RepairRule::header_8bit: return "header-8bit";
    case RepairRule::long_line: return "long-line";
    case RepairRule::final_newline: return "final-newline";
    case RepairRule::header_form: return "header-form";
    case RepairRule::wrap: return "wrap";
  }
  return "";
}

std::string RepairRules::to_string() const {
  std::string text;
  for (const RepairRule rule : all_rules) {
    if (contains(rule)) text.append(text.empty() ? "" : ", ").append(name_of(rule));
  }
  return text;
}

Result<RepairRules> RepairRules::parse(std::string_view text) {
  RepairRules rules;
  while (!trimmed(text).empty()) {
    const auto comma = text.find(',');
    GODWIT_TRY(const RepairRules named, parse_name(trimmed(text.substr(0, comma))));
    rules |= named;
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return rules;
}

}  // namespace godwit::mime
