// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.h"

namespace godwit::ledger {
namespace {

constexpr std::size_t page = 1000;

}  // namespace

Task<Result<>> AccountLedger::each_problem(std::function<void(const Problem&)> take) {
  for (std::size_t offset = 0;; offset += page) {
    GODWIT_CO_TRY(const auto some, co_await problems(offset, page));
    for (const Problem& problem : some) take(problem);
    if (some.size() < page) co_return Result<>{};
  }
}

Task<Result<>> AccountLedger::each_vanished(std::function<void(const VanishedItem&)> take) {
  for (VanishedId after = 0;;) {
    GODWIT_CO_TRY(const auto some, co_await vanished(after, page));
    for (const VanishedItem& entry : some) take(entry);
    if (some.size() < page) co_return Result<>{};
    after = some.back().id;
  }
}

}  // namespace godwit::ledger
