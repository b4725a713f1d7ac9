// SPDX-License-Identifier: Apache-2.0
#include "cli/recorded_accounts.h"

#include <map>

namespace godwit::cli {
namespace {

using jobs::AccountSummary;
using jobs::State;
using Identity = std::pair<std::string, std::string>;

Identity key_of(const ledger::AccountIdentity& account) { return {account.source, account.target}; }

std::chrono::system_clock::time_point time_of(const InternalDate& date) {
  return std::chrono::system_clock::time_point(std::chrono::seconds(date.seconds));
}

// What the store's last round says, for accounts that were moved before there were summaries, or by godwit copy.
Task<Result<>> note_last_round(AccountSummary& summary, ledger::AccountLedger& account) {
  GODWIT_CO_TRY(const auto round, co_await account.last_round());
  if (!round.began) co_return Result<>{};
  jobs::Attempt attempt{time_of(*round.began), {}, 0, 0};
  if (round.ended) attempt.ended = time_of(*round.ended);
  summary.history = {attempt};
  summary.state = !round.ended ? State::running : summary.counters.not_moved > 0 ? State::incomplete : State::moved;
  co_return Result<>{};
}

}  // namespace

Task<Result<std::vector<AccountSummary>>> recorded_accounts(ledger::Ledger& ledger, const std::vector<jobs::Job>& jobs, AskedStores asked,
                                                            std::set<std::string> chosen) {
  GODWIT_CO_TRY(const auto known, co_await ledger.accounts());
  std::set<Identity> has_store;
  for (const ledger::AccountIdentity& each : known) has_store.insert(key_of(each));
  GODWIT_CO_TRY(const auto summaries, co_await ledger.summaries());
  std::map<Identity, const std::string*> texts;
  for (const ledger::AccountSummary& each : summaries) texts[key_of(each.account)] = &each.summary;
  std::vector<AccountSummary> all;
  for (const jobs::Job& job : jobs) {
    const auto text = texts.find(key_of(job.identity));
    auto summary = text == texts.end() ? std::nullopt : jobs::summary_of(*text->second);
    const bool has_summary = summary.has_value();
    AccountSummary& account = all.emplace_back(std::move(summary).value_or(AccountSummary{}));
    account.name = job.name;
    account.wave = job.wave;
    const bool asks_store = !has_summary || asked == AskedStores::all || (asked == AskedStores::chosen && chosen.contains(job.name));
    if (!asks_store || !has_store.contains(key_of(job.identity))) continue;
    GODWIT_CO_TRY(const auto store, co_await ledger.account(job.identity.source, job.identity.target));
    GODWIT_CO_CHECK(co_await jobs::note_record(account, *store));
    if (!has_summary) GODWIT_CO_CHECK(co_await note_last_round(account, *store));
  }
  co_return all;
}

std::string_view standing_on_record(const AccountSummary& summary) {
  if (summary.history.empty() && summary.state == State::waiting) return "not begun";
  if (summary.state == State::running) return "cut short";
  return summary.state == State::waiting ? "interrupted" : jobs::name_of(summary.state);
}

}  // namespace godwit::cli
