// SPDX-License-Identifier: Apache-2.0
#include "cli/survey.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "cli/long_run.h"
#include "cli/terminal.h"

namespace godwit::cli {
namespace {

std::string local_time(limits::WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%a %H:%M", &parts)};
}

// Whoever starts a survey by day may not think of the plan's windows.
void note_closed_hours(const Survey& survey, SurveyConsole& console) {
  std::set<const limits::HostLimits*> told;
  for (const jobs::Job& job : survey.jobs) {
    for (const auto& [side, host] : {std::pair("source", job.source_limits), std::pair("target", job.target_limits)}) {
      const bool is_used = survey.look.opens_target || host == job.source_limits;
      if (!is_used || !told.insert(host.get()).second) continue;
      const auto opening = host->next_opening();
      if (!opening) continue;
      console.note(fmt::format("the plan's windows of the {} {} are closed: waiting until {} (Ctrl-C stops)", side, host->host(),
                               local_time(*opening)));
    }
  }
}

std::string counter_of(const jobs::LookSnapshot& snapshot) {
  const double share = snapshot.accounts == 0 ? 0 : static_cast<double>(snapshot.done) / static_cast<double>(snapshot.accounts);
  std::string text = fmt::format("{} {} of {} accounts looked at", bar(share, 24), grouped(snapshot.done), grouped(snapshot.accounts));
  if (snapshot.failed > 0) text += fmt::format(" · {} not read", grouped(snapshot.failed));
  text += fmt::format(" · {} messages, {}", grouped(snapshot.messages), format_bytes(snapshot.bytes));
  if (!snapshot.running.empty()) text += " · " + printable(snapshot.running.front());
  return text;
}

}  // namespace

Result<Survey> prepare_survey(const SurveyOptions& options, const Wiring& wiring) {
  Survey survey;
  GODWIT_TRY(survey.organisation, read_organisation(options.plan));
  survey.look.accounts_at_once = accounts_at_once(survey.organisation.plan, options.accounts_at_once);
  survey.look.threads = options.threads;
  survey.look.opens_target = options.opens_target;
  GODWIT_TRY(survey.jobs, options.opens_target ? make_jobs(survey.organisation, wiring) : make_source_jobs(survey.organisation, wiring));
  return survey;
}

SurveyConsole::SurveyConsole(Output output) : output_(output), is_terminal_(output == Output::text && isatty(STDOUT_FILENO) != 0) {}

void SurveyConsole::account(const std::string& name, const std::string& text, bool needs_somebody) {
  const std::lock_guard lock(mutex_);
  ++ended_;
  if (is_terminal_ && !needs_somebody) return;
  print_line(fmt::format("[{}/{}] {}: {}", ended_, accounts_, printable(name), text));
}

void SurveyConsole::account(const std::string& name, nlohmann::json line) {
  const std::lock_guard lock(mutex_);
  line["event"] = "account";
  line["account"] = printable(name);
  print_json(line);
}

void SurveyConsole::note(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (output_ == Output::json) print_json({{"event", "step"}, {"text", text}});
  else print_line(text);
}

void SurveyConsole::show(const jobs::LookSnapshot& snapshot) {
  const std::lock_guard lock(mutex_);
  accounts_ = snapshot.accounts;
  const auto now = std::chrono::steady_clock::now();
  if (output_ == Output::json && now - last_json_ >= std::chrono::seconds(1)) {
    last_json_ = now;
    print_json({{"event", "progress"}, {"accounts", snapshot.accounts}, {"done", snapshot.done}, {"failed", snapshot.failed},
                {"messages", snapshot.messages}, {"bytes", snapshot.bytes}, {"running", snapshot.running}});
  }
  if (!is_terminal_) return;
  clear_counter();
  fmt::print("{}", shortened(counter_of(snapshot), terminal_width() - 1));
  std::fflush(stdout);
  counter_is_drawn_ = true;
}

void SurveyConsole::finish() {
  const std::lock_guard lock(mutex_);
  clear_counter();
}

void SurveyConsole::print_line(const std::string& text) {
  clear_counter();
  std::FILE* const out = output_ == Output::table ? stderr : stdout;
  fmt::print(out, "{}\n", text);
  std::fflush(out);
}

void SurveyConsole::clear_counter() {
  if (counter_is_drawn_) fmt::print("\r\x1b[K");
  counter_is_drawn_ = false;
}

bool run_looks(const Survey& survey, jobs::Look look, jobs::Looks::OnEnd on_end, SurveyConsole& console) {
  bool is_whole = true;
  jobs::Looks looks(survey.jobs, survey.look, std::move(look), std::move(on_end));
  console.show(looks.snapshot());
  note_closed_hours(survey, console);
  const auto stop = [&] {
    is_whole = false;
    looks.stop();
    console.note("stopping (once more to stop at once)");
  };
  run_long(looks.run(), [&] { console.show(looks.snapshot()); }, stop);
  console.finish();
  return is_whole;
}

inventory::OnProgress progress_to(const jobs::LookPlace& place) {
  return [on_progress = place.on_progress, &stop = place.stop](const inventory::InventoryProgress& progress) {
    on_progress(progress.messages_done, progress.bytes_done);
    return !stop.load();
  };
}

int survey_status(bool is_whole, inventory::Severity worst) {
  if (!is_whole) return godwit::exit_status_of(ErrorKind::canceled);
  return worst > inventory::Severity::note ? 1 : 0;
}

}  // namespace godwit::cli
