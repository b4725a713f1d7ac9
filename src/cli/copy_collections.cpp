// SPDX-License-Identifier: Apache-2.0
#include "cli/copy_collections.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error_code.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/long_run.h"
#include "cli/records.h"
#include "cli/terminal.h"
#include "collections/round.h"
#include "collections/verifier.h"
#include "report/account_report.h"

namespace godwit::cli {
namespace {

using collections::RoundResult;
using nlohmann::json;

collections::Meanings real_meanings() { return {.meaning_of = groupware::meaning_of, .differences = groupware::differences}; }

int exit_status_of(const RoundResult& result) {
  if (result.error) return godwit::exit_status_of(result.error->kind);
  return result.not_moved > 0 ? 1 : 0;
}

// What only messages have.
Result<> check(const CopyOptions& options, const Wiring& wiring) {
  if (!wiring.has_collections(options.target.url)) {
    return fail(codes::options_do_not_fit,
                fmt::format("{} is no account of calendars, address books or filters: nothing of {} can be moved to it",
                            printable(options.target.url), printable(options.source.url)));
  }
  if (options.repairs.empty() && options.trace.empty()) return {};
  return fail(codes::options_do_not_fit, "--repair and --trace are for mail: leave them out");
}

// Told as the round goes; see Console for what it does with mail.
class Teller {
 public:
  Teller(Console::Style style, std::string account) : style_(style), account_(std::move(account)) {}

  void event(const sync::Event& event) {
    const bool is_warning = event.kind == sync::Event::Kind::warning;
    if (style_ == Console::Style::json) {
      print_json({{"event", is_warning ? "warning" : "step"}, {"text", event.text}});
      return;
    }
    clear_bar();
    fmt::print("{}{}\n", is_warning ? "warning: " : "", event.text);
    std::fflush(stdout);
  }
  void progress(const collections::Progress& progress) {
    if (style_ == Console::Style::json && std::chrono::steady_clock::now() - last_json_ >= std::chrono::seconds(1)) {
      last_json_ = std::chrono::steady_clock::now();
      print_json({{"event", "progress"}, {"collections", progress.collections}, {"collections_done", progress.collections_done},
                  {"items", progress.items}, {"items_done", progress.items_done}, {"bytes_done", progress.bytes_done},
                  {"collection", progress.collection}});
    }
    if (style_ != Console::Style::bar) return;
    const double share =
        progress.items == 0 ? 0 : std::min(1.0, static_cast<double>(progress.items_done) / static_cast<double>(progress.items));
    const std::string text = fmt::format("{} {:3.0f} %  {}/{} items  {}  {}", bar(share, 24), share * 100, grouped(progress.items_done),
                                         grouped(progress.items), format_bytes(progress.bytes_done), printable(progress.collection));
    fmt::print("\r\x1b[2K{}", shortened(text, terminal_width() - 1));
    std::fflush(stdout);
    is_bar_drawn_ = true;
  }
  void summary(const RoundResult& result, const std::optional<report::Verdict>& verdict, bool is_dry_run, int status) {
    clear_bar();
    style_ == Console::Style::json ? as_json(result, verdict, is_dry_run, status) : as_text(result, verdict, is_dry_run);
    std::fflush(stdout);
  }

 private:
  void clear_bar() {
    if (is_bar_drawn_) fmt::print("\r\x1b[2K");
    is_bar_drawn_ = false;
  }
  [[nodiscard]] double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

