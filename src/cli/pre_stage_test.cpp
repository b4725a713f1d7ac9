// SPDX-License-Identifier: Apache-2.0
#include "cli/pre_stage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "limits/test_clock.h"

namespace godwit::cli {
namespace {

using limits::test::at;
using std::chrono::sys_days;
using namespace std::chrono_literals;

Organisation organisation_with(plan::PreStage stage) {
  Organisation organisation;
  organisation.plan.pre_stage = std::move(stage);
  for (const char* wave : {"pilot", "night 1", ""}) {
    plan::Account account;
    account.wave = wave;
    organisation.accounts.push_back(std::move(account));
    organisation.people[wave] = 1;
  }
  return organisation;
}

TEST(CliPreStage, OldIsWhatThePlanSaysAndWhatTheRulesAllow) {
  struct Case {
    plan::PreStage stage;
    std::optional<std::chrono::sys_seconds> until, expected;
  };
  const Case cases[] = {
      {{.before = sys_days{2025y / 1 / 1}}, {}, sys_days{2025y / 1 / 1}},
      {{.before = sys_days{2025y / 1 / 1}}, sys_days{2024y / 6 / 1}, sys_days{2024y / 6 / 1}},
      {{.before = sys_days{2025y / 1 / 1}}, sys_days{2030y / 1 / 1}, sys_days{2025y / 1 / 1}},
      {{.older_than = std::chrono::days(30)}, {}, sys_days{2024y / 2 / 10}},
  };
  for (const Case& each : cases) {
    for (const auto now : {at(2024, 3, 11, 0, 0), at(2024, 3, 11, 23, 59, 59)}) {
      Organisation organisation = organisation_with(each.stage);
      jobs::MigrationOptions options;
      options.round.rules.until = each.until;
      ASSERT_TRUE(choose_pre_stage(organisation, options, now));
      EXPECT_EQ(options.round.rules.until, each.expected);
      EXPECT_TRUE(options.is_pre_stage);
      EXPECT_EQ(organisation.accounts.size(), 3U);
    }
  }
}

TEST(CliPreStage, ItsWindowsStandInPlaceOfTheWaves) {
  plan::PreStage stage{.older_than = std::chrono::days(30), .waves = {"night 1"}};
  stage.windows = {{*plan::parse_window("22:00-06:00")}, "Europe/Berlin"};
  Organisation organisation = organisation_with(stage);
  jobs::MigrationOptions options;
  options.held_waves = {"night 1"};
  options.waves = {{.name = "night 1", .after = "pilot"}};
  ASSERT_TRUE(choose_pre_stage(organisation, options, at(2024, 3, 11, 0, 0)));
  ASSERT_EQ(organisation.accounts.size(), 1U);
  EXPECT_EQ(organisation.accounts[0].wave, "night 1");
  EXPECT_TRUE(options.held_waves.empty());
  ASSERT_EQ(options.waves.size(), 3U);
  for (const jobs::WaveTimes& wave : options.waves) {
    EXPECT_EQ(wave.after, "");
    EXPECT_EQ(wave.windows.next_opening(at(2024, 3, 11, 20, 0)), at(2024, 3, 11, 21, 0));
  }
}

TEST(CliPreStage, FaultsSayWhatToDo) {
  jobs::MigrationOptions options;
  Organisation none;
  EXPECT_THAT(choose_pre_stage(none, options, at(2024, 3, 11, 0, 0)).error().what, testing::HasSubstr("write one, with before = "));
  Organisation late = organisation_with({.before = sys_days{2020y / 1 / 1}});
  options.round.rules.since = sys_days{2020y / 1 / 1};
  const auto fault = choose_pre_stage(late, options, at(2024, 3, 11, 0, 0));
  ASSERT_FALSE(fault);
  EXPECT_EQ(fault.error().kind, ErrorKind::usage);
  EXPECT_THAT(fault.error().what, testing::HasSubstr("change one of them"));
}

}  // namespace
}  // namespace godwit::cli
