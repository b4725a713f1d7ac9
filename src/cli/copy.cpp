// SPDX-License-Identifier: Apache-2.0
#include "cli/copy.h"

#include <unistd.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdlib>

#include "cli/console.h"
#include "cli/password.h"
#include "sync/round.h"

namespace godwit::cli {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds progress_interval{200};

int exit_status_of(const sync::RoundResult& result) {
  if (result.error) return godwit::exit_status_of(result.error->kind);
  return result.not_moved + result.unopened > 0 ? 1 : 0;
}

// `ended` besides the cancelation: a timer or signal that has fired already is not canceled any more.
Task<> show_progress(sync::Round& round, Console& console, asio::steady_timer& timer, const bool& ended) {
  boost::system::error_code canceled;
  while (!canceled && !ended) {
    console.progress(round.progress());
    timer.expires_after(progress_interval);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, canceled));
  }
}

// The first signal stops the round at the next message; the second ends the process: the ledger bears it.
Task<> watch_signals(asio::signal_set& signals, std::atomic<bool>& stop, Console& console, const bool& ended) {
  for (int count = 0;; ++count) {
    boost::system::error_code canceled;
    co_await signals.async_wait(asio::redirect_error(asio::use_awaitable, canceled));
    if (canceled || ended) co_return;
    if (count > 0) std::_Exit(godwit::exit_status_of(ErrorKind::canceled));
    stop = true;
    console.event({sync::Event::Kind::step, "stopping after what is in flight (once more to stop at once)"});
  }
}

sync::RoundResult run_round(sync::Round& round, Console& console, std::atomic<bool>& stop) {
  asio::io_context context(1);
  asio::steady_timer timer(context);
  asio::signal_set signals(context, SIGINT, SIGTERM);
  sync::RoundResult result;
  bool ended = false;
  asio::co_spawn(context, round.run(), [&](std::exception_ptr exception, sync::RoundResult told) {
    ended = true;
    result = std::move(told);
    try {
      if (exception) std::rethrow_exception(exception);
    } catch (const std::exception& error) {
      result.error = Error{ErrorKind::bug, error.what(), {}, {}};
    }
    timer.cancel();
    signals.cancel();
  });
  asio::co_spawn(context, show_progress(round, console, timer, ended), asio::detached);
  asio::co_spawn(context, watch_signals(signals, stop, console, ended), asio::detached);
  context.run();
  return result;
}

struct Parts {
  std::unique_ptr<endpoint::Source> source;
  std::unique_ptr<endpoint::Target> target;
  std::unique_ptr<ledger::Ledger> ledger;
  sync::Rules rules;
};

Result<Parts> prepare(const CopyOptions& options, const Wiring& wiring) {
  // The URLs and the ledger are looked at before anybody is asked for a password.
  Parts parts;
  GODWIT_TRY(parts.rules, sync::parse_rules(options.rules));
  GODWIT_TRY(parts.source, wiring.source(options.source, Secret(), options.plain_ok));
  GODWIT_TRY(parts.target, wiring.target(options.target, Secret(), options.plain_ok));
  GODWIT_TRY(auto source_password, read_password(options.source.password_file, "GODWIT_SOURCE_PASSWORD",
                                                 "source " + parts.source->identity()));
  GODWIT_TRY(auto target_password, read_password(options.target.password_file, "GODWIT_TARGET_PASSWORD",
                                                 "target " + parts.target->identity()));
  GODWIT_TRY(parts.source, wiring.source(options.source, std::move(source_password), options.plain_ok));
  GODWIT_TRY(parts.target, wiring.target(options.target, std::move(target_password), options.plain_ok));
  GODWIT_TRY(parts.ledger, wiring.ledger(options.ledger));
  return parts;
}

Console::Style style_of(const CopyOptions& options) {
  if (options.json) return Console::Style::json;
  return isatty(STDOUT_FILENO) != 0 ? Console::Style::bar : Console::Style::lines;
}

