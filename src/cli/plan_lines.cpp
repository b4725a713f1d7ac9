// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>

#include "base/error_code.h"
#include "cli/password.h"
#include "cli/plan_passwords.h"
#include "cli/run_here.h"

namespace godwit::cli {
namespace {

constexpr std::string_view fact_key = "tls_seen";

// In the ledger, by the host's name.
class LedgerTlsMemory final : public endpoint::TlsMemory {
 public:
  LedgerTlsMemory(const plan::Plan& plan, const Wiring& wiring, ledger::Ledger* ledger) : wiring_(wiring), ledger_(ledger) {
    place_.ledger = plan.ledger;
  }

  Task<Result<bool>> has_seen(std::string host) override {
    if (is_known(host)) co_return true;
    if (ledger_ != nullptr) co_return co_await read(*ledger_, host);
    co_return with_own<bool>(false, [&](ledger::Ledger& own) { return read(own, host); });
  }

  // Where the ledger is another process's for now, that one notes it itself.
  Task<Result<>> note(std::string host) override {
    if (is_known(host)) co_return Result<>{};
    const auto written = ledger_ != nullptr ? co_await write(*ledger_, host)
                                            : with_own<bool>(true, [&](ledger::Ledger& own) { return write(own, host); });
    if (!written && code_of(written.error()) != codes::ledger_in_use.number) co_return std::unexpected(written.error());
    remember(host);
    co_return Result<>{};
  }

 private:
  bool is_known(const std::string& host) const {
    const std::lock_guard lock(mutex_);
    return known_.contains(host);
  }
  void remember(const std::string& host) {
    const std::lock_guard lock(mutex_);
    known_.insert(host);
  }

  static Task<Result<bool>> read(ledger::Ledger& ledger, std::string host) {
    GODWIT_CO_TRY(const auto fact, co_await ledger.host_fact(std::move(host), std::string(fact_key)));
    co_return fact.has_value();
  }
  static Task<Result<bool>> write(ledger::Ledger& ledger, std::string host) {
    GODWIT_CO_CHECK(co_await ledger.set_host_fact(std::move(host), std::string(fact_key), "1"));
    co_return true;
  }

  template <class T, class Use>
  Result<T> with_own(T without, Use use) {
    const std::lock_guard lock(ledger_mutex_);
    std::error_code ignored;
    if (!std::filesystem::exists(place_.ledger, ignored)) return without;
    GODWIT_TRY(const auto own, open_ledger(place_, wiring_));
    return run_here(use(*own));
  }

  plan::Plan place_;  // nothing of it but the ledger's file
  const Wiring& wiring_;
  ledger::Ledger* ledger_;
  mutable std::mutex mutex_;
  std::mutex ledger_mutex_;  // of the one that is opened for a moment
  std::set<std::string> known_;
};

Result<Secret> read_proxy_password(const plan::Endpoint& endpoint) {
  const plan::PasswordFrom& from = *endpoint.proxy_password;
  const bool is_in_file = from.kind == plan::PasswordFrom::Kind::file;
  return read_password(is_in_file ? from.name : "", is_in_file ? "" : from.name.c_str(), "the proxy " + endpoint.proxy->text());
}

bool shares_password(const plan::Endpoint& one, const plan::Endpoint& other) {
  return one.proxy_password && one.proxy_password == other.proxy_password;
}

}  // namespace

void PlanLines::apply_to(PlanLogin& login, const plan::Endpoint& endpoint) const {
  const auto found = proxy_passwords.find(&endpoint);
  if (found != proxy_passwords.end()) login.proxy_password = found->second;
  login.tls_memory = tls_memory;
}

Result<PlanLines> prepare_lines(const plan::Plan& plan, const Wiring& wiring, ledger::Ledger* ledger) {
  PlanLines lines;
  lines.tls_memory = std::make_shared<LedgerTlsMemory>(plan, wiring, ledger);
  for (const auto* endpoints : {&plan.sources, &plan.targets}) {
    for (const plan::Endpoint& endpoint : *endpoints) {
      if (!endpoint.proxy || !endpoint.proxy_password) continue;
      // A variable can be read once only, and one proxy often serves both sides.
      const auto same = std::ranges::find_if(lines.proxy_passwords,
                                             [&](const auto& each) { return shares_password(*each.first, endpoint); });
      if (same != lines.proxy_passwords.end()) {
        lines.proxy_passwords.emplace(&endpoint, same->second);
        continue;
      }
      GODWIT_TRY(auto password, read_proxy_password(endpoint));
      lines.proxy_passwords.emplace(&endpoint, std::move(password));
    }
  }
  return lines;
}

}  // namespace godwit::cli
