// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "plan/plan_file.h"

namespace godwit::plan {
namespace {

// A plan between these hosts; `more` stands below [source].
Plan plan_between(const std::string& source, const std::string& target, const std::string& more = {}) {
  const std::string text = fmt::format("[plan]\nname = \"x\"\nledger = \"x.ledger\"\n[target]\nhost = \"{}\"\n[accounts]\nfiles = "
                                       "\"people.csv\"\n[source]\nhost = \"{}\"\n{}", target, source, more);
  auto plan = parse_plan(text, "/plans/godwit.toml");
  EXPECT_TRUE(plan) << (plan ? "" : describe(plan.error()));
  Plan none;
  none.sources.resize(1);
  none.targets.resize(1);
  return plan.value_or(std::move(none));
}

endpoint::LabelRules labels(const std::string& lines) { return plan_between("old", "new", "[source.labels]\n" + lines).sources[0].labels; }

TEST(PlanLabels, AreReadAsTheyStand) {
  using Placement = endpoint::LabelRules::Placement;
  EXPECT_EQ(labels(""), endpoint::LabelRules());
  const endpoint::LabelRules wanted{.placement = Placement::copies, .order = {"Work", "\\Inbox"}, .keywords = false, .important = true,
                                    .junk = true, .chats = true};
  EXPECT_EQ(labels("placement = \"copies\"\norder = [\"Work\", \"\\\\Inbox\"]\nkeywords = false\nimportant = true\njunk = true\n"
                   "chats = true\n"),
            wanted);
  EXPECT_EQ(labels("placement = \"folders\"\n").placement, Placement::folders);
  EXPECT_TRUE(labels("keywords = true\n").keywords);
}

TEST(PlanLabels, GooglesLimitsAreKnown) {
  using Budget = std::optional<std::uint64_t>;
  const auto from_google = plan_between("IMAP.gmail.com", "new");
  EXPECT_EQ(from_google.sources[0].limits.bytes_per_day_per_account, Budget(2'000'000'000));
  EXPECT_EQ(from_google.targets[0].limits.bytes_per_day_per_account, Budget());
  const auto to_google = plan_between("old", "imap.googlemail.com");
  EXPECT_EQ(to_google.sources[0].limits.bytes_per_day_per_account, Budget());
  EXPECT_EQ(to_google.targets[0].limits.bytes_per_day_per_account, Budget(400'000'000));
  const auto by_order = plan_between("imap.gmail.com", "new", "[source.limits]\nbytes_per_day_per_account = \"5GB\"\n");
  EXPECT_EQ(by_order.sources[0].limits.bytes_per_day_per_account, Budget(5'000'000'000));
}

}  // namespace
}  // namespace godwit::plan
