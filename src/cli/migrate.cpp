// SPDX-License-Identifier: Apache-2.0
#include "cli/migrate.h"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>

#include "api/owner_lock.h"
#include "api/server.h"
#include "base/text.h"
#include "cli/long_run.h"
#include "cli/migration_calls.h"
#include "cli/migration_console.h"
#include "cli/observers.h"
#include "cli/organisation_report.h"
#include "cli/plan_report.h"
#include "cli/plan_settings.h"
#include "cli/run_recorder.h"
#include "cli/server_notes.h"
#include "cli/waves.h"

namespace godwit::cli {
namespace {

using jobs::Migration;
using jobs::State;

constexpr std::size_t usually_at_once = 20;
using MakeReport = std::function<Task<Result<report::OrganisationReport>>(PlanOptions chosen)>;

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

jobs::RunSettings run_settings_of(const MigrateOptions& options, const Parts& parts, const ServerNotes& notes) {
  const plan::Plan& plan = parts.organisation.plan;
  jobs::RunSettings settings{"godwit " GODWIT_VERSION, {}, {}};
  settings.settings = {{"accounts", grouped(parts.organisation.accounts.size())},
                       {"accounts_at_once", grouped(parts.options.accounts_at_once)},
                       {"threads", options.threads == 0 ? "as many as processors" : grouped(options.threads)}};
  for (report::NamedValue& each : settings_of(plan)) settings.settings.push_back(std::move(each));
  settings.servers = servers_of(plan, [&](const plan::Endpoint& endpoint) { return notes.software_of(endpoint.name); });
  return settings;
}

// The accounts at once: what the servers allow, where the plan tells that, at so many connections each.
std::size_t at_once(const MigrateOptions& options, const plan::Plan& plan) {
  if (options.accounts_at_once > 0) return options.accounts_at_once;
  std::size_t most = usually_at_once;
  for (const auto* endpoints : {&plan.sources, &plan.targets}) {
    for (const plan::Endpoint& endpoint : *endpoints) {
      if (endpoint.limits.connections) most = std::min<std::size_t>(most, std::max<std::size_t>(1, *endpoint.limits.connections));
    }
  }
  return most;
}

Result<Parts> prepare(const MigrateOptions& options, const Wiring& wiring) {
  Parts parts;
  GODWIT_TRY(parts.organisation, read_organisation(options.plan));
  GODWIT_CHECK(check_waves(parts.organisation.plan));
  const plan::Plan& plan = parts.organisation.plan;
  GODWIT_TRY(parts.options.round, round_options(plan));
  parts.options.accounts_at_once = at_once(options, plan);
  parts.options.threads = options.threads;
  GODWIT_TRY(parts.ledger, open_ledger(plan, wiring));
  GODWIT_TRY(parts.options.held_waves, held_waves(plan, *parts.ledger));
  GODWIT_CHECK(prepare_traces(options.trace));
  GODWIT_TRY(parts.jobs, make_jobs(parts.organisation, wiring, options.trace));
  return parts;
}

// For who asks while this process is at work: its own view of the plan as it is in its file now.
Task<Result<report::OrganisationReport>> report_at_work(PlanOptions chosen, const MigrateOptions& options, const Wiring& wiring,
                                                        const Migration& migration, ledger::Ledger& ledger, const RunRecorder& recorder) {
  chosen.plan = options.plan.plan;
  GODWIT_CO_TRY(const auto organisation, read_organisation(chosen));
  GODWIT_CO_TRY(const auto accounts, make_identified(organisation, wiring));
  AtWork at_work{{}, recorder.current(migration)};
  const jobs::Snapshot running = migration.snapshot(Migration::Which::running);
  for (const jobs::JobStatus& job : running.jobs) at_work.running.insert(job.name);
  co_return co_await gather_report(organisation, accounts, ledger, std::move(at_work));
}

Task<> run_with_calls(Migration& migration, const plan::Plan& plan, ledger::Ledger& ledger, MigrationConsole& console,
                       RunRecorder& recorder, const MakeReport& make_report) {
  const auto sign_off_wave = [&](const std::string& wave) { return sign_off(plan, ledger, migration, wave); };
  api::Router router = migration_calls(migration, plan.name, sign_off_wave);
  add_report_call(router, make_report);
  auto server = api::Server::listen(co_await boost::asio::this_coro::executor, api::socket_of(plan.ledger),
                                    std::move(router));
  if (!server) console.note("warning: other commands cannot give orders: " + describe(server.error()));
  co_await recorder.record(migration);
  if (!server) co_return;
  const auto stopped = co_await server->stop();
  if (!stopped) console.note("warning: " + describe(stopped.error()));
}

}  // namespace

CLI::App& add_migrate_command(CLI::App& program, MigrateOptions& options) {
  CLI::App& command = *program.add_subcommand("migrate", "Bring every account of a plan up to what its source has");
  add_plan_options(command, options.plan, true);
  command.add_option("--at-once", options.accounts_at_once, "Accounts at work at once, at most")->check(CLI::Range(1, 1000));
  command.add_option("--threads", options.threads, "Threads; usually as many as there are processors")->check(CLI::Range(1, 256));
  add_log_options(command, options.log, options.trace);
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

int run_migrate(const MigrateOptions& options, const Wiring& plain_wiring) {
  const Console::Style style = style_for(options.plan.json);
  ServerNotes notes;
  const Wiring wiring = with_notes(plain_wiring, notes);
  const auto log = MigrationLog::open(options.log);
  if (!log) return Console(style, {}).failure(log.error());
  auto parts = prepare(options, wiring);
  if (!parts) {
    (*log)->log().error("nothing was begun", parts.error());
    return Console(style, {}).failure(parts.error());
  }
  MigrationConsole console(style);
  RecorderOptions records;
  records.settings = [&] { return run_settings_of(options, *parts, notes); };
  records.warn = [&](const std::string& text) { console.note("warning: " + text); };
  RunRecorder recorder(*parts->ledger, parts->jobs, std::move(records));
  Observers observers({&console, log->get(), &recorder});
  Migration migration(std::move(parts->jobs), *parts->ledger, parts->options, observers);
  std::atomic<bool> is_stopped = false;
  const auto stop = [&] {
    is_stopped = true;
    migration.stop();
    console.note("stopping after what is in flight (once more to stop at once)");
  };
  const plan::Plan& plan = parts->organisation.plan;
  const auto show = [&] { console.show(migration.snapshot(Migration::Which::running)); };
  const MakeReport make_report = [&](PlanOptions chosen) {
    return report_at_work(std::move(chosen), options, wiring, migration, *parts->ledger, recorder);
  };
  run_long(run_with_calls(migration, plan, *parts->ledger, console, recorder, make_report), show, stop);
  const jobs::Snapshot snapshot = migration.snapshot();
  for (const std::string& wave : migration.held_waves()) {
    console.note(fmt::format("wave {} waits until the pilot is signed off: godwit sign-off WAVE", wave));
  }
  const int status = exit_status_of(snapshot, is_stopped);
  (*log)->log().info("the run is over",
                     {{"exit_status", status}, {"messages_done", snapshot.messages_done}, {"bytes_done", snapshot.bytes_done}});
  // A full disk must not end a migration, but whoever relies on the file must know.
  if (const auto failure = (*log)->failure()) console.note("warning: " + describe(*failure));
  console.summary(snapshot, status);
  return status;
}

}  // namespace godwit::cli
