// SPDX-License-Identifier: Apache-2.0
// A folder of a million messages must go through every kind of round in a bounded space. GODWIT_MEMORY_MESSAGES sets another number.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <cstdlib>

#include "inventory/inventory.h"
#include "ledger/sqlite_ledger.h"
#include "sync/round.h"
#include "tests/memory/heap.h"
#include "tests/memory/vast_mailbox.h"
#include "tests/support/round_lab.h"
#include "tests/support/run_task.h"

namespace godwit {
namespace {

constexpr std::size_t mebibyte = 1 << 20;
constexpr std::size_t limit = 64 * mebibyte;

std::uint32_t message_count() {
  const char* const text = std::getenv("GODWIT_MEMORY_MESSAGES");
  return text != nullptr ? static_cast<std::uint32_t>(std::atoi(text)) : 1'000'000;
}

class VastRound : public testing::Test {
 protected:
  VastRound() : source_(make_vast_source(from_)), target_(make_vast_target(to_)) { from_.messages = message_count(); }

  sync::RoundResult run(const char* what) {
    sqlite3_memory_highwater(1);
    test::reset_peak_heap_bytes();
    const std::size_t before = test::live_heap_bytes();
    const auto start = std::chrono::steady_clock::now();
    sync::RoundResult result;
    {
      auto ledger = ledger::open_sqlite_ledger(folder_.path() / "ledger");
      if (!ledger) throw std::runtime_error(describe(ledger.error()));
      sync::Round round(*source_, *target_, **ledger, {}, stop_, [](const sync::Event&) {});
      result = test::run_task(round.run(), std::chrono::minutes(10));
    }
    const std::size_t heap = test::peak_heap_bytes() - before, database = static_cast<std::size_t>(sqlite3_memory_highwater(0));
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    fmt::print("{}: {:.1f} MiB heap + {:.1f} MiB SQLite at most, {:.1f} s\n", what, double(heap) / mebibyte,
               double(database) / mebibyte, time.count());
    EXPECT_LT(heap + database, limit) << what;
    return result;
  }

  test::VastMailbox from_, to_;
  std::atomic<bool> stop_ = false;
  test::TemporaryFolder folder_;
  std::unique_ptr<endpoint::Source> source_;
  std::unique_ptr<endpoint::Target> target_;
};

TEST(VastInventory, StaysBelowTheLimit) {
  test::VastMailbox mailbox;
  mailbox.messages = message_count();
  const auto source = make_vast_source(mailbox);
  test::reset_peak_heap_bytes();
  const std::size_t before = test::live_heap_bytes();
  const auto inventory = test::run_task(inventory::take_inventory(*source), std::chrono::minutes(10));
  ASSERT_TRUE(inventory) << describe(inventory.error());
  EXPECT_EQ(inventory->statistics.total().messages, mailbox.messages);
  EXPECT_EQ(inventory->statistics.largest().front().uid, mailbox.messages);
  EXPECT_LT(test::peak_heap_bytes() - before, mebibyte);
}

void expect_complete(const sync::RoundResult& result) {
  EXPECT_FALSE(result.error) << describe(*result.error);
  EXPECT_EQ(result.not_moved + result.not_attempted, 0U);
}

TEST_F(VastRound, EveryKindOfRoundStaysBelowTheLimit) {
  const std::uint32_t all = from_.messages;
  to_.on_message = [&] { stop_ = to_.messages >= all / 2; };
  const auto stopped = run("first round, stopped in the middle");
  ASSERT_TRUE(stopped.error);
  EXPECT_EQ(stopped.error->kind, ErrorKind::canceled);
  EXPECT_GE(stopped.copied, all / 2);
  EXPECT_LT(stopped.copied, all);
  to_.on_message = nullptr;
  stop_ = false;
  const auto resumed = run("the same, resumed");
  expect_complete(resumed);
  EXPECT_EQ(stopped.copied + resumed.copied, all);
  EXPECT_EQ(resumed.matched, 0U);
  EXPECT_EQ(to_.messages, all);
  EXPECT_EQ(to_.out_of_order, 0U);

  std::uint64_t read = 0;
  from_.on_message = [&] { ++read; };
  for (const char* const what : {"no change", "no change, from a source that does not tell changes"}) {
    const auto idle = run(what);
    expect_complete(idle);
    EXPECT_EQ(idle.copied + idle.matched + idle.flags_changed, 0U);
    from_.tells_changes = false;
  }
  EXPECT_EQ(read, 0U);
}

}  // namespace
}  // namespace godwit
