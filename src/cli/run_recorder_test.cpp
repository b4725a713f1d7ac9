// SPDX-License-Identifier: Apache-2.0
#include "cli/run_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "adapters/memory/memory.h"
#include "cli/organisation_report.h"
#include "cli/recorded_accounts.h"
#include "ledger/sqlite_ledger.h"
#include "tests/support/round_lab.h"
#include "tests/support/run_task.h"

namespace godwit::cli {
namespace {

using jobs::State;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RunRecorderTest : public testing::Test {
 protected:
  struct Pair {
    adapters::MemoryMailbox source, target;
    std::optional<Error> failure;  // to open the source
    std::function<void()> on_open;
  };

  RunRecorderTest() { ledger_ = *ledger::open_sqlite_ledger(folder_.path() / "ledger"); }

  Pair& add_account(const std::string& name, int messages) {
    Pair& pair = *pairs_.emplace_back(std::make_unique<Pair>());
    pair.source.host = name + "-old";
    pair.target.host = name + "-new";
    for (int i = 0; i < messages; ++i) pair.source.folder("INBOX").add(test::message_named(name + std::to_string(i)));
    pair.target.folder("INBOX");
    jobs::Job job;
    job.name = name;
    job.wave = "night 1";
    job.identity = {adapters::make_memory_source(pair.source)->identity(), adapters::make_memory_target(pair.target)->identity()};
    job.source = [&pair]() -> Result<std::unique_ptr<endpoint::Source>> {
      if (pair.on_open) pair.on_open();
      if (pair.failure) return std::unexpected(*pair.failure);
      return adapters::make_memory_source(pair.source);
    };
    job.target = [&pair]() -> Result<std::unique_ptr<endpoint::Target>> { return adapters::make_memory_target(pair.target); };
    job.source_limits = *limits::HostLimits::make("old", {});
    job.target_limits = *limits::HostLimits::make("new", {});
    jobs_.push_back(job);
    return pair;
  }

  void run() {
    RecorderOptions options;
    options.settings = [] { return jobs::RunSettings{"godwit 0.1.0", {{"lanes", "2"}}, {}}; };
    options.warn = [this](const std::string& text) { warnings_.push_back(text); };
    options.look_interval = std::chrono::milliseconds(5);
    RunRecorder recorder(*ledger_, jobs_, options);
    jobs::MigrationOptions migration_options;
    migration_options.threads = 2;
    migration_options.round.quiet_time = std::chrono::milliseconds(1);
    jobs::Migration migration(jobs_, *ledger_, migration_options, recorder);
    test::run_task(recorder.record(migration, [&] { return migration.run(); }));
  }

  std::vector<jobs::AccountSummary> recorded(AskedStores asked = AskedStores::none_with_summary) {
    return *test::run_task(recorded_accounts(*ledger_, jobs_, asked));
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::vector<std::unique_ptr<Pair>> pairs_;
  std::vector<jobs::Job> jobs_;
  std::vector<std::string> warnings_;
};

TEST_F(RunRecorderTest, TheRunAndEveryAccountAreOnRecord) {
  add_account("alice@example.com", 12);
  add_account("bob@example.com", 3).failure = Error{ErrorKind::auth, "the server refused the login", "NO", {}};
  run();
  EXPECT_THAT(warnings_, IsEmpty());
  const auto runs = *test::run_task(ledger_->runs());
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].command, "migrate");
  EXPECT_TRUE(runs[0].ended);
  EXPECT_EQ(jobs::settings_of(runs[0].settings).program, "godwit 0.1.0");
  const auto timeline = jobs::timeline_of(runs[0].timeline);
  ASSERT_FALSE(timeline.empty());
  EXPECT_EQ(timeline.back().messages_done, 12U);
  const auto accounts = recorded();
  ASSERT_EQ(accounts.size(), 2U);
  EXPECT_EQ(accounts[0].state, State::moved);
  EXPECT_EQ(accounts[0].wave, "night 1");
  EXPECT_EQ(jobs::on_target(accounts[0].counters), 12U);
  EXPECT_GT(accounts[0].bytes, 0U);
  ASSERT_EQ(accounts[0].history.size(), 1U);
  EXPECT_EQ(accounts[0].history[0].copied, 12U);
  ASSERT_TRUE(accounts[0].verdict);
  EXPECT_LE(accounts[0].verdict->grade, report::Grade::good);
  EXPECT_EQ(standing_on_record(accounts[1]), "failed");
  ASSERT_TRUE(accounts[1].error);
  EXPECT_EQ(accounts[1].error->kind, ErrorKind::auth);
  EXPECT_EQ(accounts[1].attempts, 1);
}

TEST_F(RunRecorderTest, AFurtherRunAddsToTheHistory) {
  add_account("alice@example.com", 4);
  run();
  pairs_[0]->source.folder("INBOX").add(test::message_named("new"));
  run();
  EXPECT_EQ(test::run_task(ledger_->runs())->size(), 2U);
  const auto accounts = recorded();
  ASSERT_EQ(accounts[0].history.size(), 2U);
  EXPECT_EQ(accounts[0].history[0].copied, 4U);
  EXPECT_EQ(accounts[0].history[1].copied, 1U);
  EXPECT_EQ(jobs::on_target(accounts[0].counters), 5U);
}

TEST_F(RunRecorderTest, WhoIsAtWorkIsOnRecordAsBegun) {
  Pair& slow = add_account("alice@example.com", 4);
  std::atomic<bool> may_go_on = false;
  slow.on_open = [&] {
    while (!may_go_on) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  std::thread runs([this] { run(); });
  std::string standing;
  for (int i = 0; i < 2000 && standing != "cut short"; ++i) {
    standing = standing_on_record(recorded()[0]);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const auto begun = *test::run_task(ledger_->runs());
  may_go_on = true;
  runs.join();
  EXPECT_EQ(standing, "cut short") << "that is what it is when the process is killed now";
  ASSERT_EQ(begun.size(), 1U);
  EXPECT_FALSE(begun[0].ended);
  EXPECT_EQ(standing_on_record(recorded()[0]), "moved");
}

TEST_F(RunRecorderTest, AccountsWithoutASummaryAreAskedThemselves) {
  add_account("alice@example.com", 4);
  add_account("bob@example.com", 1);
  run();
  ASSERT_TRUE(test::run_task(ledger_->set_summary({jobs_[0].identity, "of a later version"})));
  add_account("carol@example.com", 1);
  const auto accounts = recorded();
  EXPECT_EQ(standing_on_record(accounts[0]), "moved");
  EXPECT_EQ(jobs::on_target(accounts[0].counters), 4U);
  EXPECT_EQ(accounts[0].name, "alice@example.com");
  EXPECT_EQ(standing_on_record(accounts[2]), "not begun");
  EXPECT_EQ(test::run_task(ledger_->accounts())->size(), 2U) << "to look at an account does not make it known";
}

TEST_F(RunRecorderTest, AReportAsksTheStoresAndAPageDoesNot) {
  add_account("alice@example.com", 4);
  run();
  const auto account = *test::run_task(ledger_->account(jobs_[0].identity.source, jobs_[0].identity.target));
  const auto folder = test::run_task(account->folders())->front();
  ASSERT_TRUE(test::run_task(account->raise_level(folder.id, *test::run_task(account->target_uids(folder.id, 1)), ledger::Level::proven)));
  EXPECT_EQ(recorded()[0].counters.at(ledger::Level::proven), 0U);
  EXPECT_EQ(recorded(AskedStores::all)[0].counters.at(ledger::Level::proven), 4U);
  EXPECT_EQ(recorded(AskedStores::all)[0].verdict->grade, report::Grade::perfect);
  EXPECT_EQ(recorded(AskedStores::all)[0].history.size(), 1U) << "what the summary alone knows stays";
}

class ReportTest : public RunRecorderTest {
 protected:
  report::OrganisationReport report(std::optional<AtWork> at_work = std::nullopt) {
    Organisation organisation;
    organisation.plan.name = "a plan";
    for (const jobs::Job& job : jobs_) {
      plan::Account& account = organisation.accounts.emplace_back();
      account.source_user = account.target_user = job.name;
      account.wave = job.wave;
    }
    plan::Wave wave;
    wave.name = "night 1";
    organisation.plan.waves = {wave};
    return *test::run_task(gather_report(organisation, jobs_, *ledger_, std::move(at_work)));
  }
};

TEST_F(ReportTest, ErrorsAreGroupedByCauseWithTheirCodes) {
  for (const char* const name : {"alice@example.com", "bob@example.com", "carol@example.com"}) add_account(name, 2);
  pairs_[0]->failure = pairs_[1]->failure = Error{ErrorKind::auth, "the server refused the login", "NO wrong", {}, 2001, {}};
  run();
  const auto made = report();
  ASSERT_EQ(made.problems.size(), 1U);
  EXPECT_EQ(made.problems[0].kind, "auth");
  EXPECT_EQ(made.problems[0].code, 2001);
  EXPECT_EQ(made.problems[0].people, 2U);
  EXPECT_EQ(made.problems[0].count, 0U) << "it is about no item";
  EXPECT_THAT(made.problems[0].action, HasSubstr("app password"));
  ASSERT_EQ(made.problems[0].examples.size(), 2U);
  EXPECT_EQ(made.problems[0].examples[1].person, "bob@example.com");
  EXPECT_EQ(made.problems[0].examples[1].server_text, "NO wrong");
  EXPECT_EQ(made.people[0].state, report::PersonState::failed);
  EXPECT_THAT(made.people[0].verdict->reasons.front(), HasSubstr("GW-2001"));
  EXPECT_EQ(made.people[2].state, report::PersonState::moved);
  EXPECT_EQ(made.people[2].items, 2U);
  ASSERT_EQ(made.waves.size(), 1U);
  EXPECT_FALSE(made.waves[0].sign_off);
}

TEST_F(ReportTest, ProblemsOfItemsAreCountedOverEverybody) {
  for (const char* const name : {"alice@example.com", "bob@example.com"}) add_account(name, 2);
  run();
  for (std::size_t i = 0; i < 2; ++i) {
    const auto account = *test::run_task(ledger_->account(jobs_[i].identity.source, jobs_[i].identity.target));
    ledger::Problem problem;
    problem.folder = test::run_task(account->folders())->front().id;
    problem.kind = "too_big";
    problem.subject = "large";
    std::vector<ledger::Problem> problems;
    for (Uid uid = 1000; uid < 1000 + 300 * (i + 1); ++uid) {
      problem.source_uid = uid;
      problems.push_back(problem);
    }
    ASSERT_TRUE(test::run_task(account->record(problem.folder, {}, problems)));
    if (i == 1) ASSERT_TRUE(test::run_task(account->accept_problems("too_big")));
  }
  const auto made = report();
  ASSERT_EQ(made.problems.size(), 2U) << "what was accepted is told apart";
  EXPECT_FALSE(made.problems[0].is_accepted);
  EXPECT_EQ(made.problems[0].count, 300U);
  EXPECT_TRUE(made.problems[1].is_accepted);
  EXPECT_EQ(made.problems[1].count, 600U);
  EXPECT_EQ(made.problems[1].people, 1U);
  EXPECT_EQ(made.problems[0].code, 6001);
  EXPECT_EQ(made.problems[0].examples.size(), 100U);
  EXPECT_EQ(made.problems[0].examples[0].person, "alice@example.com");
  EXPECT_EQ(made.problems[0].examples[0].uid, 1000U);
  EXPECT_EQ(made.people[0].not_moved, 300U);
}

TEST_F(ReportTest, BegunIsRunningOrCutShort) {
  add_account("alice@example.com", 2);
  add_account("bob@example.com", 2);
  run();
  jobs::JobStatus begun;
  begun.name = "alice@example.com";
  begun.state = State::running;
  begun.began = std::chrono::system_clock::now();
  auto summary = recorded()[0];
  jobs::note_status(summary, begun);
  ASSERT_TRUE(test::run_task(ledger_->set_summary({jobs_[0].identity, to_json(summary).dump()})));
  EXPECT_EQ(report().people[0].state, report::PersonState::stopped);
  const ledger::RunRecord now = test::run_task(ledger_->runs())->front();
  EXPECT_EQ(report(AtWork{{"alice@example.com"}, now}).people[0].state, report::PersonState::running);
  EXPECT_EQ(report(AtWork{{}, now}).people[0].state, report::PersonState::stopped) << "its turn has not come again";
  EXPECT_TRUE(report(AtWork{{}, now}).runs[0].is_at_work);
}

}  // namespace
}  // namespace godwit::cli
