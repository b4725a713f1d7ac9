// SPDX-License-Identifier: Apache-2.0
// What stands in the way of a migration, and what does not.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/tls_rules.h"
#include "inventory/check.h"

namespace godwit::inventory {
namespace {

using endpoint::Role;
using endpoint::ServerFacts;
using endpoint::Traits;
using Findings = std::vector<Finding>;

void add(Findings& findings, Severity severity, std::string code, std::string what, std::string advice = {}) {
  findings.push_back({severity, std::move(code), std::move(what), std::move(advice), 0, {}});
}

void judge_access(Findings& findings, const TargetState& target) {
  if (target.inbox_error) {
    add(findings, Severity::stop, "target_inbox_not_opened",
        "the target takes the login and does not open the INBOX: " + describe(*target.inbox_error),
        "Look whether the account has a mailbox there, and whether its license and rights let it be used over IMAP.");
  } else {
    add(findings, Severity::ok, "target_opened", "the target takes the login and opens the INBOX");
  }
  if (target.messages == 0) return;
  add(findings, Severity::note, "target_not_empty",
      fmt::format("the target holds messages already: {}", grouped(target.messages)),
      "They stay. Make sure that it is this person's account, and that nobody has moved the same mail there in another way.");
}

// One resource of a quota: `unit` says how to write its numbers.
void judge_use(Findings& findings, const endpoint::QuotaUse& use, std::uint64_t needed, bool is_empty, std::string_view resource,
               const std::function<std::string(std::uint64_t)>& write) {
  const std::uint64_t room = use.limit - std::min(use.used, use.limit);
  const std::string numbers =
      fmt::format("{} of {} are used, {} are to be moved", write(use.used), write(use.limit), write(needed));
  const std::string code = fmt::format("quota_of_{}", resource);
  if (use.limit == 0) {
    add(findings, Severity::note, code, fmt::format("the target tells a quota of 0 for {}", resource),
        "Some servers mean by it that there is no limit: look into the administration of the target.");
  } else if (needed > use.limit || (needed > room && is_empty)) {
    add(findings, Severity::stop, code, fmt::format("the account does not fit into its quota of {}: {}", resource, numbers),
        "Give the account more space on the target, or leave something out by rules.");
  } else if (needed > room) {
    add(findings, Severity::warning, code, fmt::format("the account fits into its quota of {} only if part of it is there already: {}",
                                                       resource, numbers),
        "Give the account more space on the target, unless what is used there was moved before.");
  } else if (room - needed < use.limit / 10) {
    add(findings, Severity::warning, code, fmt::format("less than a tenth of the quota of {} will be left: {}", resource, numbers),
        "New mail arrives meanwhile: give the account more space on the target.");
  } else {
    add(findings, Severity::ok, code, fmt::format("the account fits into its quota of {}: {}", resource, numbers));
  }
}

void judge_quota(Findings& findings, const AccountInventory& source, const TargetState& target) {
  const Tally& needed = source.statistics.total();
  const std::string size = format_bytes(needed.bytes);
  bool is_limited = false;
  for (const endpoint::Quota& quota : target.server.quotas) {
    is_limited |= quota.storage || quota.messages;
    if (quota.storage) judge_use(findings, *quota.storage, needed.bytes, target.messages == 0, "storage", format_bytes);
    if (quota.messages) judge_use(findings, *quota.messages, needed.messages, target.messages == 0, "messages", grouped);
  }
  if (is_limited) return;
  add(findings, Severity::note, "quota_not_told",
      fmt::format("{}; {} are to be moved",
                  target.server.tells_quota ? "the target tells of no quota for this account" : "the target does not tell quotas", size),
      "Look into its administration whether the account may hold that.");
}

void judge_append_limit(Findings& findings, const AccountInventory& source, const TargetState& target) {
  const auto& largest = source.statistics.largest();
  const auto limit = target.server.append_limit;
  if (!limit) {
    if (largest.empty()) return;
    add(findings, Severity::note, "append_limit_not_told",
        fmt::format("the target does not tell how large a message may be; the largest here has {}", format_bytes(largest.front().size)),
        "Look into its configuration. What it refuses is reported as not moved.");
    return;
  }
  const Tally above = source.statistics.above(*limit);
  if (above.messages == 0) {
    add(findings, Severity::ok, "append_limit", fmt::format("every message is within the target's limit of {}", format_bytes(*limit)));
    return;
  }
  Finding finding{Severity::warning, "append_limit", {}, {}, above.messages, {}};
  finding.what = fmt::format("messages larger than the target's limit of {}: {}, together {}", format_bytes(*limit),
                             grouped(above.messages), format_bytes(above.bytes));
  finding.advice = "They will be reported as not moved: raise the limit on the target, or have the people save what they need of them.";
  for (const LargeMessage& message : largest) {
    if (message.size <= *limit || finding.examples.size() >= most_examples) break;
    finding.examples.push_back(fmt::format("{} UID {}, {}", message.folder.display(), message.uid, format_bytes(message.size)));
  }
  findings.push_back(std::move(finding));
}

void judge_line(Findings& findings, std::string_view side, const ServerFacts& server, const CheckOptions& options) {
  const bool is_of_files = server.greeting.empty() && server.capabilities.empty();
  if (is_of_files) return;
  const std::string code = fmt::format("{}_certificate", side);
  if (server.tls_version.empty()) {
    add(findings, Severity::warning, fmt::format("{}_unencrypted", side),
        fmt::format("the line to the {} is not encrypted: passwords and mail can be read on the way", side),
        "Use imaps:// or STARTTLS, unless the line is otherwise protected.");
    return;
  }
  if (is_outdated_tls(server.tls_version)) {
    add(findings, Severity::warning, fmt::format("{}_tls_old", side),
        fmt::format("the {} speaks {}: who sits on the line may be able to read it", side, server.tls_version),
        "Update the server; TLS 1.2 is the least that is safe today.");
  }
  if (!server.certificate) return;
  const auto& [fingerprint, names, not_before, not_after] = *server.certificate;
  const auto now = options.inventory.now;
  const std::string until = fmt::format("{:%Y-%m-%d}", not_after);
  const std::string advice = "Have it renewed before the migration; after a renewal a pinned fingerprint no longer fits.";
  if (now < not_before) {
    add(findings, Severity::warning, code, fmt::format("the {}'s certificate is not valid before {:%Y-%m-%d}", side, not_before),
        "Look at the clocks of both machines.");
  } else if (now >= not_after) {
    add(findings, Severity::warning, code, fmt::format("the {}'s certificate has been invalid since {}", side, until), advice);
  } else if (not_after - now < options.certificate) {
    add(findings, Severity::warning, code, fmt::format("the {}'s certificate is valid until {} only", side, until), advice);
  } else {
    add(findings, Severity::ok, code, fmt::format("the {}'s certificate is valid until {} ({})", side, until, server.tls_version));
  }
}

struct Ability {
  std::string_view side, extension;
  bool is_there;
  std::string_view without;
};

void judge_abilities(Findings& findings, const Traits& source, const Traits& target) {
  const std::array abilities{
      Ability{"source", "CONDSTORE", source.tells_changes, "Later rounds read the flags of every message, and take longer."},
      Ability{"target", "UIDPLUS", target.removes_messages,
              "The target does not tell where it has put a message, so that it must be looked for; and what is removed on the source "
              "stays on the target."},
      Ability{"target", "MULTIAPPEND", target.batch_messages > 1, "Messages go one by one, which is slower."},
      Ability{"target", "LITERAL+", target.pipelines_appends, "Each message waits for the target's leave, which is slower on long lines."},
      Ability{"target", "MOVE", target.moves_messages, "What is moved between folders on the source is copied once more."},
  };
  std::string there;
  for (const Ability& ability : abilities) {
    const bool can_have_it = ability.side == "target" || source.caveat.empty();  // else it is no IMAP server
    if (!can_have_it) continue;
    if (ability.is_there) {
      there += fmt::format("{}{} ({})", there.empty() ? "" : ", ", ability.extension, ability.side);
    } else {
      add(findings, Severity::note, fmt::format("no_{}", to_lower(ability.extension)),
          fmt::format("the {} has no {}", ability.side, ability.extension), std::string(ability.without));
    }
  }
  if (!there.empty()) add(findings, Severity::ok, "extensions", "there are " + there);
}

bool takes_no_notice_of_case(const ServerFacts& server) {
  const std::string name = to_lower(server.software);
  return name.contains("exchange") || name.contains("microsoft");
}

template <class IsMeant>
void judge_placements(Findings& findings, std::span<const Placement> placements, Severity severity, std::string code, std::string what,
                      std::string advice, IsMeant is_meant) {
  Finding finding{severity, std::move(code), {}, std::move(advice), 0, {}};
  for (const Placement& placement : placements) {
    if (!is_meant(placement)) continue;
    ++finding.count;
    if (severity == Severity::note || finding.examples.size() >= most_examples) continue;  // the list of folders tells them
    finding.examples.push_back(placement.source.display() + " → " + printable(placement.target_name));
  }
  if (finding.count == 0) return;
  finding.what = fmt::format("{}: {}", what, grouped(finding.count));
  findings.push_back(std::move(finding));
}

void judge_folders(Findings& findings, const TargetState& target, std::span<const Placement> placements) {
  using Why = Placement::Why;
  judge_placements(findings, placements, Severity::warning, "names_altered", "folders whose names the target cannot hold as they are",
                   "People will find them under the other name; give them one that you like with --rename.",
                   [](const Placement& placement) { return placement.is_altered; });
  judge_placements(findings, placements, Severity::warning, "names_taken", "folders that get a number, because their name is taken",
                   "Two folders of the source go to one place: give one of them another name with --rename.",
                   [](const Placement& placement) { return placement.why == Why::numbered; });
  judge_placements(findings, placements, Severity::note, "special_use", "folders that go to the target's own for the same use",
                   "Sent mail, drafts, junk and trash go where the target keeps them.",
                   [](const Placement& placement) { return placement.why == Why::special_use; });
  judge_placements(findings, placements, Severity::note, "folders_to_make", "folders that will be made on the target", {},
                   [](const Placement& placement) { return !placement.exists; });
  if (!takes_no_notice_of_case(target.server)) return;
  std::vector<sync::PlacedFolder> placed;
  for (const Placement& placement : placements) placed.push_back({{}, placement.source, placement.target});
  for (const auto& group : sync::find_collisions(placed, sync::CaseRule::ignored)) {
    Finding finding{Severity::warning, "names_equal_for_target", "folders that are one for the target, which takes no notice of case",
                    "Give one of them another name with --rename; else their messages come together in one folder.", group.size(), {}};
    for (const sync::PlacedFolder& folder : group) finding.examples.push_back(folder.source.display());
    findings.push_back(std::move(finding));
  }
}

}  // namespace

Findings judge(const AccountInventory& source, const TargetState& target, std::span<const Placement> placements,
               const CheckOptions& options) {
  Findings findings;
  judge_access(findings, target);
  judge_quota(findings, source, target);
  judge_append_limit(findings, source, target);
  judge_line(findings, "source", source.server, options);
  judge_line(findings, "target", target.server, options);
  judge_abilities(findings, source.traits, target.traits);
  judge_folders(findings, target, placements);
  return findings;
}

}  // namespace godwit::inventory
