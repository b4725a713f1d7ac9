// SPDX-License-Identifier: Apache-2.0
// What every ledger must do, whatever it is built on. A store's test instantiates it:
//   INSTANTIATE_TEST_SUITE_P(Sqlite, LedgerSuite, testing::Values(LedgerMaker{make_sqlite_place}));
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "tests/conformance/ledger_rows.h"
#include "tests/support/run_task.h"

namespace godwit::ledger {

// Where a ledger lives while a test runs: it can be opened, closed and opened again.
class LedgerPlace {
 public:
  virtual ~LedgerPlace() = default;
  [[nodiscard]] virtual Result<std::unique_ptr<Ledger>> open() = 0;
};
using LedgerMaker = std::function<std::unique_ptr<LedgerPlace>()>;

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class LedgerSuite : public testing::TestWithParam<LedgerMaker> {
 protected:
  LedgerSuite() : place_(GetParam()()) { reopen(); }

  // Closes account and ledger, and opens both again.
  void reopen();
  [[nodiscard]] std::unique_ptr<AccountLedger> open_account(const std::string& source, const std::string& target) {
    return get(ledger_->account(source, target));
  }
  template <class T>
  T get(Task<Result<T>> task) {
    return value_of(test::run_task(std::move(task)));
  }
  template <class T>
  [[nodiscard]] Result<T> outcome(Task<Result<T>> task) {
    return test::run_task(std::move(task));
  }

  [[nodiscard]] FolderId open_folder(const std::string& name) { return get(account_->open_folder(name, name)).id; }
  [[nodiscard]] FolderRecord folder(FolderId id);
  [[nodiscard]] std::vector<ItemRecord> all_items(FolderId id) { return get(account_->items(id, 0, 1'000'000)); }
  [[nodiscard]] std::vector<Problem> all_problems() { return get(account_->problems(0, 1'000'000)); }
  [[nodiscard]] std::vector<VanishedItem> pool() { return get(account_->vanished(0, 1'000'000)); }
  [[nodiscard]] std::vector<Uid> pool_uids();            // that the entries had on the source
  [[nodiscard]] VanishedId entry_of(Uid source_uid);

  std::unique_ptr<LedgerPlace> place_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<AccountLedger> account_;
};

}  // namespace godwit::ledger
