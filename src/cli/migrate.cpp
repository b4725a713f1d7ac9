// SPDX-License-Identifier: Apache-2.0
#include "cli/migrate.h"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>

#include "api/owner_lock.h"
#include "api/server.h"
#include "cli/foresight.h"
#include "cli/long_run.h"
#include "cli/migration_calls.h"
#include "cli/migration_console.h"
#include "cli/waves.h"

namespace godwit::cli {
namespace {

using jobs::Migration;
using jobs::State;

constexpr std::size_t usually_at_once = 20;

int exit_status_of(const jobs::Snapshot& snapshot, bool is_stopped) {
  if (is_stopped) return godwit::exit_status_of(ErrorKind::canceled);
  const bool needs_somebody = snapshot.count(State::failed) + snapshot.count(State::incomplete) + snapshot.count(State::canceled) > 0;
  return needs_somebody ? 1 : 0;
}

struct Parts {
  Organisation organisation;
  jobs::MigrationOptions options;
  std::unique_ptr<ledger::Ledger> ledger;
  std::vector<jobs::Job> jobs;
};

Result<Parts> prepare(const MigrateOptions& options, const Wiring& wiring) {
  Parts parts;
  GODWIT_TRY(parts.organisation, read_organisation(options.plan));
  GODWIT_CHECK(check_waves(parts.organisation.plan));
  const plan::Plan& plan = parts.organisation.plan;
  GODWIT_TRY(parts.options.round, round_options(plan));
  parts.options.accounts_at_once = accounts_at_once(options.accounts_at_once, plan);
  parts.options.threads = options.threads;
  GODWIT_TRY(parts.ledger, open_ledger(plan, wiring));
  parts.options.foresee = foresight(*parts.ledger);
  GODWIT_TRY(parts.options.held_waves, held_waves(plan, *parts.ledger));
  GODWIT_TRY(parts.jobs, make_jobs(parts.organisation, wiring));
  return parts;
}

Task<> run_with_calls(Migration& migration, const plan::Plan& plan, ledger::Ledger& ledger, MigrationConsole& console) {
  const auto sign_off_wave = [&](const std::string& wave) { return sign_off(plan, ledger, migration, wave); };
  auto server = api::Server::listen(co_await boost::asio::this_coro::executor, api::socket_of(plan.ledger),
                                    migration_calls(migration, plan.name, sign_off_wave));
  if (!server) console.note("warning: other commands cannot give orders: " + describe(server.error()));
  co_await migration.run();
  if (!server) co_return;
  const auto stopped = co_await server->stop();
  if (!stopped) console.note("warning: " + describe(stopped.error()));
}

}  // namespace

std::size_t accounts_at_once(std::size_t wanted, const plan::Plan& plan) {
  if (wanted > 0) return wanted;
  std::size_t most = usually_at_once;
  for (const auto* endpoints : {&plan.sources, &plan.targets}) {
    for (const plan::Endpoint& endpoint : *endpoints) {
      if (endpoint.limits.connections) most = std::min<std::size_t>(most, std::max<std::size_t>(1, *endpoint.limits.connections));
    }
  }
  return most;
}

CLI::App& add_migrate_command(CLI::App& program, MigrateOptions& options) {
  CLI::App& command = *program.add_subcommand("migrate", "Bring every account of a plan up to what its source has");
  add_plan_options(command, options.plan, true);
  command.add_option("--at-once", options.accounts_at_once, "Accounts at work at once, at most")->check(CLI::Range(1, 1000));
  command.add_option("--threads", options.threads, "Threads; usually as many as there are processors")->check(CLI::Range(1, 256));
  command.footer(
      "The same command again goes on where it stopped, or brings what is new. Meanwhile godwit status, pause, resume and account\n"
      "work from another terminal.\n"
      "Exit status: 0 every account is moved, 1 some need somebody (they are listed), 2 usage, 5 stopped, 6 ledger unusable or in use,\n"
      "70 a defect of godwit.\n\n"
      "Examples:\n"
      "  godwit migrate                      every account of ./godwit.toml, wave by wave\n"
      "  godwit migrate --wave pilot         only the pilot\n"
      "  godwit migrate --account alice@example.com --account bob@example.com");
  return command;
}

int run_migrate(const MigrateOptions& options, const Wiring& wiring) {
  const Console::Style style = style_for(options.plan.json);
  auto parts = prepare(options, wiring);
  if (!parts) return Console(style, {}).failure(parts.error());
  MigrationConsole console(style);
  Migration migration(std::move(parts->jobs), *parts->ledger, parts->options, console);
  std::atomic<bool> is_stopped = false;
  const auto stop = [&] {
    is_stopped = true;
    migration.stop();
    console.note("stopping after what is in flight (once more to stop at once)");
  };
  const plan::Plan& plan = parts->organisation.plan;
  const auto show = [&] { console.show(migration.snapshot(Migration::Which::running)); };
  run_long(run_with_calls(migration, plan, *parts->ledger, console), show, stop);
  const jobs::Snapshot snapshot = migration.snapshot();
  for (const std::string& wave : migration.held_waves()) {
    console.note(fmt::format("wave {} waits until the pilot is signed off: godwit sign-off WAVE", wave));
  }
  const int status = exit_status_of(snapshot, is_stopped);
  console.summary(snapshot, status);
  return status;
}

}  // namespace godwit::cli
