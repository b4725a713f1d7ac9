// SPDX-License-Identifier: Apache-2.0
#include "probe/advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "mime/repair_rules.h"

namespace godwit::probe {
namespace {

using mime::RepairRule;

struct Advice {
  std::string_view key;  // of one finding, or "group." for all of them
  Outcome outcome;
  std::string_view text;
};

// The first that fits counts.
constexpr std::array advices{
    Advice{"names.nested", Outcome::refused, "what lies below a folder cannot be made: flatten it by \"rename\" rules"},
    Advice{"names.case-twin", Outcome::refused,
           "one of two such folders cannot be made: godwit check names them; give one another name by \"rename\""},
    Advice{"names.twins-apart", Outcome::altered, "godwit check names such pairs; give one of each another name by \"rename\""},
    Advice{"names.rename-uids", Outcome::altered, "the next round matches its messages again by their digests"},
    Advice{"names.rename", Outcome::refused, "a folder that is renamed on the source is made anew and its messages are moved"},
    Advice{"names.remove", Outcome::refused, "folders that are removed on the source stay, empty; remove the probe's own by hand"},
    Advice{"names.role", Outcome::not_told,
           "special folders are found by the names that the target has for them; see that they are there before"},
    Advice{"names.subscribe", Outcome::altered, "people subscribe by themselves in their mail programs"},
    Advice{"names.", Outcome::refused, "such a folder's mail is not moved and is reported: give it another name by \"rename\""},
    Advice{"names.", Outcome::altered, "such a folder gets the altered name; choose another one by \"rename\""},
    Advice{"names.", Outcome::broken, "such a folder is looked for and not found: give it another name by \"rename\""},
    Advice{"messages.", Outcome::refused,
           "it is tried again in each round, or repaired where \"repair\" allows it; reported with the server's words"},
    Advice{"messages.", Outcome::broken,
           "what is missing in the target's list is sent again; what cannot be read is found by godwit verify --full"},
    Advice{"dates.1970", Outcome::altered, "godwit verify names such messages"},
    Advice{"dates.before-1970", Outcome::altered, "godwit verify names such messages"},
    Advice{"dates.2037", Outcome::altered, "godwit verify names such messages"},
    Advice{"dates.after-2038", Outcome::altered, "godwit verify names such messages"},
    Advice{"dates.zone", Outcome::altered, "nothing: it is the same moment"},
    Advice{"dates.", Outcome::refused, "such a message is reported as not moved"},
    Advice{"dates.", Outcome::altered,
           "only godwit verify sees it: mail programs that sort by arrival show such messages in the wrong place"},
    Advice{"dates.", Outcome::broken,
           "only godwit verify sees it: mail programs that sort by arrival show such messages in the wrong place"},
    Advice{"flags.spelling", Outcome::altered, "nothing: keywords are compared without regard to case"},
    Advice{"flags.number", Outcome::altered,
           "only godwit verify sees it: reduce the keywords on the source, or have the target's limit raised"},
    Advice{"flags.number", Outcome::refused, "the message is moved; a keyword for which there is no room is reported with it"},
    Advice{"flags.non-ascii", Outcome::refused, "a message that has it is reported as not moved: take the keyword away on the source"},
    Advice{"flags.parentheses", Outcome::refused, "a message that has it is reported as not moved: take the keyword away on the source"},
    Advice{"flags.store", Outcome::refused, "flags that change on the source are not brought after; reported"},
    Advice{"flags.", Outcome::refused, "a message with it is reported as not moved"},
    Advice{"flags.", Outcome::altered, "only godwit verify sees it: tell people that such marks are lost"},
    Advice{"append.uids", Outcome::not_told, "godwit looks after each batch which messages have come, and reads them: slower, and as safe"},
    Advice{"append.uids", Outcome::broken, "flags would be set and messages removed that are others: do not use this server as it is"},
    Advice{"append.batch-uids", Outcome::broken,
           "flags would be set and messages removed that are others: do not use this server as it is"},
    Advice{"append.batch", Outcome::not_told, "each message is sent by itself, without waiting for the answer to the one before"},
    Advice{"append.batch", Outcome::refused, "each message is sent by itself"},
    Advice{"append.batch-whole", Outcome::altered, "godwit looks what is there before it sends the rest"},
    Advice{"append.batch-whole", Outcome::broken, "what is missing in the target's list is sent again"},
    Advice{"append.duplicates", Outcome::broken, "the source's counts cannot be reached: messages that are there twice are there once"},
    Advice{"append.other-folder", Outcome::broken, "a message that lies in two folders is in one of them afterwards"},
    Advice{"listing.count", Outcome::broken, "godwit takes the list of UIDs, not the count"},
    Advice{"listing.size", Outcome::broken, "godwit compares digests, not sizes; size_limit goes by what the source tells"},
    Advice{"listing.changes", Outcome::broken, "later rounds would miss what people have changed: do not use this server as it is"},
    Advice{"listing.search", Outcome::broken,
           "what is missing in the list is taken for lost, and sent again: do not use this server as it is"},
    Advice{"listing.search-from", Outcome::broken,
           "what is missing in the list is taken for lost, and sent again: do not use this server as it is"},
    Advice{"listing.object-ids", Outcome::not_told, "messages that were moved on the source are found by their digests"},
    Advice{"listing.changes", Outcome::not_told, "later rounds list every message's flags: longer in large folders"},
    Advice{"changes.move", Outcome::not_told,
           "a message that is moved on the source is copied again, and the old copy removed where that is possible"},
    Advice{"changes.move", Outcome::refused,
           "a message that is moved on the source is copied again, and the old copy removed where that is possible"},
    Advice{"changes.remove", Outcome::not_told, "nothing is ever removed on this target: what people delete on the source stays there"},
    Advice{"changes.remove", Outcome::refused, "what people delete on the source stays on the target; reported"},
    Advice{"changes.", Outcome::broken, "later rounds would change what is none of theirs: do not use this server as it is"},
    Advice{"lasting.uid-validity", Outcome::broken,
           "a round ends with status 4: such an account cannot be moved; ask the server's operator"},
    Advice{"reading.size", Outcome::altered, "size_limit looks at the listed size; nothing else depends on it"},
    Advice{"reading.messages", Outcome::broken, "such messages are reported as not moved, with the reason; the others go"},
    Advice{"limits.quota", Outcome::not_told, "see that every mailbox is large enough: an account that is full stops, and is reported"},
    Advice{"limits.size", Outcome::not_told, "messages that are too large are found when they are refused; try --large"},
};

bool fits(const Advice& advice, const Finding& finding) {
  const bool is_named = advice.key == finding.key || (advice.key.ends_with('.') && finding.key.starts_with(advice.key));
  return is_named && advice.outcome == finding.outcome;
}

std::optional<RepairRule> repair_of(std::string_view key) {
  struct Fit {
    std::string_view key;
    RepairRule rule;
  };
  static constexpr std::array fits{
      Fit{"messages.nul", RepairRule::nul},
      Fit{"messages.bare-", RepairRule::bare_newline},
      Fit{"messages.header-utf8", RepairRule::header_8bit},
      Fit{"messages.header-latin1", RepairRule::header_8bit},
      Fit{"messages.header-line", RepairRule::long_line},
      Fit{"messages.line-", RepairRule::long_line},
      Fit{"messages.no-final-newline", RepairRule::final_newline},
      Fit{"messages.from-line", RepairRule::header_form},
      Fit{"messages.no-header-block", RepairRule::header_form},
      Fit{"messages.header-form", RepairRule::header_form},
      Fit{"messages.odd-fields", RepairRule::header_form},
  };
  const auto* const found = std::ranges::find_if(fits, [key](const Fit& one) { return key.starts_with(one.key); });
  return found == fits.end() ? std::nullopt : std::optional(found->rule);
}

std::vector<std::string> repairs_for(const Report& report) {
  std::vector<std::string> names;
  for (const Finding& finding : report.findings) {
    if (finding.group() != "messages" || finding.outcome != Outcome::refused) continue;
    const auto rule = repair_of(finding.key);
    const std::string name = rule ? fmt::format("\"{}\"", mime::name_of(*rule)) : "";
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

}  // namespace

std::string advice_for(const Finding& finding) {
  if (finding.group() == "messages" && finding.outcome == Outcome::altered) {
    if (finding.harm == Harm::none) return "nothing: there was nothing in it";
    return finding.harm == Harm::grave ? "nothing tells it from others: only godwit verify --full finds it"
                                       : "it is read back; reported as altered, with the difference";
  }
  const auto found = std::ranges::find_if(advices, [&](const Advice& one) { return fits(one, finding); });
  return found == advices.end() ? std::string() : std::string(found->text);
}

std::vector<std::string> plan_lines(const Report& report) {
  std::vector<std::string> lines;
  if (report.measures.is_connection_limit) {
    lines.emplace_back("[target.limits]");
    lines.push_back(fmt::format("connections_per_account = {}  # {} at once were let in; mail programs need some, too",
                                std::clamp<std::size_t>(report.measures.connections / 2, 1, 16), report.measures.connections));
  }
  const auto repairs = repairs_for(report);
  constexpr std::uint64_t everybodys_size = std::uint64_t{1} << 30;  // above it a limit is none
  const std::uint64_t size_limit = report.facts.append_limit.value_or(everybodys_size);
  if (size_limit < everybodys_size || !repairs.empty()) lines.emplace_back("[rules]");
  if (size_limit < everybodys_size) {
    lines.push_back(fmt::format("size_limit = \"{}\"  # what the target takes; larger messages are left out, and counted", size_limit));
  }
  if (!repairs.empty()) {
    lines.push_back(fmt::format("repair = [{}]  # of what it refuses; originals are kept", fmt::join(repairs, ", ")));
  }
  return lines;
}

}  // namespace godwit::probe
