// SPDX-License-Identifier: Apache-2.0
#include "cli/copy.h"

#include "base/error_code.h"
#include "base/log.h"
#include "cli/console.h"
#include "cli/copy_collections.h"
#include "cli/long_run.h"
#include "cli/migrate.h"
#include "cli/rule_options.h"
#include "report/account_report.h"
#include "report/originals.h"
#include "sync/round.h"

namespace godwit::cli {
namespace {

int exit_status_of(const sync::RoundResult& result) {
  if (result.error) return godwit::exit_status_of(result.error->kind);
  return result.not_moved + result.unopened > 0 ? 1 : 0;
}

constexpr RotationLimits trace_limits{.bytes = std::uint64_t{256} << 20, .old_files = 3};

struct Parts {
  std::shared_ptr<LineFile> trace;
  std::unique_ptr<endpoint::Source> source;
  std::unique_ptr<endpoint::Target> target;
  std::unique_ptr<ledger::Ledger> ledger;
  sync::Rules rules;
  mime::RepairRules repairs;
  ledger::AccountIdentity identity;
};

Result<Parts> prepare(const CopyOptions& options, const Wiring& wiring) {
  Parts parts;
  GODWIT_TRY(parts.rules, sync::parse_rules(options.rules));
  GODWIT_TRY(parts.repairs, mime::RepairRules::parse(options.repairs));
  GODWIT_TRY(parts.identity, identify(options.source, options.target, wiring, options.plain_ok));
  AccountOptions source = options.source, target = options.target;
  if (!options.trace.empty()) {
    GODWIT_TRY(parts.trace, LineFile::open(options.trace, trace_limits));
    source.trace = target.trace = parts.trace;
    source.trace_bodies = target.trace_bodies = options.trace_bodies;
  }
  GODWIT_TRY(parts.source, open_source(source, wiring, options.plain_ok));
  GODWIT_TRY(parts.target, open_target(target, wiring, options.plain_ok));
  GODWIT_TRY(parts.ledger, wiring.ledger(options.ledger));
  return parts;
}

void log_event(const Log& log, const sync::Event& event) {
  event.kind == sync::Event::Kind::warning ? log.warning(event.text) : log.info(event.text);
}

void log_result(const Log& log, const sync::RoundResult& result, int status) {
  if (result.error) log.error("the round ended", *result.error);
  log.info("round over", {{"exit_status", status},
                          {"copied", result.copied},
                          {"matched", result.matched},
                          {"flags_changed", result.flags_changed},
                          {"moved", result.moved},
                          {"removed", result.removed},
                          {"listed", result.listed},
                          {"proven", result.proven},
                          {"not_moved", result.not_moved},
                          {"bytes", result.bytes}});
}

// A full disk must not end a migration, but whoever relies on the file must know.
void warn_of_lost_lines(Console& console, std::initializer_list<const LineFile*> files) {
  for (const LineFile* const file : files) {
    if (const auto failure = file != nullptr ? file->failure() : std::nullopt) {
      console.event({sync::Event::Kind::warning, describe(*failure)});
    }
  }
}

// What copying and trying again have in common.
void add_round_options(CLI::App& command, CopyOptions& options) {
  command.add_option("source_url", options.source.url, "The old account: imap://user@host:port or imaps://user@host:port; davs://user@host for calendars and contacts")->required();
  command.add_option("target_url", options.target.url, "The new account, in the same form")->required();
  command.add_option("--ledger", options.ledger, "The record of what was moved; made when it is not there")->required();
  add_account_options(command, "source", options.source);
  add_account_options(command, "target", options.target);
  command.add_flag("--plain-ok", options.plain_ok, "Send everything unencrypted on imap:// (without it STARTTLS is required)");
  command.add_flag("--json", options.json, "Tell progress and result as JSON lines");
  command.add_flag("--mark-read", options.source.mark_read, "Messages of a POP3 source arrive read; without it unread");
  command.add_option("--pop3-uidl", options.source.pop3_uidl,
                     "The POP3 server of an IMAP source, pop3s://host:port or pop3://host:port: its UIDLs go on record, so that programs "
                     "that leave mail there can be spared from loading it again. The login is that of the source");
  command.add_option("--connections", options.connections, "Pairs of connections at most")->check(CLI::Range(1, 16))->capture_default_str();
  command.add_option("--repair", options.repairs,
                     "What may be done to a message whose content the target refuses: \"all\", or some of nul, bare-newline, header-8bit, "
                     "long-line, final-newline, header-form, wrap (as an attachment). The originals are kept in LEDGER.originals");
  command.add_option("--quiet-time", options.quiet_seconds,
                     "Seconds that a target folder must look the same before an interrupted batch is believed settled")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  add_log_file_options(command, options.log);
  command.add_option("--trace", options.trace,
                     "Record what is said with both servers in this file: no passwords, and of messages the size alone");
  command.add_flag("--trace-bodies", options.trace_bodies, "Record the messages, too");
}

// Without URLs a plan says what these options say.
void let_plan_stand_in(CLI::App& command, PlanOptions& plan) {
  CLI::Option* const ledger = command.get_option("--ledger")->required(false);
  for (CLI::Option* const option : command.get_options()) {
    const std::string name = option->get_name();
    const bool goes_with_plan = option == ledger || name == "--json" || name == "--repair" || name == "--help";
    if (!goes_with_plan) option->required(false)->needs(ledger);
  }
  add_plan_instead(command, plan);
}

}  // namespace

CLI::App& add_retry_command(CLI::App& program, CopyOptions& options) {
  CLI::App& command = *program.add_subcommand("retry", "Try again those items alone that were not moved");
  add_round_options(command, options);
  let_plan_stand_in(command, options.plan);
  options.only_not_moved = true;
  command.footer("Exit status: 0 all of them are on the target now, 1 some are not; else as of godwit copy.\n\n"
                 "Examples:\n"
                 "  godwit retry                                  every account of ./godwit.toml that has such items\n"
                 "  godwit retry --account alice@example.com --repair all");
  return command;
}

CLI::App& add_copy_command(CLI::App& program, CopyOptions& options) {
  CLI::App& command = *program.add_subcommand("copy", "Bring one account on the target up to what the source has");
  add_round_options(command, options);
  command.add_flag("--allow-mass-removal", options.allow_mass_removal,
                   "Remove on the target what is gone on the source even where that is more than half of the account");
  command.add_flag("--dry-run", options.dry_run, "Of calendars, address books and filters: tell what would be done, and do nothing");
  command.add_flag("--read-back", options.read_back, "Of these: read back at once every item that is brought, and compare what it means");
  add_rule_options(command, options.rules);
  command.add_option("--order", options.rules.order, "\"uid\" as on the source, or \"newest-first\"")->group("Rules");
  command.footer(
      "Passwords come from the files, from GODWIT_SOURCE_PASSWORD and GODWIT_TARGET_PASSWORD, or from a prompt.\n"
      "The same command again goes on where it stopped, or brings what is new.\n"
      "Exit status: 0 all moved and listed on the target, 1 some items were not moved, 2 usage, 3 login refused,\n"
      "4 not reachable or lost, 5 stopped, 6 ledger unusable, 70 a defect of godwit.\n\n"
      "Example:\n"
      "  godwit copy imaps://alice@example.com@old.example.com:993 imaps://alice@example.com@new.example.com:993 \\\n"
      "    --source-password-file old.txt --target-password-file new.txt --ledger migration.ledger");
  return command;
}

int run_retry(const CopyOptions& options, const Wiring& wiring) {
  if (!options.ledger.empty()) {
    if (!options.target.url.empty()) return run_copy(options, wiring);
    const Error error = make_error(codes::options_do_not_fit, "with --ledger give the URLs of both accounts");
    return Console(style_for(options.json), {}).failure(error);
  }
  MigrateOptions migrate;
  migrate.plan = options.plan;
  migrate.only_not_moved = true;
  migrate.repairs = options.repairs;
  migrate.plan.json = options.json;
  return run_migrate(migrate, wiring);
}

int run_copy(const CopyOptions& options, const Wiring& wiring) {
  if (wiring.has_collections(options.source.url) || wiring.has_collections(options.target.url)) return run_copy_of_collections(options, wiring);
  if (options.dry_run) {
    const Error error = make_error(codes::options_do_not_fit, "--dry-run of mail needs a plan: godwit migrate --dry-run");
    return Console(style_for(options.json), {}).failure(error);
  }
  const auto log_file = open_log_file(options.log);
  if (!log_file) return Console(style_for(options.json), {}).failure(log_file.error());
  Log log = log_to(*log_file, options.log);
  auto parts = prepare(options, wiring);
  if (!parts) {
    log.error("nothing was begun", parts.error());
    return Console(style_for(options.json), {}).failure(parts.error());
  }
  log = log.of_account(parts->source->identity());
  Console console(style_for(options.json), parts->source->identity());
  std::atomic<bool> stop{false};
  sync::RoundOptions round_options;
  round_options.rules = std::move(parts->rules);
  if (round_options.rules.order == sync::MessageOrder::newest_first) {
    console.event({sync::Event::Kind::warning, "newest first: mail programs that sort by the order on the server will show the "
                                               "messages the wrong way round"});
  }
  round_options.repairs = parts->repairs;
  round_options.keep_original = report::Originals(options.ledger + ".originals").keeper();
  round_options.allow_mass_removal = options.allow_mass_removal;
  round_options.only_not_moved = options.only_not_moved;
  round_options.lanes = static_cast<std::size_t>(options.connections);
  round_options.quiet_time = std::chrono::milliseconds(static_cast<std::int64_t>(options.quiet_seconds * 1000));
  sync::Round round(*parts->source, *parts->target, *parts->ledger, round_options, stop,
                    [&](const sync::Event& event) {
                      log_event(log, event);
                      console.event(event);
                    });
  sync::RoundResult result;
  std::optional<report::Verdict> verdict;
  const auto run = [&]() -> Task<> {
    result = co_await round.run();
    verdict = co_await report::judge(*parts->ledger, parts->identity);
  };
  try {
    run_long(run(), [&] { console.progress(round.progress()); }, [&] { console.stopping(stop); });
  } catch (const std::exception& error) {
    result.error = make_error(codes::unexpected_exception, error.what());
  }
  const int status = exit_status_of(result);
  log_result(log, result, status);
  warn_of_lost_lines(console, {log_file->get(), parts->trace.get()});
  console.summary(result, verdict, status);
  return status;
}

}  // namespace godwit::cli
