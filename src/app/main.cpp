// SPDX-License-Identifier: Apache-2.0
// The commands, each in a file of cli/.
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>

#include "app/wiring.h"
#include "cli/completion.h"
#include "cli/copy.h"
#include "cli/estimate.h"
#include "cli/init.h"
#include "cli/inventory.h"
#include "cli/login.h"
#include "cli/manual.h"
#include "cli/migrate.h"
#include "cli/orders.h"
#include "cli/plan_report.h"
#include "cli/probe.h"
#include "cli/proof.h"
#include "cli/records.h"
#include "cli/vault.h"
#include "cli/verify.h"

using namespace godwit;

int main(int argc, char** argv) {
  // A core dump would hold passwords. The limit does not hold where the kernel pipes dumps into a program; a process that is not
  // dumpable has none there either, and nobody but root reads its memory or environment in /proc.
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  prctl(PR_SET_DUMPABLE, 0);
  signal(SIGPIPE, SIG_IGN);

  CLI::App program("godwit moves mail from one server to another while everybody keeps working.");
  program.set_version_flag("--version", "godwit " GODWIT_VERSION);
  program.require_subcommand(1);
  const cli::Wiring wiring = app::make_wiring();
  int status = 0;
  cli::InitOptions init;
  cli::add_init_command(program, init).final_callback([&] { status = cli::run_init(init, wiring); });
  cli::CopyOptions copy, retry;
  cli::add_copy_command(program, copy).final_callback([&] { status = cli::run_copy(copy, wiring); });
  cli::add_retry_command(program, retry).final_callback([&] { status = cli::run_retry(retry, wiring); });
  cli::EstimateOptions estimate;
  cli::add_estimate_command(program, estimate).final_callback([&] { status = cli::run_estimate(estimate, wiring); });
  cli::MigrateOptions migrate;
  cli::add_migrate_command(program, migrate).final_callback([&] { status = cli::run_migrate(migrate, wiring); });
  cli::OrderOptions status_options, pause, resume, account, sign_off;
  cli::add_sign_off_command(program, sign_off).final_callback([&] { status = cli::run_sign_off(sign_off, wiring); });
  cli::add_status_command(program, status_options).final_callback([&] { status = cli::run_status(status_options, wiring); });
  cli::add_pause_command(program, pause).final_callback([&] { status = cli::run_order(pause); });
  cli::add_resume_command(program, resume).final_callback([&] { status = cli::run_order(resume); });
  cli::add_account_command(program, account, [&] { status = cli::run_account(account, wiring); });
  cli::LoginOptions login;
  cli::add_login_command(program, login).final_callback([&] { status = cli::run_login(login, wiring); });
  cli::VaultOptions vault;
  cli::add_vault_command(program, vault, [&] { status = cli::run_vault(vault, wiring); });
  cli::VerifyOptions verify;
  cli::add_verify_command(program, verify).final_callback([&] { status = cli::run_verify(verify, wiring); });
  cli::FinishOptions finish;
  cli::add_finish_command(program, finish).final_callback([&] { status = cli::run_finish(finish, wiring); });
  cli::InventoryOptions inventory, check;
  cli::add_inventory_command(program, inventory).final_callback([&] { status = cli::run_inventory(inventory, wiring); });
  cli::add_check_command(program, check).final_callback([&] { status = cli::run_check(check, wiring); });
  cli::ProbeOptions probe;
  cli::add_probe_command(program, probe).final_callback([&] { status = cli::run_probe(probe, wiring); });
  cli::RecordOptions manifest, report, accept;
  cli::add_manifest_command(program, manifest).final_callback([&] { status = cli::run_manifest(manifest, wiring); });
  cli::PlanReportOptions plan_report;
  CLI::App& report_command = cli::add_report_command(program, report);
  cli::add_plan_report_options(report_command, plan_report);
  report_command.final_callback([&] { status = cli::run_report(report, plan_report, wiring); });
  cli::add_accept_command(program, accept).final_callback([&] { status = cli::run_accept(accept, wiring); });
  cli::CompletionOptions completion;
  cli::add_completion_command(program, completion).final_callback([&] { status = cli::run_completion(completion, program); });
  cli::ManualOptions manual;
  cli::add_manual_command(program, manual).final_callback([&] { status = cli::run_manual(manual, program); });
  try {
    program.parse(argc, argv);
    return status;
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : exit_status_of(ErrorKind::usage);
  } catch (const std::exception& error) {
    fmt::print(stderr, "godwit: this is a defect of godwit: {}\n", error.what());
    return exit_status_of(ErrorKind::bug);
  }
}
