// SPDX-License-Identifier: Apache-2.0
// Kills and full disks: what was answered is in the ledger, what was not is there whole or not at all.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <random>
#include <thread>

#include "ledger/sqlite_ledger.h"
#include "tests/conformance/ledger_suite.h"

namespace godwit::ledger {
namespace {

using test::run_task;

constexpr Uid batch_size = 20;
constexpr Uid writers = 8;
constexpr Uid span_of_writer = 10'000'000;  // source UIDs of writer n begin at n times this

std::vector<ItemRecord> batch_from(Uid first) {
  std::vector<ItemRecord> items(batch_size);
  for (Uid i = 0; i < batch_size; ++i) {
    items[i].source_uid = first + i;
    items[i].target_uid = first + i;
    items[i].size = 1000;
    items[i].digest.bytes[0] = static_cast<unsigned char>(i);
  }
  return items;
}

// One batch after the other until the ledger fails; told() gets the first UID of each that was answered.
template <class Told>
Task<> write_batches(AccountLedger& account, FolderId folder, Uid next, Told told) {
  while (true) {
    const auto batch = co_await account.begin_batch(folder, UidSet::of_range(next, next + batch_size - 1), next);
    if (!batch) co_return;
    const auto ended = co_await account.end_batch(*batch, folder, batch_from(next), {}, next + batch_size);
    if (!ended) co_return;
    told(next);
    next += batch_size;
  }
}

class SqliteLedgerCrashTest : public testing::Test {
 protected:
  SqliteLedgerCrashTest() {
    std::string pattern = testing::TempDir() + "godwit-crash-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~SqliteLedgerCrashTest() override { std::filesystem::remove_all(directory_); }

  struct Opened {
    std::unique_ptr<Ledger> ledger;
    std::unique_ptr<AccountLedger> account;
    FolderId folder = 0;
  };
  Opened open() {
    Opened opened{.ledger = value_of(open_sqlite_ledger(directory_ / "ledger")), .account = nullptr, .folder = 0};
    opened.account = value_of(run_task(opened.ledger->account("a", "t")));
    opened.folder = value_of(run_task(opened.account->open_folder("INBOX", "INBOX"))).id;
    return opened;
  }

  // In a child: writes without end, telling the pipe what was answered.
  [[noreturn]] void write_until_killed(int pipe, const std::map<Uid, Uid>& next) {
    try {
      const Opened opened = open();
      boost::asio::io_context context(1);
      for (const auto& [writer, first] : next) {
        boost::asio::co_spawn(context, write_batches(*opened.account, opened.folder, first, [pipe](Uid uid) {
          if (::write(pipe, &uid, sizeof uid) != sizeof uid) ::_exit(1);
        }), [](std::exception_ptr) {});
      }
      context.run();
    } catch (const std::exception& exception) {
      std::fprintf(stderr, "%s\n", exception.what());
    }
    ::_exit(2);
  }

  std::filesystem::path directory_;
};

TEST_F(SqliteLedgerCrashTest, NothingThatWasAnsweredIsLostByAKill) {
  std::mt19937 random(4711);
  std::map<Uid, Uid> answered;  // by writer: the first UID that was not answered yet
  for (Uid writer = 1; writer <= writers; ++writer) answered[writer] = writer * span_of_writer;
  std::uint64_t answers = 0;
  for (int round = 0; round < 25; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) write_until_killed(ends[1], answered);
    ::close(ends[1]);
    std::this_thread::sleep_for(std::chrono::microseconds(2000 + random() % 80'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
    Uid first = 0;
    while (::read(ends[0], &first, sizeof first) == sizeof first) {
      ASSERT_EQ(answered[first / span_of_writer], first);
      answered[first / span_of_writer] = first + batch_size;
      ++answers;
    }
    ::close(ends[0]);

    const Opened opened = open();
    const auto items = value_of(run_task(opened.account->items(opened.folder, 0, 100'000'000)));
    std::map<Uid, Uid> found;  // by writer, as above
    for (const ItemRecord& item : items) {
      const Uid writer = item.source_uid / span_of_writer;
      ASSERT_EQ(item.source_uid, found.try_emplace(writer, writer * span_of_writer).first->second++) << "a gap";
    }
    std::uint64_t in_doubt = 0;
    for (auto& [writer, end] : answered) {
      const Uid there = found.try_emplace(writer, writer * span_of_writer).first->second;
      ASSERT_EQ(there % batch_size, 0U) << "half a batch";
      ASSERT_GE(there, end) << "an answer was lost";
      ASSERT_LE(there, end + batch_size) << "more than was ever asked for";
      in_doubt += there == end ? 1 : 0;
      end = there;
    }
    EXPECT_LE(value_of(run_task(opened.account->open_batches(opened.folder))).size(), in_doubt) << "an intent beside its result";
    EXPECT_EQ(value_of(run_task(opened.account->counters())).items, items.size());
    value_of(run_task(opened.account->settle(opened.folder, 1)));
  }
  EXPECT_GT(answers, 100U) << "the kills came too early to mean anything";
}

TEST_F(SqliteLedgerCrashTest, AFullDiskIsAnErrorAndLaterTheWorkGoesOn) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const Opened opened = open();
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    const rlim_t unlimited = limit.rlim_cur;
    limit.rlim_cur = 400'000;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::uint64_t answered = 0;
    Result<> last;
    while (last && answered < 1'000'000) {
      last = run_task(opened.account->record(opened.folder, batch_from(static_cast<Uid>(answered + 1)), {}));
      answered += last ? batch_size : 0;
    }
    if (last || last.error().kind != ErrorKind::storage) ::_exit(1);
    if (last.error().what.find("File too large") == std::string::npos) ::_exit(2);
    if (last.error().what.find("run the same command again") == std::string::npos) ::_exit(3);
    if (value_of(run_task(opened.account->counters())).items != answered) ::_exit(4);
    limit.rlim_cur = unlimited;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    last = run_task(opened.account->record(opened.folder, batch_from(static_cast<Uid>(answered + 1)), {}));
    if (!last) ::_exit(5);
    const auto items = value_of(run_task(opened.account->items(opened.folder, 0, 1'000'000)));
    ::_exit(items.size() == answered + batch_size && answered > 100 ? 0 : 6);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  const Opened opened = open();
  EXPECT_EQ(value_of(run_task(opened.account->counters())).items,
            value_of(run_task(opened.account->items(opened.folder, 0, 1'000'000))).size());
}

}  // namespace
}  // namespace godwit::ledger
