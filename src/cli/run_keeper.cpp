// SPDX-License-Identifier: Apache-2.0
#include "cli/run_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/text.h"
#include "cli/run_here.h"
#include "cli/waves.h"

namespace godwit::cli {
namespace {

constexpr std::chrono::seconds keep_interval{10};

// "20414 5368709120": the day as of limits::local_day(), and its bytes.
std::string text_of(const limits::DayUse& use) { return fmt::format("{} {}", use.day, use.bytes); }
limits::DayUse day_use_of(std::string_view text) {
  const auto blank = text.find(' ');
  if (blank == std::string_view::npos) return {};
  const auto day = parse_number<std::uint32_t>(text.substr(0, blank));
  const auto bytes = parse_number<std::uint64_t>(text.substr(blank + 1));
  return day && bytes ? limits::DayUse{*day, *bytes} : limits::DayUse{};
}

}  // namespace

DayUses::DayUses(const std::vector<plan::Account>& accounts, const std::vector<jobs::Job>& jobs) {
  std::set<std::shared_ptr<limits::HostLimits>> known;
  const auto add = [&](const std::string& key, const std::shared_ptr<limits::HostLimits>& limits, const std::string& account) {
    if (known.insert(limits).second) servers_.push_back({key, limits, nullptr});
    if (limits->has_account_budgets()) servers_.push_back({key + " by " + account, limits, limits->account(account)});
  };
  for (std::size_t i = 0; i < std::min(accounts.size(), jobs.size()); ++i) {
    add("day use of source " + accounts[i].source, jobs[i].source_limits, jobs[i].name);
    add("day use of target " + accounts[i].target, jobs[i].target_limits, jobs[i].name);
  }
}

Result<DayUses> DayUses::begin(const std::vector<plan::Account>& accounts, const std::vector<jobs::Job>& jobs, ledger::Ledger& ledger) {
  DayUses uses(accounts, jobs);
  GODWIT_CHECK(run_here(uses.preset(ledger)));
  return uses;
}

Task<Result<>> DayUses::preset(ledger::Ledger& ledger) const {
  for (const Server& server : servers_) {
    GODWIT_CO_TRY(const auto text, co_await ledger.host_fact(server.limits->host(), server.key));
    if (text) server.preset(day_use_of(*text));
  }
  co_return Result<>{};
}

Task<Result<>> DayUses::keep(ledger::Ledger& ledger) {
  for (Server& server : servers_) {
    const limits::DayUse use = server.use();
    if (use == server.kept) continue;
    GODWIT_CO_CHECK(co_await ledger.set_host_fact(server.limits->host(), server.key, text_of(use)));
    server.kept = use;
  }
  co_return Result<>{};
}

struct RunKeeper::Watch {
  boost::asio::steady_timer timer;
  std::function<void(const Error&)> warn;
  bool is_over = false;
};

Task<> RunKeeper::run(std::function<void(const Error&)> warn) {
  using namespace boost::asio::experimental::awaitable_operators;
  Watch watch{boost::asio::steady_timer(co_await boost::asio::this_coro::executor), std::move(warn)};
  co_await (run_to_end(watch) && keep_meanwhile(watch));
}

Task<> RunKeeper::run_to_end(Watch& watch) {
  co_await migration_.run();
  watch.is_over = true;
  watch.timer.cancel();
}

Task<> RunKeeper::keep_meanwhile(Watch& watch) {
  bool has_warned = false;
  while (true) {
    const bool is_last = watch.is_over;
    const auto kept = co_await keep();
    if (!kept && !std::exchange(has_warned, true)) watch.warn(kept.error());
    if (is_last) co_return;
    if (watch.is_over) continue;
    boost::system::error_code ignored;
    watch.timer.expires_after(keep_interval);
    co_await watch.timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }
}

Task<Result<>> RunKeeper::keep() {
  GODWIT_CO_CHECK(co_await day_uses_.keep(ledger_));
  const std::set<std::string> ended = migration_.ended_waves();
  for (const std::string& wave : ended) {
    if (!whole_waves_.contains(wave) || recorded_.contains(wave)) continue;
    GODWIT_CO_CHECK(co_await record_end(ledger_, wave));
    recorded_.insert(wave);
  }
  co_return Result<>{};
}

}  // namespace godwit::cli
