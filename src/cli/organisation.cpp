// SPDX-License-Identifier: Apache-2.0
#include "cli/organisation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "base/error_code.h"
#include "base/text.h"
#include "cli/plan_lines.h"
#include "cli/plan_passwords.h"
#include "cli/plan_tokens.h"
#include "plan/identities_file.h"
#include "plan/plan_file.h"
#include "report/originals.h"

namespace godwit::cli {
namespace {

// One side of an account, ready to be opened.
struct Side {
  const plan::Endpoint* endpoint = nullptr;
  PlanLogin login;
  Secret password;
};

Result<Side> side_of(const std::vector<plan::Endpoint>& endpoints, const std::string& name, const std::string& user,
                     const Secret& own_password, const std::map<std::string, Secret>& shared, const PlanTokens& tokens,
                     ledger::Side which) {
  Side side;
  side.endpoint = plan::find_endpoint(endpoints, name);
  if (side.endpoint == nullptr) return fail(ErrorKind::bug, "an account of a server that the plan does not have: " + name);
  GODWIT_TRY(auto login, side.endpoint->login_of(user));
  side.login = {side.endpoint->names.canonical(user), std::move(login.name), std::move(login.authorization)};
  if (!plan::has_server(side.endpoint->system)) {
    GODWIT_TRY(side.login.path, side.endpoint->path_of(user));
  }
  GODWIT_TRY(side.login.token, tokens.supply(*side.endpoint, which, user));
  const auto found = shared.find(name);
  side.password = found != shared.end() ? found->second : own_password;
  return side;
}

Result<std::shared_ptr<limits::HostLimits>> make_limits(const plan::Endpoint& endpoint) {
  limits::HostSettings settings;
  settings.connections = endpoint.limits.connections.value_or(0);
  settings.connections_per_account = endpoint.limits.connections_per_account.value_or(0);
  settings.bytes_per_second = endpoint.limits.bytes_per_second.value_or(0);
  settings.messages_per_second = endpoint.limits.messages_per_second.value_or(0);
  settings.bytes_per_day = endpoint.limits.bytes_per_day.value_or(0);
  settings.bytes_per_day_per_account = endpoint.limits.bytes_per_day_per_account.value_or(0);
  settings.windows = windows_of(endpoint.limits.windows);
  settings.time_zone = endpoint.limits.windows.time_zone;
  settings.meters_traffic = true;  // Exchange states back-off in what it says to single commands
  return limits::HostLimits::make(endpoint.address(), std::move(settings));
}

// By the names of the endpoints.
using SharedLimits = std::map<std::string, std::shared_ptr<limits::HostLimits>>;
Result<SharedLimits> make_limits(const std::vector<plan::Endpoint>& endpoints) {
  SharedLimits all;
  for (const plan::Endpoint& endpoint : endpoints) {
    GODWIT_TRY(all[endpoint.name], make_limits(endpoint));
  }
  return all;
}

int order_of(const plan::Plan& plan, const std::string& wave) {
  const auto found = std::ranges::find(plan.waves, wave, &plan::Wave::name);
  return static_cast<int>(found - plan.waves.begin());
}

Result<> choose(Organisation& organisation, const PlanOptions& options) {
  for (const std::string& wave : options.waves) {
    if (plan::find_wave(organisation.plan, wave) == nullptr) return fail(ErrorKind::usage, "the plan has no wave " + wave);
  }
  if (!options.waves.empty()) {
    const std::set<std::string> waves(options.waves.begin(), options.waves.end());
    std::erase_if(organisation.accounts, [&](const plan::Account& account) { return !waves.contains(account.wave); });
  }
  std::set<std::string> wanted(options.accounts.begin(), options.accounts.end());
  if (wanted.empty()) return {};
  std::erase_if(organisation.accounts, [&](const plan::Account& account) {
    return !std::ranges::any_of(options.accounts, [&](const auto& each) { return each == name_of(organisation.plan, account); });
  });
  for (const plan::Account& account : organisation.accounts) wanted.erase(name_of(organisation.plan, account));
  if (wanted.empty()) return {};
  return fail(ErrorKind::usage, fmt::format("the plan has no account {} (of these waves); godwit account list shows all", *wanted.begin()));
}

}  // namespace

namespace {

void add_choice(CLI::App& command, PlanOptions& options) {
  command.add_option("--account", options.accounts, "Only this account; may be repeated")->allow_extra_args(false);
  command.add_option("--wave", options.waves, "Only this wave; may be repeated")->allow_extra_args(false);
}

}  // namespace

void add_plan_options(CLI::App& command, PlanOptions& options, bool chooses) {
  command.add_option("--plan", options.plan, "The plan's file")->capture_default_str();
  command.add_flag("--json", options.json, "JSON lines");
  if (chooses) add_choice(command, options);
}

void add_plan_instead(CLI::App& command, PlanOptions& options) {
  command.add_option("--plan", options.plan, "The plan's file, where there are no URLs")->capture_default_str();
  add_choice(command, options);
  for (const char* name : {"--plan", "--account", "--wave"}) command.get_option(name)->excludes(command.get_option("--ledger"));
}

Result<Organisation> read_organisation(const PlanOptions& options) {
  Organisation organisation;
  GODWIT_TRY(organisation.plan, plan::read_plan(options.plan));
  GODWIT_TRY(organisation.accounts, plan::read_accounts(organisation.plan));
  for (const plan::Account& account : organisation.accounts) ++organisation.people[account.wave];
  GODWIT_CHECK(choose(organisation, options));
  return organisation;
}

std::string name_of(const plan::Plan& plan, const plan::Account& account) {
  return plan.sources.size() > 1 ? account.source + ":" + account.source_user : account.source_user;
}

std::vector<limits::WeeklyWindow> windows_of(const plan::WeeklyWindows& windows) {
  std::vector<limits::WeeklyWindow> all;
  for (const plan::WeeklyWindow& window : windows.windows) {
    for (int day = 0; day < 7; ++day) {
      if (!window.days.test(static_cast<std::size_t>(day))) continue;
      const std::chrono::minutes midnight = std::chrono::days(day);
      all.push_back({midnight + window.begin, (midnight + window.end) % limits::whole_week});
    }
  }
  return all;
}

Result<limits::WeeklyWindows> windows_in_zone(const plan::WeeklyWindows& windows) {
  GODWIT_TRY(const auto zone, limits::Zone::of(windows.time_zone));
  return limits::WeeklyWindows::of(windows_of(windows), zone);
}

namespace {

using SharedPasswords = std::map<std::string, Secret>;

// With where the protocol is recorded.
Result<PlanLogin> traced(const PlanLogin& login, AccountTrace& trace, bool has_bodies) {
  PlanLogin result = login;
  GODWIT_TRY(result.trace, trace.open());
  result.trace_bodies = has_bodies;
  return result;
}

Result<std::vector<jobs::Job>> make_jobs(const plan::Plan& plan, const std::vector<plan::Account>& accounts, const Wiring& wiring,
                                         const SharedPasswords& source_passwords, const SharedPasswords& target_passwords,
                                         const PlanTokens& tokens, const PlanLines& lines, const TraceOptions& trace_options) {
  GODWIT_TRY(const auto source_limits, make_limits(plan.sources));
  GODWIT_TRY(const auto target_limits, make_limits(plan.targets));
  std::vector<jobs::Job> jobs;
  for (const plan::Account& account : accounts) {
    GODWIT_TRY(auto source, side_of(plan.sources, account.source, account.source_user, account.source_password, source_passwords, tokens,
                                    ledger::Side::source));
    GODWIT_TRY(auto target, side_of(plan.targets, account.target, account.target_user, account.target_password, target_passwords, tokens,
                                    ledger::Side::target));
    for (Side* const side : {&source, &target}) lines.apply_to(side->login, *side->endpoint);
    jobs::Job job;
    job.name = name_of(plan, account);
    job.wave = account.wave;
    job.wave_order = order_of(plan, account.wave);
    job.priority = account.priority;
    const auto trace = std::make_shared<AccountTrace>(trace_options, job.name);
    const bool bodies = trace_options.bodies;
    job.source = [source, trace, bodies, &wiring]() -> Result<std::unique_ptr<endpoint::Source>> {
      GODWIT_TRY(const auto login, traced(source.login, *trace, bodies));
      return wiring.plan_source(*source.endpoint, login, source.password);
    };
    job.target = [target, trace, bodies, &wiring]() -> Result<std::unique_ptr<endpoint::Target>> {
      GODWIT_TRY(const auto login, traced(target.login, *trace, bodies));
      return wiring.plan_target(*target.endpoint, login, target.password);
    };
    job.source_limits = source_limits.at(account.source);
    job.target_limits = target_limits.at(account.target);
    GODWIT_TRY(const auto from, wiring.plan_source(*source.endpoint, source.login, source.password));
    GODWIT_TRY(const auto to, wiring.plan_target(*target.endpoint, target.login, target.password));
    job.identity = {from->identity(), to->identity()};
    jobs.push_back(std::move(job));
  }
  return jobs;
}

}  // namespace

Result<std::vector<jobs::Job>> make_jobs(const Organisation& organisation, const Wiring& wiring, ledger::Ledger* ledger,
                                         const TraceOptions& trace) {
  GODWIT_TRY(const auto passwords, find_passwords(organisation, wiring, ledger));
  GODWIT_TRY(const auto tokens, PlanTokens::find(organisation, wiring, ledger, Sides::both));
  GODWIT_TRY(const auto lines, prepare_lines(organisation.plan, wiring, ledger));
  return make_jobs(organisation.plan, passwords.accounts, wiring, passwords.sources, passwords.targets, tokens, lines, trace);
}

Result<std::vector<jobs::Job>> make_source_jobs(const Organisation& organisation, const Wiring& wiring) {
  GODWIT_TRY(const auto passwords, find_passwords(organisation, wiring, nullptr, Sides::source));
  GODWIT_TRY(const auto tokens, PlanTokens::find(organisation, wiring, nullptr, Sides::source));
  GODWIT_TRY(const auto lines, prepare_lines(organisation.plan, wiring, nullptr));
  return make_jobs(organisation.plan, passwords.accounts, wiring, passwords.sources, {}, tokens, lines, {});
}

Result<std::vector<jobs::Job>> make_identified(const Organisation& organisation, const Wiring& wiring) {
  return make_jobs(organisation.plan, organisation.accounts, wiring, {}, {}, {}, {}, {});
}

Result<> check_ledger_exists(const plan::Plan& plan) {
  std::error_code ignored;
  if (std::filesystem::exists(plan.ledger, ignored)) return {};
  return fail(ErrorKind::usage, fmt::format("{}: there is no ledger yet; godwit migrate makes it", printable(plan.ledger.native())));
}

std::size_t accounts_at_once(const plan::Plan& plan, std::size_t wanted) {
  constexpr std::size_t usually = 20;
  if (wanted > 0) return wanted;
  std::size_t most = usually;
  for (const auto* endpoints : {&plan.sources, &plan.targets}) {
    for (const plan::Endpoint& endpoint : *endpoints) {
      if (endpoint.limits.connections) most = std::min<std::size_t>(most, std::max<std::size_t>(1, *endpoint.limits.connections));
    }
  }
  return most;
}

Result<std::unique_ptr<ledger::Ledger>> open_ledger(const plan::Plan& plan, const Wiring& wiring) {
  constexpr std::chrono::milliseconds pause{50};
  constexpr int attempts = 60;
  for (int attempt = 1;; ++attempt) {
    auto ledger = wiring.ledger(plan.ledger);
    if (ledger || attempt == attempts || code_of(ledger.error()) != codes::ledger_in_use.number) return ledger;
    std::this_thread::sleep_for(pause);
  }
}

Result<sync::RoundOptions> round_options(const plan::Plan& plan) {
  sync::RoundOptions options;
  GODWIT_TRY(options.rules, sync::parse_rules(plan.rules));
  GODWIT_TRY(options.repairs, mime::RepairRules::parse(plan.repairs));
  options.keep_original = report::Originals(plan.ledger.string() + ".originals").keeper();
  options.extras = {.rights = plan.extras.rights, .quota = plan.extras.quota, .annotations = plan.extras.annotations, .identities = {}};
  if (plan.extras.rights) {
    GODWIT_TRY(const auto accounts, plan::read_accounts(plan));
    GODWIT_TRY(auto identities, plan::read_identities(plan, accounts));
    options.extras.identities = std::make_shared<const sync::IdentityMap>(std::move(identities));
  }
  options.lanes = plan.lanes;
  options.quiet_time = plan.quiet_time;
  return options;
}

}  // namespace godwit::cli
