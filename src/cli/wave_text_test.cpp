// SPDX-License-Identifier: Apache-2.0
#include "cli/wave_text.h"

#include <gtest/gtest.h>

#include "cli/migration_console.h"
#include "cli/migration_json.h"
#include "limits/test_clock.h"

namespace godwit::cli {
namespace {

using jobs::WaveStatus;
using Why = jobs::WaveWait::Why;

struct Case {
  WaveStatus wave;
  const char* text;
};
std::vector<Case> cases() {
  return {
      {{"night 1", 12, {.why = Why::window, .until = limits::test::at(2024, 7, 5, 20, 0)}}, "wave night 1 waits until Fri 05 Jul 22:00"},
      {{"", 3, {.why = Why::window, .until = limits::test::at(2024, 1, 5, 20, 0)}}, "what is in no wave waits until Fri 05 Jan 21:00"},
      {{"night 2", 1, {.why = Why::other_wave, .other = "night 1"}}, "wave night 2 waits until wave night 1 has ended"},
      {{"night 2", 1, {.why = Why::other_wave, .other = "night 1", .is_stuck = true}},
       "wave night 2 waits until wave night 1 has ended: godwit migrate --wave \"night 1\""},
      {{"night\x1b", 1, {.why = Why::sign_off, .is_stuck = true}},
       "wave night\\x1b waits until the pilot is signed off: godwit sign-off WAVE"},
  };
}

TEST(WaveText, SaysUntilWhenOrWhatToDo) {
  const limits::test::TimeZone zone(limits::test::central_europe);
  for (const Case& each : cases()) EXPECT_EQ(text_of(each.wave), each.text);
}

TEST(WaveText, SurvivesJson) {
  const limits::test::TimeZone zone(limits::test::central_europe);
  jobs::Snapshot snapshot;
  for (const Case& each : cases()) snapshot.waves.push_back(each.wave);
  const jobs::Snapshot again = snapshot_of(nlohmann::json::parse(to_json(snapshot).dump()));
  ASSERT_EQ(again.waves.size(), snapshot.waves.size());
  for (std::size_t i = 0; i < again.waves.size(); ++i) {
    EXPECT_EQ(again.waves[i].name, snapshot.waves[i].name);
    EXPECT_EQ(again.waves[i].accounts, snapshot.waves[i].accounts);
    EXPECT_EQ(text_of(again.waves[i]), text_of(snapshot.waves[i]));
  }
  const auto lines = screen_of(again, 200, 5);
  EXPECT_EQ(lines.at(2), "  wave night 1 waits until Fri 05 Jul 22:00 (12 accounts)");
}

TEST(WaveText, AnAccountSaysForWhatItWaits) {
  jobs::JobStatus job;
  EXPECT_FALSE(to_json(job).contains("waits_for"));
  job.wait = {.why = Why::other_wave, .other = "night 1", .is_stuck = true};
  EXPECT_EQ(to_json(job)["waits_for"], "other wave");
  EXPECT_EQ(to_json(job)["waits_for_wave"], "night 1");
  EXPECT_EQ(to_json(job)["needs_order"], true);
}

}  // namespace
}  // namespace godwit::cli
