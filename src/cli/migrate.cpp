// SPDX-License-Identifier: Apache-2.0
#include "cli/migrate.h"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>

#include "api/owner_lock.h"
#include "api/server.h"
#include "base/text.h"
#include "cli/day_budgets.h"
#include "cli/dry_run.h"
#include "cli/foresight.h"
#include "cli/long_run.h"
#include "cli/migration_calls.h"
#include "cli/migration_console.h"
#include "cli/observers.h"
#include "cli/organisation_report.h"
#include "cli/plan_report.h"
#include "cli/plan_settings.h"
#include "cli/pre_stage.h"
#include "cli/run_here.h"
#include "cli/run_keeper.h"
#include "cli/run_recorder.h"
#include "cli/server_notes.h"
#include "cli/wave_text.h"
#include "cli/waves.h"

namespace godwit::cli {
namespace {

using jobs::Migration;
using jobs::State;

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
  DayUses day_uses;
  std::set<std::string> whole_waves;  // that this run can end
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

// Those that have items to try again.
Task<Result<std::vector<jobs::Job>>> with_items_not_moved(std::vector<jobs::Job> jobs, ledger::Ledger& ledger) {
  std::vector<jobs::Job> chosen;
  for (jobs::Job& job : jobs) {
    GODWIT_CO_TRY(const auto account, co_await ledger.account(job.identity.source, job.identity.target));
    GODWIT_CO_TRY(const auto counters, co_await account->counters());
    if (counters.not_moved > 0) chosen.push_back(std::move(job));
  }
  co_return chosen;
}

Result<Parts> prepare(const MigrateOptions& options, const Wiring& wiring) {
  Parts parts;
  GODWIT_TRY(parts.organisation, read_organisation(options.plan));
  const plan::Plan& plan = parts.organisation.plan;
  GODWIT_TRY(parts.options.round, round_options(plan));
  parts.options.accounts_at_once = accounts_at_once(plan, options.accounts_at_once);
  parts.options.threads = options.threads;
  parts.options.round.only_not_moved = options.only_not_moved;
  if (options.only_not_moved) {
    GODWIT_CHECK(check_ledger_exists(plan));
    parts.options.command = "retry";
  }
  if (!options.repairs.empty()) {
    GODWIT_TRY(parts.options.round.repairs, mime::RepairRules::parse(options.repairs));
  }
  parts.options.first_pause = std::chrono::seconds(options.retry_pause);
  GODWIT_TRY(parts.ledger, open_ledger(plan, wiring));
  parts.options.foresee = foresight(*parts.ledger);
  GODWIT_TRY(parts.options.held_waves, held_waves(plan, *parts.ledger));
  GODWIT_TRY(parts.options.waves, wave_times(parts.organisation, *parts.ledger));
  if (options.is_pre_stage) GODWIT_CHECK(choose_pre_stage(parts.organisation, parts.options, std::chrono::system_clock::now()));
  GODWIT_CHECK(prepare_traces(options.trace));
  GODWIT_TRY(parts.jobs, make_jobs(parts.organisation, wiring, parts.ledger.get(), options.trace));
  GODWIT_TRY(parts.day_uses, DayUses::begin(parts.organisation.accounts, parts.jobs, *parts.ledger));
  if (options.only_not_moved) {
    GODWIT_TRY(parts.jobs, run_here(with_items_not_moved(std::move(parts.jobs), *parts.ledger)));
  }
  if (!options.is_pre_stage && !options.only_not_moved) parts.whole_waves = whole_waves(parts.organisation);
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
                      const std::function<Task<>()>& run, const Around& around) {
  const auto sign_off_wave = [&](const std::string& wave) { return sign_off(plan, ledger, migration, wave); };
  api::Router router = migration_calls(migration, plan.name, sign_off_wave);
  if (around.add_calls) around.add_calls(router);
  auto server = api::Server::listen(co_await boost::asio::this_coro::executor, api::socket_of(plan.ledger),
                                    std::move(router));
  if (!server) console.note("warning: other commands cannot give orders: " + describe(server.error()));
  co_await (around.run ? around.run(run) : run());
  if (!server) co_return;
  const auto stopped = co_await server->stop();
  if (!stopped) console.note("warning: " + describe(stopped.error()));
}

}  // namespace

bool run_on_screen(Migration& migration, const plan::Plan& plan, ledger::Ledger& ledger, RunKeeper& keeper, MigrationConsole& console,
                   const Around& around) {
  std::atomic<bool> is_stopped = false;
  const auto stop = [&] {
    is_stopped = true;
    migration.stop();
    console.note("stopping after what is in flight (once more to stop at once)");
  };
  const auto show = [&] { console.show(migration.snapshot(Migration::Which::running)); };
  const std::function<Task<>()> run = [&] {
    return keeper.run([&](const Error& error) { console.note("warning: the day's use is not kept: " + describe(error)); });
  };
  run_long(run_with_calls(migration, plan, ledger, console, run, around), show, stop);
  return is_stopped;
}

CLI::App& add_migrate_command(CLI::App& program, MigrateOptions& options) {
  CLI::App& command = *program.add_subcommand("migrate", "Bring every account of a plan up to what its source has");
  add_plan_options(command, options.plan, true);
  command.add_option("--at-once", options.accounts_at_once, "Accounts at work at once, at most")->check(CLI::Range(1, 1000));
  command.add_option("--threads", options.threads, "Threads; usually as many as there are processors")->check(CLI::Range(1, 256));
  command.add_option("--retry-pause", options.retry_pause,
                     "Seconds before an account is tried again after what may pass by itself; doubled each further time")
      ->check(CLI::Range(1, 1800))->capture_default_str();
  command.add_flag("--pre-stage", options.is_pre_stage, "Only the old mail that [pre_stage] of the plan names; the rest comes later");
  add_log_options(command, options.log, options.trace);
  command.add_flag("--dry-run", options.dry_run, "Only tell what would be done: nothing is changed, and no ledger is made");
  command.footer(
      "The same command again goes on where it stopped, or brings what is new. Meanwhile godwit status, pause, resume and account\n"
      "work from another terminal.\n"
      "Exit status: 0 every account is moved, 1 some need somebody (they are listed), 2 usage, 5 stopped, 6 ledger unusable or in use,\n"
      "70 a defect of godwit.\n\n"
      "Examples:\n"
      "  godwit migrate                      every account of ./godwit.toml, wave by wave\n"
      "  godwit migrate --wave pilot         only the pilot\n"
      "  godwit migrate --pre-stage          only old mail, in the nights before the waves\n"
      "  godwit migrate --dry-run            what would be moved, left out, and not fit\n"
      "  godwit migrate --account alice@example.com --account bob@example.com");
  return command;
}

int run_migrate(const MigrateOptions& options, const Wiring& plain_wiring) {
  if (options.dry_run) return run_dry_run(options, plain_wiring);
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
  if (options.only_not_moved && parts->jobs.empty()) console.note("No account of these has items that were not moved.");
  RecorderOptions records;
  records.command = parts->options.command;
  records.settings = [&] { return run_settings_of(options, *parts, notes); };
  records.warn = [&](const std::string& text) { console.note("warning: " + text); };
  RunRecorder recorder(*parts->ledger, parts->jobs, std::move(records));
  Observers observers({&console, log->get(), &recorder});
  Migration migration(std::move(parts->jobs), *parts->ledger, parts->options, observers);
  const auto left = parts->options.foresee ? parts->options.foresee(migration.snapshot()) : std::nullopt;
  for (const std::string& note : day_budget_notes(parts->organisation.plan, left, std::chrono::system_clock::now())) console.note(note);
  RunKeeper keeper(migration, *parts->ledger, std::move(parts->day_uses), std::move(parts->whole_waves));
  const MakeReport make_report = [&](PlanOptions chosen) {
    return report_at_work(std::move(chosen), options, wiring, migration, *parts->ledger, recorder);
  };
  const Around around{.run = [&](std::function<Task<>()> run) { return recorder.record(migration, std::move(run)); },
                      .add_calls = [&](api::Router& router) { add_report_call(router, make_report); }};
  const bool is_stopped = run_on_screen(migration, parts->organisation.plan, *parts->ledger, keeper, console, around);
  const jobs::Snapshot snapshot = migration.snapshot();
  for (const jobs::WaveStatus& wave : snapshot.waves) {
    if (wave.wait.is_stuck) console.note(text_of(wave));
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
