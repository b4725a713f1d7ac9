// SPDX-License-Identifier: Apache-2.0
// What the ledger has on record of a plan's accounts, while nobody need be at work on them.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "jobs/account_summary.h"
#include "ledger/ledger.h"

namespace godwit::cli {

// Which accounts' own stores are asked besides the central file, where they have one.
enum class AskedStores : std::uint8_t {
  none_with_summary,  // only those whose summary is not there: for quick looks
  chosen,             // and those that are named
  all,
};

// One for each job, in their order; an account of which nothing is on record has no history. A ledger that does not know an account
// does not get to know it by this.
[[nodiscard]] Task<Result<std::vector<jobs::AccountSummary>>> recorded_accounts(ledger::Ledger& ledger, const std::vector<jobs::Job>& jobs,
                                                                                AskedStores asked = AskedStores::none_with_summary,
                                                                                std::set<std::string> chosen = {});

// How it stands when nobody is at work: "not begun", "cut short", "interrupted", else the state's name.
[[nodiscard]] std::string_view standing_on_record(const jobs::AccountSummary& summary);

}  // namespace godwit::cli