void add_account_options(CLI::App& command, const std::string& side, AccountOptions& account) {
  command.add_option("--" + side + "-password-file", account.password_file,
                     "File whose first line is the password of the " + side + "'s account");
  command.add_option("--" + side + "-trust-fingerprint", account.trust_fingerprint,
                     "Trust the " + side + "'s certificate with this SHA-256 fingerprint (hexadecimal) and no other");
  command.add_flag("--" + side + "-trust-always", account.trust_always, "Trust any certificate of the " + side);
}

void add_rule_options(CLI::App& command, sync::RuleTexts& rules) {
  const std::string group = "Rules";
  command.add_option("--include", rules.include, "Only these folders: \"INBOX\", \"Projects/*\" (one level), \"Archive/**\" (it and all below)")
      ->group(group);
  command.add_option("--exclude", rules.exclude, "Not these folders; goes before --include")->group(group);
  command.add_option("--rename", rules.renames, "Another name on the target: \"Sent Items=Sent\", \"Old/**=Archive/**\"")->group(group);
  command.add_option("--below", rules.below, "Put everything below this folder of the target")->group(group);
  command.add_option("--since", rules.since, "Only messages that arrived from then on: 2024-01-31, 2024-01-31T18:30:00+01:00")->group(group);
  command.add_option("--until", rules.until, "Only messages that arrived before then")->group(group);
  command.add_option("--size-limit", rules.size_limit, "Only messages of at most this size: 35651584, 25MB, 25MiB")->group(group);
  command.add_flag("--skip-deleted", rules.skip_deleted, "Not what is marked \\Deleted")->group(group);
  command.add_option("--order", rules.order, "\"uid\" as on the source, or \"newest-first\"")->group(group);
}

}  // namespace

CLI::App& add_copy_command(CLI::App& program, CopyOptions& options) {
  CLI::App& command = *program.add_subcommand("copy", "Bring one account on the target up to what the source has");
  command.add_option("source_url", options.source.url, "The old account: imap://user@host:port or imaps://user@host:port")->required();
  command.add_option("target_url", options.target.url, "The new account, in the same form")->required();
  command.add_option("--ledger", options.ledger, "The record of what was moved; made when it is not there")->required();
  add_account_options(command, "source", options.source);
  add_account_options(command, "target", options.target);
  command.add_flag("--plain-ok", options.plain_ok, "Send everything unencrypted on imap:// (without it STARTTLS is required)");
  command.add_flag("--json", options.json, "Tell progress and result as JSON lines");
  command.add_option("--connections", options.connections, "Pairs of connections at most")->check(CLI::Range(1, 16))->capture_default_str();
  command.add_flag("--allow-mass-removal", options.allow_mass_removal,
                   "Remove on the target what is gone on the source even where that is more than half of the account");
  command.add_option("--quiet-time", options.quiet_seconds,
                     "Seconds that a target folder must look the same before an interrupted batch is believed settled")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  add_rule_options(command, options.rules);
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

int run_copy(const CopyOptions& options, const Wiring& wiring) {
  auto parts = prepare(options, wiring);
  if (!parts) {
    Console console(style_of(options), {});
    const int status = godwit::exit_status_of(parts.error().kind);
    console.failure(parts.error(), status);
    return status;
  }
  Console console(style_of(options), parts->source->identity());
  std::atomic<bool> stop{false};
  sync::RoundOptions round_options;
  round_options.rules = std::move(parts->rules);
  if (round_options.rules.order == sync::MessageOrder::newest_first) {
    console.event({sync::Event::Kind::warning, "newest first: mail programs that sort by the order on the server will show the "
                                               "messages the wrong way round"});
  }
  round_options.allow_mass_removal = options.allow_mass_removal;
  round_options.lanes = static_cast<std::size_t>(options.connections);
  round_options.quiet_time = std::chrono::milliseconds(static_cast<std::int64_t>(options.quiet_seconds * 1000));
  sync::Round round(*parts->source, *parts->target, *parts->ledger, round_options, stop,
                    [&console](const sync::Event& event) { console.event(event); });
  const sync::RoundResult result = run_round(round, console, stop);
  const int status = exit_status_of(result);
  console.summary(result, status);
  return status;
}

}  // namespace godwit::cli
