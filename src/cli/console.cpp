// SPDX-License-Identifier: Apache-2.0
#include "cli/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/error_code.h"
#include "base/text.h"
#include "cli/terminal.h"

namespace godwit::cli {
namespace {

using nlohmann::json;
using std::chrono::duration;
using std::chrono::steady_clock;
using sync::Progress;

constexpr std::chrono::seconds rate_window{10}, json_interval{1};
constexpr std::size_t bar_width = 24;

json to_json(const ledger::Problem& problem) {
  return {{"event", "item"},
          {"outcome", ledger::means_not_moved(problem.kind) ? "not_moved" : problem.kind},
          {"kind", problem.kind},
          {"code", code_text(code_of_problem(problem.kind))},
          {"folder", problem.folder_name},
          {"uid", problem.source_uid},
          {"size", problem.size},
          {"subject", printable(problem.subject)},
          {"from", printable(problem.from)},
          {"date", printable(problem.date)},
          {"reason", problem.reason},
          {"server_text", printable(problem.server_text)}};
}

}  // namespace

void print_json(const nlohmann::json& line) {
  fmt::print("{}\n", line.dump(-1, ' ', false, json::error_handler_t::replace));
  std::fflush(stdout);
}

nlohmann::json to_json(const Error& error) {
  return {{"kind", godwit::name_of(error.kind)},
          {"code", code_text(code_of(error))},
          {"what", error.what},
          {"where", error.where},
          {"server_text", printable(error.server_text)}};
}

Console::Style style_for(bool json) {
  if (json) return Console::Style::json;
  return isatty(STDOUT_FILENO) != 0 ? Console::Style::bar : Console::Style::lines;
}

double Console::seconds() const { return duration<double>(steady_clock::now() - start_).count(); }

Console::Console(Style style, std::string account) : style_(style), account_(std::move(account)) {}

void Console::event(const sync::Event& event) {
  const bool is_warning = event.kind == sync::Event::Kind::warning;
  if (style_ == Style::json) {
    print_json({{"event", is_warning ? "warning" : "step"}, {"text", event.text}});
    return;
  }
  clear_bar();
  fmt::print("{}{}\n", is_warning ? "warning: " : "", event.text);
  std::fflush(stdout);
}

void Console::stopping(std::atomic<bool>& stop) {
  stop = true;
  event({sync::Event::Kind::step, "stopping after what is in flight (once more to stop at once)"});
}

Console::Rates Console::measure(const Progress& progress) {
  const auto now = steady_clock::now();
  samples_.push_back({now, progress.messages_done, progress.bytes_done, progress.source_waited, progress.target_waited});
  while (samples_.size() > 2 && now - samples_.front().time > rate_window) samples_.pop_front();
  Rates rates;
  const Sample& first = samples_.front();
  const double seconds = duration<double>(now - first.time).count();
  if (seconds < 0.3) return rates;
  rates.messages = static_cast<double>(progress.messages_done - first.messages) / seconds;
  rates.bytes = static_cast<double>(progress.bytes_done - first.bytes) / seconds;
  const std::uint64_t left = progress.messages - std::min(progress.messages, progress.messages_done);
  if (rates.messages > 0) rates.seconds_left = static_cast<double>(left) / rates.messages;
  // Whoever is waited for most of the time is slow; both at once is the line between; nobody is godwit itself.
  const double source = duration<double>(progress.source_waited - first.source_waited).count() / seconds;
  const double target = duration<double>(progress.target_waited - first.target_waited).count() / seconds;
  constexpr double most = 0.6;
  rates.slow_side = source > most && target > most ? "line" : source > most ? "source" : target > most ? "target" : "godwit";
  return rates;
}

void Console::progress(const Progress& progress) {
  const Rates rates = measure(progress);
  if (style_ == Style::bar) draw_bar(progress, rates);
  if (style_ != Style::json || steady_clock::now() - last_json_ < json_interval) return;
  last_json_ = steady_clock::now();
  json line{{"event", "progress"},
            {"phase", name_of(progress.phase)},
            {"folders", progress.folders},
            {"folders_done", progress.folders_done},
            {"messages", progress.messages},
            {"messages_done", progress.messages_done},
            {"bytes_done", progress.bytes_done},
            {"not_moved", progress.not_moved},
            {"folder", progress.folder},
            {"messages_per_second", rates.messages},
            {"bytes_per_second", rates.bytes}};
  if (rates.seconds_left >= 0) line["seconds_left"] = rates.seconds_left;
  if (!rates.slow_side.empty()) line["slow_side"] = rates.slow_side;
  print_json(line);
}

void Console::draw_bar(const Progress& progress, const Rates& rates) {
  const double share = progress.messages == 0 ? 0
                                              : std::min(1.0, static_cast<double>(progress.messages_done) /
                                                                  static_cast<double>(progress.messages));
  std::string text = fmt::format("{} {:3.0f} %  {}/{} messages  {}", bar(share, bar_width), share * 100, grouped(progress.messages_done),
                                 grouped(progress.messages), format_bytes(progress.bytes_done));
  if (rates.messages > 0) text += fmt::format("  {}/s  {:.0f}/s", format_bytes(static_cast<std::uint64_t>(rates.bytes)), rates.messages);
  if (rates.seconds_left >= 0 && (progress.phase == Progress::Phase::copying || progress.phase == Progress::Phase::reading_back)) {
    text += "  " + duration_text(rates.seconds_left) + " left";
  }
  if (!rates.slow_side.empty()) text += "  slow: " + rates.slow_side;
  text += progress.phase == Progress::Phase::copying ? "  " + progress.folder : fmt::format("  {}", name_of(progress.phase));
  fmt::print("\r\x1b[2K{}", shortened(text, terminal_width() - 1));
  std::fflush(stdout);
  bar_is_drawn_ = true;
}

void Console::clear_bar() {
  if (bar_is_drawn_) fmt::print("\r\x1b[2K");
  bar_is_drawn_ = false;
}

void Console::summary(const sync::RoundResult& result, const std::optional<report::Verdict>& verdict, int exit_status) {
  clear_bar();
  if (style_ == Style::json) {
    print_json_summary(result, verdict, exit_status);
  } else {
    print_text_summary(result, verdict);
  }
  std::fflush(stdout);
}

void Console::print_text_summary(const sync::RoundResult& result, const std::optional<report::Verdict>& verdict) {
  fmt::print("{}: {} message{} moved ({}) in {:.1f} s", account_, grouped(result.copied), result.copied == 1 ? "" : "s",
             format_bytes(result.bytes), seconds());
  if (result.matched > 0) fmt::print(", {} found on the target already", grouped(result.matched));
  if (result.flags_changed > 0) fmt::print(", flags of {} brought up to date", grouped(result.flags_changed));
  if (result.moved > 0) fmt::print(", {} moved from folder to folder", grouped(result.moved));
  if (result.removed > 0) fmt::print(", {} removed", grouped(result.removed));
  fmt::print("; {} folder{}, {} made", result.folders, result.folders == 1 ? "" : "s", result.folders_made);
  if (result.folders_renamed > 0) fmt::print(", {} renamed", result.folders_renamed);
  if (result.folders_removed > 0) fmt::print(", {} removed", result.folders_removed);
  fmt::print(".\n");
  const bool is_idle = brought_nothing(result) && result.removals_held + result.unopened == 0;
  if (!result.error && is_idle && result.not_moved == 0) fmt::print("Nothing to do: the target has everything.\n");
  if (result.listed > 0) {
    fmt::print("Seen on the target: {} listed", grouped(result.listed));
    if (result.proven > 0) fmt::print(", {} read back and equal", grouped(result.proven));
    if (result.altered > 0) fmt::print(", {} read back and altered by the server", grouped(result.altered));
    fmt::print(".\n");
  }
  if (result.repaired > 0) fmt::print("Moved in a repaired form: {}.\n", grouped(result.repaired));
  if (result.left_out.total() > 0) fmt::print("Left out by the rules: {}.\n", result.left_out.describe());
  if (result.folders_left_out > 0) fmt::print("Folders left out by the rules: {}.\n", result.folders_left_out);
  if (result.kept > 0) {
    fmt::print("Gone on the source, left on the target, where they were before or were changed since: {}.\n", grouped(result.kept));
  }
  for (const ledger::Problem& problem : result.problems) {
    if (problem.source_uid == 0) fmt::print("  {}", problem.folder_name);  // about the folder
    else fmt::print("  {}, UID {}, {}", problem.folder_name, problem.source_uid, format_bytes(problem.size));
    if (!problem.subject.empty()) fmt::print(", \"{}\"", printable(problem.subject));
    if (!problem.from.empty()) fmt::print(", from {}", printable(problem.from));
    if (!problem.date.empty()) fmt::print(", {}", printable(problem.date));
    fmt::print(": {}\n", describe({ErrorKind::refused, problem.reason, problem.server_text, {}, code_of_problem(problem.kind)}));
  }
  if (result.not_moved > 0) fmt::print("Not moved: {}.\n", grouped(result.not_moved));
  for (const std::string& note : result.notes) fmt::print("{}\n", note);
  if (result.not_attempted > 0) fmt::print("Not tried yet: {} messages.\n", grouped(result.not_attempted));
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

void Console::print_json_summary(const sync::RoundResult& result, const std::optional<report::Verdict>& verdict, int exit_status) {
  for (const ledger::Problem& problem : result.problems) print_json(to_json(problem));
  json line{{"event", "summary"},
            {"account", account_},
            {"exit_status", exit_status},
            {"seconds", seconds()},
            {"folders", result.folders},
            {"folders_made", result.folders_made},
            {"folders_left_out", result.folders_left_out},
            {"left_out", result.left_out.total()},
            {"copied", result.copied},
            {"matched", result.matched},
            {"flags_changed", result.flags_changed},
            {"flags_refused", result.flags_refused},
            {"vanished", result.vanished},
            {"moved", result.moved},
            {"removed", result.removed},
            {"kept", result.kept},
            {"removals_held", result.removals_held},
            {"folders_renamed", result.folders_renamed},
            {"folders_removed", result.folders_removed},
            {"bytes", result.bytes},
            {"listed", result.listed},
            {"proven", result.proven},
            {"repaired", result.repaired},
            {"altered", result.altered},
            {"not_moved", result.not_moved},
            {"unopened", result.unopened},
            {"not_attempted", result.not_attempted},
            {"uidls", result.unique_ids},
            {"without_uidl", result.without_unique_id},
            {"notes", result.notes}};
  if (verdict) line["grade"] = report::name_of(verdict->grade);
  if (verdict) line["grade_reasons"] = verdict->reasons;
  if (result.error) line["error"] = to_json(*result.error);
  if (result.error) line["next"] = "run the same command again to go on";
  print_json(line);
}

int Console::failure(const Error& error) {
  const int exit_status = godwit::exit_status_of(error.kind);
  clear_bar();
  if (style_ == Style::json) {
    print_json({{"event", "summary"}, {"account", account_}, {"exit_status", exit_status}, {"error", to_json(error)}});
  } else {
    std::fflush(stdout);
    fmt::print(stderr, "godwit: {}\n", describe(error));
  }
  return exit_status;
}

}  // namespace godwit::cli