  void as_text(const RoundResult& result, const std::optional<report::Verdict>& verdict, bool is_dry_run) {
    const std::string changes = collections::describe_changes(result);
    const bool is_idle = changes.empty() && result.removals_held + result.not_moved == 0 && !result.error;
    fmt::print("{}: {} ({}) in {:.1f} s; {} collection{}.\n", account_, changes.empty() ? "nothing changed" : changes,
               format_bytes(result.bytes), seconds(), result.collections, result.collections == 1 ? "" : "s");
    if (is_idle && !is_dry_run) fmt::print("Nothing to do: the target has everything.\n");
    if (result.listed + result.proven + result.altered > 0) {
      fmt::print("Seen on the target: {} listed", grouped(result.listed));
      if (result.proven > 0) fmt::print(", {} read back and of equal meaning", grouped(result.proven));
      if (result.altered > 0) fmt::print(", {} read back and altered by the server", grouped(result.altered));
      fmt::print(".\n");
    }
    for (const ledger::Problem& problem : result.problems) {
      fmt::print("  {}", printable(problem.folder_name));
      if (problem.source_uid != 0) fmt::print(", {} \"{}\"", problem.item, printable(problem.subject));
      fmt::print(": {}\n", describe({ErrorKind::refused, problem.reason, problem.server_text, {}, code_of_problem(problem.kind)}));
    }
    if (result.not_moved > 0) fmt::print("Not moved: {}.\n", grouped(result.not_moved));
    for (const std::string& note : result.notes) fmt::print("{}\n", printable(note));
    if (verdict) {
      fmt::print("Grade: {}", report::name_of(verdict->grade));
      for (std::size_t i = 0; i < verdict->reasons.size(); ++i) fmt::print("{}{}", i == 0 ? ": " : "; ", verdict->reasons[i]);
      fmt::print(".\n");
    }
    if (!result.error) return;
    std::fflush(stdout);
    fmt::print(stderr, "godwit: {}\n", describe(*result.error));
    fmt::print("What was moved is on record. Run the same command again to go on.\n");
  }

  void as_json(const RoundResult& result, const std::optional<report::Verdict>& verdict, bool is_dry_run, int status) {
    for (const ledger::Problem& problem : result.problems) {
      print_json({{"event", "item"},
                  {"outcome", ledger::means_not_moved(problem.kind) ? "not_moved" : problem.kind},
                  {"kind", problem.kind},
                  {"code", code_text(code_of_problem(problem.kind))},
                  {"item", problem.item},
                  {"collection", problem.folder_name},
                  {"title", printable(problem.subject)},
                  {"size", problem.size},
                  {"reason", problem.reason},
                  {"server_text", printable(problem.server_text)}});
    }
    json line{{"event", "summary"},
              {"account", account_},
              {"exit_status", status},
              {"seconds", seconds()},
              {"dry_run", is_dry_run},
              {"collections", result.collections},
              {"collections_made", result.collections_made},
              {"collections_removed", result.collections_removed},
              {"properties_changed", result.properties_changed},
              {"copied", result.created_in_all()},
              {"updated", result.updated},
              {"matched", result.matched},
              {"conflicts", result.conflicts},
              {"withdrawn", result.withdrawn},
              {"removed", result.removed},
              {"kept", result.kept},
              {"removals_held", result.removals_held},
              {"bytes", result.bytes},
              {"listed", result.listed},
              {"proven", result.proven},
              {"altered", result.altered},
              {"not_moved", result.not_moved},
              {"notes", result.notes}};
    line["copied_by_kind"] = json::object();
    for (const auto& [kind, count] : result.created) line["copied_by_kind"][std::string(name_of(kind))] = count;
    if (verdict) line["grade"] = report::name_of(verdict->grade);
    if (verdict) line["grade_reasons"] = verdict->reasons;
    if (result.error) line["error"] = to_json(*result.error);
    print_json(line);
  }

