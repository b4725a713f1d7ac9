// SPDX-License-Identifier: Apache-2.0
#include "jobs/run_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit::jobs {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;
using testing::IsEmpty;

const RunSettings sample{"godwit 0.1.0",
                         {{"lanes", "2"}, {"rules.exclude", "Junk/**, \"x\""}},
                         {{"source", "imaps://old.example.com:993", "Dovecot 2.3"}, {"target", "imap://new.example.com:143", ""}}};

std::vector<Moment> moments() {
  return {{system_clock::time_point(milliseconds(1'700'000'000'123)), 0, 0, {}, {}, 0},
          {system_clock::time_point(milliseconds(1'700'000'001'123)), 12, 3'000'000'000'000, milliseconds(700), milliseconds(1500), 3}};
}

TEST(RunSettings, ComeBackAsTheyWereWritten) {
  const RunSettings back = settings_of(settings_text(sample));
  EXPECT_EQ(settings_text(back), settings_text(sample));
  EXPECT_EQ(back.program, "godwit 0.1.0");
  ASSERT_EQ(back.settings.size(), 2U);
  EXPECT_EQ(back.settings[1].value, "Junk/**, \"x\"");
  ASSERT_EQ(back.servers.size(), 2U);
  EXPECT_EQ(back.servers[0].software, "Dovecot 2.3");
  EXPECT_EQ(back.servers[1].address, "imap://new.example.com:143");
  EXPECT_EQ(settings_of(settings_text({"\xff", {}, {}})).program, "\xef\xbf\xbd");
}

TEST(RunSettings, TimelinesComeBackAsTheyWereWritten) {
  EXPECT_EQ(timeline_of(timeline_text(moments())), moments());
  EXPECT_THAT(timeline_of(timeline_text({})), IsEmpty());
}

TEST(RunSettings, WhatIsNoneIsEmpty) {
  const std::string settings = settings_text(sample), timeline = timeline_text(moments());
  for (std::size_t length = 0; length < settings.size(); ++length) EXPECT_EQ(settings_of(settings.substr(0, length)).program, "") << length;
  for (std::size_t length = 0; length < timeline.size(); ++length) {
    EXPECT_THAT(timeline_of(timeline.substr(0, length)), IsEmpty()) << length;
  }
  for (const char* const text : {"", "7", "{}", "[7]", "[[1,2,3]]", R"([["a",1,2,3,4,5]])", R"({"program":7})", "\xff"}) {
    EXPECT_EQ(settings_of(text).program, "") << text;
    EXPECT_THAT(timeline_of(text), IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace godwit::jobs
