// SPDX-License-Identifier: Apache-2.0
#include "jobs/account_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ledger/sqlite_ledger.h"
#include "tests/support/round_lab.h"
#include "tests/support/run_task.h"

namespace godwit::jobs {
namespace {

using ledger::Level;
using std::chrono::seconds;
using std::chrono::system_clock;
using testing::ElementsAre;
using testing::HasSubstr;

system_clock::time_point at(int second) { return system_clock::time_point(seconds(1'700'000'000 + second)); }

std::string text_of(const AccountSummary& summary) {
  return to_json(summary).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

AccountSummary sample() {
  AccountSummary summary;
  summary.name = "alice@example.com";
  summary.wave = "night 1";
  summary.state = State::failed;
  summary.attempts = 3;
  summary.error = Error{ErrorKind::auth, "the server refused the login", "NO \"bad\"", "source", 2001, {}};
  summary.verdict = report::Verdict{report::Grade::review, {"1 item not moved", "2 listed"}};
  summary.counters.items = 9;
  summary.counters.problems = 4;
  summary.counters.not_moved = 3;
  summary.counters.open_batches = 1;
  summary.counters.by_level = {0, 1, 2, 3, 0, 1, 2};
  summary.bytes = 12'345;
  summary.problems = {{"quota", 3, false}, {"altered", 1, true}};
  summary.history = {{at(0), at(9), 5, 500}, {at(20), std::nullopt, 0, 0}};
  return summary;
}

TEST(AccountSummary, ComesBackAsItWasWritten) {
  const auto back = summary_of(text_of(sample()));
  ASSERT_TRUE(back);
  EXPECT_EQ(to_json(*back), to_json(sample()));
  EXPECT_EQ(back->error, sample().error);
  EXPECT_EQ(back->history, sample().history);
  EXPECT_EQ(back->problems, sample().problems);
  EXPECT_EQ(back->counters.by_level, sample().counters.by_level);
  EXPECT_EQ(back->counters.not_moved, 3U);
  EXPECT_EQ(on_target(back->counters), 6U) << "neither withdrawn items nor those that a rule leaves out are on the target";
  const auto empty = summary_of(text_of({}));
  ASSERT_TRUE(empty);
  EXPECT_FALSE(empty->error || empty->verdict);
}

TEST(AccountSummary, EveryStateAndErrorKindComesBack) {
  for (std::size_t i = 0; i < state_count; ++i) {
    AccountSummary summary = sample();
    summary.state = static_cast<State>(i);
    EXPECT_EQ(summary_of(text_of(summary))->state, summary.state);
  }
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::bug); ++kind) {
    AccountSummary summary = sample();
    summary.error->kind = static_cast<ErrorKind>(kind);
    EXPECT_EQ(summary_of(text_of(summary))->error->kind, summary.error->kind);
  }
}

TEST(AccountSummary, WhatIsNoneIsNothing) {
  const std::string whole = text_of(sample());
  for (std::size_t length = 0; length < whole.size(); ++length) EXPECT_FALSE(summary_of(whole.substr(0, length))) << length;
  for (const char* const text : {"null", "[]", "7", "\"running\"", "{}", "{\"account\":7}", "\xff"}) EXPECT_FALSE(summary_of(text)) << text;
  for (const auto& [key, value] : to_json(sample()).items()) {
    auto object = to_json(sample());
    object[key] = nlohmann::json::object({{"of", "a later version"}});
    EXPECT_FALSE(summary_of(object.dump())) << key;
  }
  auto object = to_json(sample());
  object["state"] = "of a later version";
  EXPECT_FALSE(summary_of(object.dump()));
}

TEST(AccountSummary, BytesThatAreNoTextAreShownAsSuch) {
  AccountSummary summary = sample();
  summary.error->server_text = "NO caf\xe9";
  EXPECT_THAT(summary_of(text_of(summary))->error->server_text, HasSubstr("caf\xef\xbf\xbd"));
}

JobStatus status_of(State state, int began, std::optional<int> ended) {
  JobStatus status;
  status.name = "alice@example.com";
  status.state = state;
  status.began = at(began);
  if (ended) status.ended = at(*ended);
  status.result.copied = 7;
  return status;
}

TEST(AccountSummary, AnAttemptIsOneEntryFromItsBeginToItsEnd) {
  AccountSummary summary;
  note_status(summary, status_of(State::running, 0, std::nullopt));
  EXPECT_THAT(summary.history, ElementsAre(Attempt{at(0), std::nullopt, 0, 0})) << "what an earlier round did is not of this one";
  note_status(summary, status_of(State::moved, 0, 5));
  EXPECT_THAT(summary.history, ElementsAre(Attempt{at(0), at(5), 7, 0}));
  note_status(summary, status_of(State::running, 9, std::nullopt));
  note_status(summary, status_of(State::running, 30, std::nullopt));  // the process was killed in between
  EXPECT_THAT(summary.history, ElementsAre(Attempt{at(0), at(5), 7, 0}, Attempt{at(9), std::nullopt, 0, 0},
                                           Attempt{at(30), std::nullopt, 0, 0}));
  for (int i = 0; i < 100; ++i) note_status(summary, status_of(State::moved, 100 + i, 100 + i));
  EXPECT_EQ(summary.history.size(), most_attempts_kept);
  EXPECT_EQ(summary.history.front().began, at(0));
  EXPECT_EQ(summary.history.back().began, at(199));
}

TEST(AccountSummary, TheStoreTellsWhatIsOnTheTarget) {
  test::TemporaryFolder folder;
  const auto ledger = *ledger::open_sqlite_ledger(folder.path() / "ledger");
  const auto account = *test::run_task(ledger->account("old", "new"));
  const auto record = *test::run_task(account->open_folder("INBOX", "INBOX"));
  std::vector<ledger::ItemRecord> rows;
  for (Uid uid = 1; uid <= 2500; ++uid) {
    ledger::ItemRecord& row = rows.emplace_back();
    row.source_uid = uid;
    row.target_uid = uid <= 2400 ? uid : 0;
    row.size = 10;
    row.level = uid <= 2400 ? Level::listed : Level::left_out;
  }
  ASSERT_TRUE(test::run_task(account->record(record.id, rows, {})));
  ledger::Problem problem;
  problem.folder = record.id;
  problem.source_uid = 2501;
  problem.kind = "too_big";
  ASSERT_TRUE(test::run_task(account->record(record.id, {}, {problem})));
  AccountSummary summary;
  ASSERT_TRUE(test::run_task(note_record(summary, *account)));
  EXPECT_EQ(summary.bytes, 24'000U) << "what was left out is not on the target";
  EXPECT_EQ(on_target(summary.counters), 2400U);
  EXPECT_EQ(summary.counters.not_moved, 1U);
  EXPECT_THAT(summary.problems, ElementsAre(ledger::ProblemGroup{"too_big", 1, false}));
  ASSERT_TRUE(summary.verdict);
  EXPECT_EQ(summary.verdict->grade, report::Grade::failed) << "no round has come to its end";
}

}  // namespace
}  // namespace godwit::jobs
