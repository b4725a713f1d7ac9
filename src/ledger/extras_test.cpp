// SPDX-License-Identifier: Apache-2.0
// What a folder has on record besides its messages.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "ledger/sqlite_ledger.h"
#include "tests/support/run_task.h"

namespace godwit::ledger {
namespace {

using test::run_task;

class ExtrasTest : public ::testing::Test {
 protected:
  ExtrasTest() {
    std::string pattern = testing::TempDir() + "godwit-ledger-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    open();
    folder_ = run_task(account_->open_folder("Work", "Work")).value().id;
  }
  ~ExtrasTest() override { std::filesystem::remove_all(directory_); }

  void open() {
    account_.reset();
    ledger_.reset();
    ledger_ = open_sqlite_ledger(directory_ / "ledger").value();
    account_ = run_task(ledger_->account("source", "target")).value();
  }
  static Problem rights(std::string reason) {
    Problem problem;
    problem.folder_name = "Work";
    problem.kind = "rights";
    problem.reason = std::move(reason);
    return problem;
  }
  std::vector<Problem> problems() { return run_task(account_->problems(0, 10)).value(); }

  std::filesystem::path directory_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<AccountLedger> account_;
  FolderId folder_ = 0;
};

TEST_F(ExtrasTest, AreKeptWithTheFoldersProblem) {
  EXPECT_EQ(run_task(account_->extras(folder_)).value(), "");
  Problem of_item = rights("too large");
  of_item.kind = "too_big";
  of_item.source_uid = 1;
  ASSERT_TRUE(run_task(account_->record(folder_, {}, {of_item})));
  ASSERT_TRUE(run_task(account_->set_extras(folder_, "first", rights("dave has no counterpart"))));
  ASSERT_TRUE(run_task(account_->set_extras(folder_, "second", rights("carol has none"))));
  open();
  EXPECT_EQ(run_task(account_->extras(folder_)).value(), "second");
  ASSERT_EQ(problems().size(), 2U);
  EXPECT_EQ(problems()[0].reason, "carol has none");
  EXPECT_EQ(problems()[0].source_uid, 0U);
  EXPECT_EQ(run_task(account_->counters()).value().not_moved, 1U) << "the folder's is about no item";
  ASSERT_TRUE(run_task(account_->set_extras(folder_, "third", std::nullopt)));
  ASSERT_EQ(problems().size(), 1U);
  EXPECT_EQ(problems()[0].source_uid, 1U);
  EXPECT_EQ(run_task(account_->counters()).value().problems, 1U);
}

TEST_F(ExtrasTest, OfAFolderThatIsNotThere) {
  EXPECT_FALSE(run_task(account_->set_extras(folder_ + 1, "x", std::nullopt)));
  EXPECT_FALSE(run_task(account_->set_extras(folder_ + 1, "x", rights("y"))));
}

}  // namespace
}  // namespace godwit::ledger
