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
#include <set>
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
  for (int round = 0; round < 25; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) write_until_killed(ends[1], answered);
    ::close(ends[1]);
    bool is_in_order = true;
    const auto read_answer = [&] {
      Uid first = 0;
      if (::read(ends[0], &first, sizeof first) != sizeof first) return false;
      Uid& expected = answered[first / span_of_writer];
      is_in_order = is_in_order && expected == first;
      expected = first + batch_size;
      return true;
    };
    for (auto wanted = 1 + random() % 60; wanted > 0 && read_answer();) --wanted;
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 5'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
    while (read_answer()) {
    }
    ::close(ends[0]);
    ASSERT_TRUE(is_in_order) << "an answer for what was not asked next";

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
}

// In a child: moves items from folder to folder by way of the pool, and now and then restarts one, without end; tells the pipe
// when some were moved.
[[noreturn]] void move_until_killed(AccountLedger& account, const std::vector<FolderId>& folders, unsigned seed, int pipe) {
  std::mt19937 random(seed);
  Uid next = 1'000'000 * (1 + seed);
  for (int move = 1;; ++move) {
    if (move == 10 && ::write(pipe, &move, sizeof move) != sizeof move) ::_exit(1);
    const FolderId from = folders[random() % folders.size()], to = folders[random() % folders.size()];
    const auto some = value_of(run_task(account.items(from, 0, 1 + random() % 40)));
    UidSet uids;
    std::vector<Digest> digests;
    for (const ItemRecord& item : some) {
      uids.add(item.source_uid);
      digests.push_back(item.digest);
    }
    if (random() % 10 == 0) {
      value_of(run_task(account.restart_source(from, 1 + random() % 1000)));
    } else {
      value_of(run_task(account.vanish(from, uids)));
    }
    std::vector<Adoption> adoptions;
    for (const auto& entry : value_of(run_task(account.find_vanished(digests, from)))) {
      if (!entry) continue;
      adoptions.push_back({entry->id, entry->item});
      adoptions.back().row.source_uid = next++;
    }
    value_of(run_task(account.adopt(to, std::move(adoptions))));
  }
}

TEST_F(SqliteLedgerCrashTest, MovedItemsAreInOnePlaceAfterAKill) {
  constexpr std::size_t count = 300;
  std::vector<FolderId> folders;
  {
    const Opened opened = open();
    folders = {opened.folder, value_of(run_task(opened.account->open_folder("Archive", "Archive"))).id};
    for (std::size_t i = 0; i < count / batch_size; ++i) {
      std::vector<ItemRecord> items = batch_from(static_cast<Uid>(i * batch_size + 1));
      for (ItemRecord& item : items) item.digest = digest_of(item.source_uid);
      value_of(run_task(opened.account->record(opened.folder, std::move(items), {})));
    }
  }
  std::mt19937 random(4711);
  std::uint64_t seen_in_pool = 0, seen_in_archive = 0;
  for (unsigned round = 0; round < 25; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        const Opened opened = open();
        move_until_killed(*opened.account, folders, round, ends[1]);
      } catch (const std::exception& exception) {
        std::fprintf(stderr, "%s\n", exception.what());
        ::_exit(2);
      }
    }
    ::close(ends[1]);
    int moves = 0;
    ASSERT_EQ(::read(ends[0], &moves, sizeof moves), static_cast<ssize_t>(sizeof moves)) << "the child ended by itself";
    ::close(ends[0]);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);

    const Opened opened = open();
    const auto records = value_of(run_task(opened.account->folders()));
    const auto pool = value_of(run_task(opened.account->vanished(0, 1'000'000)));
    std::set<Digest> digests;
    std::uint64_t places = pool.size();
    for (const VanishedItem& entry : pool) digests.insert(entry.item.digest);
    std::uint64_t vanished = 0;
    for (const FolderRecord& record : records) {
      const auto items = value_of(run_task(opened.account->items(record.id, 0, 1'000'000)));
      for (const ItemRecord& item : items) digests.insert(item.digest);
      places += items.size();
      vanished += record.vanished;
      EXPECT_EQ(record.items, items.size());
      seen_in_archive += record.id == folders[1] ? items.size() : 0;
    }
    ASSERT_EQ(digests.size(), count) << "an item was lost";
    ASSERT_EQ(places, count) << "an item is in two places";
    EXPECT_EQ(vanished, pool.size());
    EXPECT_EQ(value_of(run_task(opened.account->counters())).vanished, pool.size());
    seen_in_pool += pool.size();
    // What the kill left in the pool goes back, so that there is something to move.
    std::vector<Adoption> adoptions;
    Uid next = 900'000'000 + round * 1000;
    for (const VanishedItem& entry : pool) {
      adoptions.push_back({entry.id, entry.item});
      adoptions.back().row.source_uid = next++;
    }
    value_of(run_task(opened.account->adopt(opened.folder, std::move(adoptions))));
  }
  EXPECT_GT(seen_in_pool, 0U) << "the kills came too early to mean anything";
  EXPECT_GT(seen_in_archive, 0U);
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