  const Console::Style style_;
  const std::string account_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_json_{};
  bool is_bar_drawn_ = false;
};

struct Parts {
  std::unique_ptr<endpoint::CollectionSource> source;
  std::unique_ptr<endpoint::CollectionTarget> target;
  std::unique_ptr<ledger::Ledger> ledger;
  ledger::AccountIdentity identity;
};

Result<Parts> prepare(const CopyOptions& options, const Wiring& wiring) {
  Parts parts;
  GODWIT_CHECK(check(options, wiring));
  GODWIT_TRY(parts.identity, identify(options.source, options.target, wiring, options.plain_ok));
  GODWIT_TRY(parts.source, open_collection_source(options.source, wiring, options.plain_ok));
  GODWIT_TRY(parts.target, open_collection_target(options.target, wiring, options.plain_ok));
  GODWIT_TRY(parts.ledger, wiring.ledger(options.ledger));
  return parts;
}

void log_result(const Log& log, const RoundResult& result, int status) {
  if (result.error) log.error("the round ended", *result.error);
  log.info("round over", {{"exit_status", status},
                          {"copied", result.created_in_all()},
                          {"updated", result.updated},
                          {"matched", result.matched},
                          {"removed", result.removed},
                          {"conflicts", result.conflicts},
                          {"listed", result.listed},
                          {"proven", result.proven},
                          {"not_moved", result.not_moved},
                          {"bytes", result.bytes}});
}

}  // namespace

int run_copy_of_collections(const CopyOptions& options, const Wiring& wiring) {
  const auto log_file = open_log_file(options.log);
  if (!log_file) return Console(style_for(options.json), {}).failure(log_file.error());
  Log log = log_to(*log_file, options.log);
  auto parts = prepare(options, wiring);
  if (!parts) {
    log.error("nothing was begun", parts.error());
    return Console(style_for(options.json), {}).failure(parts.error());
  }
  log = log.of_account(parts->source->identity());
  Teller teller(style_for(options.json), parts->source->identity());
  std::atomic<bool> stop{false};
  const collections::RoundOptions round_options{
      .read_back = options.read_back, .dry_run = options.dry_run, .allow_mass_removal = options.allow_mass_removal};
  collections::Round round(*parts->source, *parts->target, *parts->ledger, real_meanings(), round_options, stop,
                           [&](const sync::Event& event) {
                             event.kind == sync::Event::Kind::warning ? log.warning(event.text) : log.info(event.text);
                             teller.event(event);
                           });
  RoundResult result;
  std::optional<report::Verdict> verdict;
  const auto run = [&]() -> Task<> {
    result = co_await round.run();
    if (!options.dry_run) verdict = co_await report::judge(*parts->ledger, parts->identity);
  };
  try {
    run_long(run(), [&] { teller.progress(round.progress()); }, [&] { stop = true; });
  } catch (const std::exception& error) {
    result.error = make_error(codes::unexpected_exception, error.what());
  }
  const int status = exit_status_of(result);
  log_result(log, result, status);
  teller.summary(result, verdict, options.dry_run, status);
  return status;
}

Result<int> verify_collections(const VerifyOptions& options, const sync::VerifyOptions& depth, const Wiring& wiring) {
  GODWIT_TRY(const auto identity, identify(options.source, options.target, wiring, options.plain_ok));
  GODWIT_TRY(const auto target, open_collection_target(options.target, wiring, options.plain_ok));
  GODWIT_TRY(const auto ledger, wiring.ledger(options.ledger));
  Console console(style_for(options.json), identity.target);
  std::atomic<bool> stop{false};
  VerifySummary summary;
  const sync::Progress waiting;
  const collections::Meanings meanings = real_meanings();
  std::unique_ptr<ledger::AccountLedger> account;
  std::unique_ptr<collections::Verifier> verifier;
  const auto run = [&]() -> Task<> {
    auto opened = co_await find_account(*ledger, identity);
    if (!opened) {
      summary.error = std::move(opened).error();
      co_return;
    }
    account = *std::move(opened);
    verifier = std::make_unique<collections::Verifier>(*target, *account, meanings, depth, stop,
                                                       [&console](const sync::Difference& difference) { console.difference(difference); });
    auto result = co_await verifier->run();
    summary.counts = result.counts;
    summary.withdrawn = result.withdrawn;
    summary.not_moved = result.not_moved;
    summary.error = std::move(result.error);
  };
  run_long(run(), [&] { console.progress(verifier ? verifier->progress() : waiting); }, [&] { console.stopping(stop); });
  const int status = summary.error ? godwit::exit_status_of(summary.error->kind) : summary.counts.differences() > 0 ? 1 : 0;
  console.summary(summary, status);
  return status;
}

}  // namespace godwit::cli
