// SPDX-License-Identifier: Apache-2.0
#include "cli/probe.h"

#include <fmt/format.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "base/error_code.h"
#include "cli/console.h"
#include "cli/long_run.h"
#include "cli/password.h"
#include "cli/terminal.h"
#include "probe/probe.h"
#include "probe/report_text.h"

namespace godwit::cli {
namespace {

struct Ends {
  std::unique_ptr<endpoint::Source> source;
  std::unique_ptr<endpoint::Target> target;  // none: it is only read
};

// The same account twice, with one password that is asked for once, where there is one.
Result<Ends> open_both(const ProbeOptions& options, const Wiring& wiring) {
  GODWIT_TRY(const auto unopened, wiring.source(options.account, Secret(), options.plain_ok));
  Secret password;
  if (wiring.has_server(options.account.url)) {
    GODWIT_TRY(password, read_password(options.account.password_file, "GODWIT_PASSWORD", unopened->identity()));
  }
  Ends ends;
  GODWIT_TRY(ends.source, wiring.source(options.account, password, options.plain_ok));
  if (options.read_only || wiring.is_source_only(options.account.url)) return ends;
  GODWIT_TRY(ends.target, wiring.target(options.account, std::move(password), options.plain_ok));
  return ends;
}

probe::Options settings_of(const ProbeOptions& options, const Wiring& wiring) {
  probe::Options settings;
  settings.reads_apart = !wiring.has_server(options.account.url);
  settings.amounts.is_large = options.is_large;
  settings.amounts.connections = options.connections;
  settings.keeps_folders = options.keep;
  return settings;
}

int print(const ProbeOptions& options, const probe::Report& report) {
  const int status = report.is_usable() ? 0 : 1;
  if (options.json) {
    nlohmann::json line = probe::to_json(report);
    line["event"] = "probe";
    line["exit_status"] = status;
    print_json(line);
  } else {
    fmt::print("\n{}", probe::to_text(report, std::min<std::size_t>(terminal_width(), 120)));
  }
  return status;
}

}  // namespace

CLI::App& add_probe_command(CLI::App& program, ProbeOptions& options) {
  CLI::App& command = *program.add_subcommand("probe", "Try out what a server keeps, alters and refuses, in an account of its own");
  command.add_option("url", options.account.url,
                     "An account that nobody uses: imap://user@host:port, imaps://user@host:port, maildir:/path or mbox:/path; a source of any "
                     "kind is only read")
      ->required();
  command.add_option("--password-file", options.account.password_file, "File whose first line is the account's password");
  command.add_option("--trust-fingerprint", options.account.trust_fingerprint,
                     "Trust the certificate with this SHA-256 fingerprint (hexadecimal) and no other");
  command.add_flag("--trust-always", options.account.trust_always, "Trust any certificate");
  command.add_flag("--plain-ok", options.plain_ok, "Send everything unencrypted on imap:// (without it STARTTLS is required)");
  command.add_flag("--large", options.is_large, "With a message of 25 MiB");
  command.add_option("--connections", options.connections, "How many connections at once are tried at most; 0: this is not tried")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  command.add_flag("--read-only", options.read_only, "Write nothing: only try whether what a source tells of its mail agrees with itself");
  command.add_flag("--keep", options.keep, "Leave the probe's folders there; the next run removes them");
  command.add_flag("--json", options.json, "Tell progress and result as JSON lines");
  command.footer(
      "Writes some megabytes into folders named godwit-probe-…, reads them back, and removes them; nothing else in the account is\n"
      "touched. What a run that was killed has left, the next one removes. Of a source (pop3, mh, eml, pst, archives) up to 2,000\n"
      "messages are read, some of them twice, and nothing is written. The password comes from the file, from GODWIT_PASSWORD, or\n"
      "from a prompt.\n"
      "Exit status: 0 usable, 1 something would be lost without notice, or no migration would come to its end: it is\n"
      "marked with \"!\"; 5 stopped; else as of godwit copy.\n\n"
      "Example:\n"
      "  godwit probe imaps://probe@example.com@new.example.com:993 --password-file probe.txt");
  return command;
}

int run_probe(const ProbeOptions& options, const Wiring& wiring) {
  auto ends = open_both(options, wiring);
  if (!ends) return Console(style_for(options.json), {}).failure(ends.error());
  Console console(style_for(options.json), ends->source->identity());
  std::atomic<bool> stop{false};
  Result<probe::Report> report = fail(ErrorKind::bug, "nothing was run");
  const auto on_step = [&](std::string_view step) { console.event({sync::Event::Kind::step, fmt::format("trying: {}", step)}); };
  const auto run = [&]() -> Task<> {
    const probe::Options settings = settings_of(options, wiring);
    report = ends->target ? co_await probe::run(*ends->source, *ends->target, settings, on_step, stop)
                          : co_await probe::run_reading(*ends->source, settings, on_step);
  };
  try {
    run_long(run(), [] {}, [&] { console.stopping(stop); });
  } catch (const std::exception& error) {
    report = std::unexpected(make_error(codes::unexpected_exception, error.what()));
  }
  return report ? print(options, *report) : console.failure(report.error());
}

}  // namespace godwit::cli
