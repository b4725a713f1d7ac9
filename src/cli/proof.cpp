// SPDX-License-Identifier: Apache-2.0
#include "cli/proof.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error_code.h"
#include "base/text.h"
#include "cli/migrate.h"
#include "cli/proof_console.h"
#include "cli/waves.h"
#include "jobs/proof_work.h"

namespace godwit::cli {
namespace {

using jobs::Migration;
using jobs::State;

struct Parts {
  Organisation organisation;
  jobs::MigrationOptions options;
  std::unique_ptr<ledger::Ledger> ledger;
  std::vector<jobs::Job> jobs;
  DayUses day_uses;
};

int exit_status_of(const jobs::Snapshot& snapshot, bool is_stopped) {
  if (is_stopped) return godwit::exit_status_of(ErrorKind::canceled);
  return snapshot.count(State::moved) == snapshot.jobs.size() ? 0 : 1;
}

// Until all is done or a signal came; returns the exit status.
int run_to_end(Parts parts, ProofConsole& console) {
  const plan::Plan& plan = parts.organisation.plan;
  Migration migration(std::move(parts.jobs), *parts.ledger, parts.options, console);
  MigrationConsole& screen = console.screen();
  RunKeeper keeper(migration, *parts.ledger, std::move(parts.day_uses), {});
  const bool is_stopped = run_on_screen(migration, plan, *parts.ledger, keeper, screen);
  const jobs::Snapshot snapshot = migration.snapshot();
  const int status = exit_status_of(snapshot, is_stopped);
  console.summary(snapshot, migration.held_waves(), status);
  return status;
}

Result<Parts> prepare_verify(const ProofOptions& options, const Wiring& wiring, jobs::Proofs& proofs) {
  Parts parts;
  GODWIT_TRY(parts.organisation, read_organisation(options.plan));
  const plan::Plan& plan = parts.organisation.plan;
  GODWIT_CHECK(check_ledger_exists(plan));
  parts.options.command = "verify";
  parts.options.work = jobs::verify_work(options.verify, proofs);
  parts.options.round.lanes = 1;  // one connection to the target reads all that is to be read
  parts.options.accounts_at_once = accounts_at_once(plan, options.accounts_at_once);
  parts.options.threads = options.threads;
  GODWIT_TRY(parts.ledger, open_ledger(plan, wiring));
  GODWIT_TRY(parts.jobs, make_jobs(parts.organisation, wiring, parts.ledger.get()));
  GODWIT_TRY(parts.day_uses, DayUses::begin(parts.organisation.accounts, parts.jobs, *parts.ledger));
  return parts;
}

std::filesystem::path beside(const plan::Plan& plan, const std::string& chosen, std::string_view ending) {
  return chosen.empty() ? std::filesystem::path(plan.ledger.string().append(ending)) : std::filesystem::path(chosen);
}

jobs::Tolerance tolerance_of(const FinishOptions& options) {
  const auto has = [&options](std::string_view kind) { return std::ranges::find(options.tolerated, kind) != options.tolerated.end(); };
  return {.flags = has("flags"), .dates = has("dates")};
}

Result<Parts> prepare_finish(const FinishOptions& options, const Wiring& wiring, ProofConsole& console) {
  if (options.listed && options.full) return fail(codes::options_do_not_fit, "give one of --listed and --full");
  Parts parts;
  GODWIT_TRY(parts.organisation, read_organisation(options.plan));
  const plan::Plan& plan = parts.organisation.plan;
  GODWIT_TRY(parts.options.round, round_options(plan));
  parts.options.round.allow_mass_removal = options.allow_mass_removal;
  parts.options.accounts_at_once = accounts_at_once(plan, options.accounts_at_once);
  parts.options.threads = options.threads;
  GODWIT_TRY(parts.ledger, open_ledger(plan, wiring));
  GODWIT_TRY(parts.options.held_waves, held_waves(plan, *parts.ledger));
  const auto directory = beside(plan, options.manifests, ".manifests"), key = beside(plan, options.key, ".key");
  GODWIT_TRY(auto manifests, report::ManifestDirectory::open(directory, key, "godwit " GODWIT_VERSION));
  using Depth = sync::VerifyOptions::Depth;
  sync::VerifyOptions verify{.depth = options.full ? Depth::full : Depth::listed};
  parts.options.command = "finish";
  parts.options.work = jobs::sweep_work({verify, std::move(manifests), tolerance_of(options)}, console.proofs());
  GODWIT_TRY(parts.jobs, make_jobs(parts.organisation, wiring, parts.ledger.get()));
  GODWIT_TRY(parts.day_uses, DayUses::begin(parts.organisation.accounts, parts.jobs, *parts.ledger));
  console.screen().note(fmt::format("The manifests come into {}, and are checked with {}.", printable(directory.native()),
                                    printable(report::public_key_file(key).native())));
  return parts;
}

}  // namespace

int run_verify_of_plan(const ProofOptions& options, const Wiring& wiring) {
  ProofConsole console(style_for(options.plan.json));
  auto parts = prepare_verify(options, wiring, console.proofs());
  if (!parts) return Console(style_for(options.plan.json), {}).failure(parts.error());
  if (options.verify.sample > 0) console.screen().note(fmt::format("The samples are chosen with --seed {}.", options.verify.seed));
  return run_to_end(std::move(*parts), console);
}

CLI::App& add_finish_command(CLI::App& program, FinishOptions& options) {
  CLI::App& command = *program.add_subcommand("finish", "The final sweep: last rounds, verification, manifests, and who is finished");
  add_plan_options(command, options.plan, true);
  command.add_flag("--listed", options.listed, "Verify every item in the target's list, with flags and date (also without this option)");
  command.add_flag("--full", options.full, "Besides that, read back every item that is not proven yet, and compare it by SHA-256");
  command.add_flag("--allow-mass-removal", options.allow_mass_removal,
                   "Remove on the target what is gone on the source even where that is more than half of an account");
  command.add_option("--tolerate", options.tolerated,
                     "\"flags\" where people set other ones on the target already, \"dates\" where its server does not keep them: such "
                     "differences are told, and keep nobody from being finished; may be repeated")
      ->check(CLI::IsMember({"flags", "dates"}))
      ->allow_extra_args(false);
  command.add_option("--manifests", options.manifests, "Directory of the manifests, one file an account (LEDGER.manifests)");
  command.add_option("--key", options.key, "The private key to sign them with; made where there is none (LEDGER.key)");
  command.add_option("--at-once", options.accounts_at_once, "Accounts at work at once, at most")->check(CLI::Range(1, 1000));
  command.add_option("--threads", options.threads, "Threads; usually as many as there are processors")->check(CLI::Range(1, 256));
  command.footer(
      "Each account: rounds until one has nothing to do, three at most; then a verification and the manifest. It is finished when the\n"
      "last round had nothing to do, the verification found no difference, and the grade is perfect or good. Whoever is not finished is\n"
      "told with the reasons and what to do; the same command again looks again. Routes and DNS stay as they are.\n"
      "Exit status: 0 every account is finished, 1 some are not, 2 usage, 5 stopped, 6 ledger unusable or in use, 70 a defect of godwit.\n\n"
      "Examples:\n"
      "  godwit finish --wave pilot\n"
      "  godwit finish --account alice@example.com --full");
  return command;
}

int run_finish(const FinishOptions& options, const Wiring& wiring) {
  ProofConsole console(style_for(options.plan.json));
  auto parts = prepare_finish(options, wiring, console);
  if (!parts) return Console(style_for(options.plan.json), {}).failure(parts.error());
  return run_to_end(std::move(*parts), console);
}

}  // namespace godwit::cli
