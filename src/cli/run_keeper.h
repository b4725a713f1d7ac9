// SPDX-License-Identifier: Apache-2.0
// What a migration at work keeps in the ledger for later ones, beside its items: what each server has moved on this day, and which waves
// have ended.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/organisation.h"
#include "jobs/migration.h"
#include "ledger/ledger.h"

namespace godwit::cli {

// The day's bytes of each server of a plan, and of each account that has a budget of its own there.
class DayUses {
 public:
  // `accounts` and `jobs` in the same order; of each server the limits that its accounts share.
  DayUses() = default;
  DayUses(const std::vector<plan::Account>& accounts, const std::vector<jobs::Job>& jobs);
  // With what is on record, for commands.
  [[nodiscard]] static Result<DayUses> begin(const std::vector<plan::Account>& accounts, const std::vector<jobs::Job>& jobs,
                                             ledger::Ledger& ledger);

  // Begins with what is on record. Whatever is no day's use is taken for nothing.
  [[nodiscard]] Task<Result<>> preset(ledger::Ledger& ledger) const;
  // Puts on record what has changed since.
  [[nodiscard]] Task<Result<>> keep(ledger::Ledger& ledger);

 private:
  struct Server {
    std::string key;
    std::shared_ptr<limits::HostLimits> limits;
    limits::AccountHandle account;  // that has a budget of its own; nothing: all of them together
    limits::DayUse kept{};
    [[nodiscard]] limits::DayUse use() const { return account ? limits->day_use(*account) : limits->day_use(); }
    void preset(limits::DayUse use) const { account ? limits->preset_day_use(*account, use) : limits->preset_day_use(use); }
  };
  std::vector<Server> servers_;
};

class RunKeeper {
 public:
  // `whole_waves`: of which every account is in this run; no other is put on record as ended.
  RunKeeper(jobs::Migration& migration, ledger::Ledger& ledger, DayUses day_uses, std::set<std::string> whole_waves)
      : migration_(migration), ledger_(ledger), day_uses_(std::move(day_uses)), whole_waves_(std::move(whole_waves)) {}

  // The migration's run(), with everything kept every ten seconds and at the end. `warn` hears once that this fails.
  [[nodiscard]] Task<> run(std::function<void(const Error&)> warn);

 private:
  struct Watch;
  [[nodiscard]] Task<> run_to_end(Watch& watch);
  [[nodiscard]] Task<> keep_meanwhile(Watch& watch);
  [[nodiscard]] Task<Result<>> keep();

  jobs::Migration& migration_;
  ledger::Ledger& ledger_;
  DayUses day_uses_;
  std::set<std::string> whole_waves_;
  std::set<std::string> recorded_;
};

}  // namespace godwit::cli
