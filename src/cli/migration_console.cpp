// SPDX-License-Identifier: Apache-2.0
#include "cli/migration_console.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/migration_json.h"
#include "cli/terminal.h"
#include "estimate/estimate.h"
#include "cli/wave_text.h"

namespace godwit::cli {
namespace {

using jobs::JobStatus;
using jobs::Snapshot;
using jobs::State;

constexpr std::size_t bar_width = 24, name_width = 34, most_on_screen = 12;

// What an account that is over has come to, and what it means that it needs somebody.
struct Words {
  std::string_view over, incomplete;
};
Words words_of(const Snapshot& snapshot) {
  if (snapshot.command == "verify") return {"verified", "with differences"};
  if (snapshot.command == "finish") return {"swept", "not finished"};
  return {"moved", "with items not moved"};
}

std::string people_line(const Snapshot& snapshot) {
  std::size_t all = 0;
  for (const std::size_t count : snapshot.counts) all += count;
  const std::size_t over = snapshot.count(State::moved) + snapshot.count(State::incomplete);
  const double share = all == 0 ? 0 : static_cast<double>(over) / static_cast<double>(all);
  const Words words = words_of(snapshot);
  std::string text = fmt::format("{} {} of {} accounts {}", bar(share, bar_width), grouped(over), grouped(all), words.over);
  const auto add = [&text](std::size_t count, std::string_view what) {
    if (count > 0) text += fmt::format(" · {} {}", grouped(count), what);
  };
  add(snapshot.count(State::running), "at work");
  add(snapshot.count(State::waiting), "waiting");
  add(snapshot.count(State::incomplete), words.incomplete);
  add(snapshot.count(State::failed), "failed");
  add(snapshot.count(State::canceled), "canceled");
  add(snapshot.count(State::pre_staged), "with their old mail moved");
  return text + (snapshot.is_paused ? " · PAUSED" : "");
}

std::string rate_line(const Snapshot& snapshot) {
  std::string text = fmt::format("{} messages, {} done", grouped(snapshot.messages_done), format_bytes(snapshot.bytes_done));
  if (snapshot.rates.messages > 0) {
    text += fmt::format(" · {:.0f}/s, {}/s", snapshot.rates.messages, format_bytes(static_cast<std::uint64_t>(snapshot.rates.bytes)));
  }
  if (snapshot.rates.bottleneck != jobs::Bottleneck::unknown) text += fmt::format(" · slow: {}", jobs::name_of(snapshot.rates.bottleneck));
  return text;
}

// "about 2 h 10 min left (1 h 50 min to 2 h 40 min)"
std::string left_line(const jobs::TimeLeft& left) {
  return fmt::format("about {} left ({} to {})", estimate::duration_words(left.seconds), estimate::duration_words(left.low),
                     estimate::duration_words(left.high));
}

std::string account_line(const JobStatus& job) {
  const sync::Progress& progress = job.progress;
  std::string text = "  " + padded(printable(job.name), name_width) + " ";
  if (progress.messages > 0) {
    const double share = std::min(1.0, static_cast<double>(progress.messages_done) / static_cast<double>(progress.messages));
    text += fmt::format("{} {:3.0f} % of {}  ", bar(share, 10), share * 100, grouped(progress.messages));
  }
  return text + (progress.phase == sync::Progress::Phase::copying ? printable(progress.folder) : std::string(name_of(progress.phase)));
}

double seconds_of(const JobStatus& job) {
  return job.began && job.ended ? std::chrono::duration<double>(*job.ended - *job.began).count() : 0;
}

}  // namespace

std::string ending_of(const JobStatus& job) {
  if (job.state == State::waiting && !job.error && job.next_attempt) {
    const std::chrono::duration<double> pause = *job.next_attempt - std::chrono::system_clock::now();
    return fmt::format("{} messages moved ({}); what the server lets it move is used up, it goes on in {}", grouped(job.result.copied),
                       format_bytes(job.result.bytes), duration_text(pause.count()));
  }
  if (job.state == State::waiting && !job.error) return job.wait ? "interrupted; its wave waits" : "interrupted; goes on later";
  std::string text;
  if (job.error) {
    text = describe(*job.error);
    if (job.next_attempt) {
      const std::chrono::duration<double> pause = *job.next_attempt - std::chrono::system_clock::now();
      text += fmt::format("; trying again in {}", duration_text(pause.count()));
    }
    return fmt::format("{}: {}", job.state == State::failed ? "FAILED" : "interrupted", text);
  }
  if (job.state == State::canceled) return "canceled";
  text = fmt::format("{} messages moved ({}) in {}", grouped(job.result.copied), format_bytes(job.result.bytes),
                     duration_text(seconds_of(job)));
  if (job.result.matched > 0) text += fmt::format(", {} found on the target already", grouped(job.result.matched));
  if (job.result.not_moved > 0) text += fmt::format(", {} NOT moved", grouped(job.result.not_moved));
  if (job.verdict) text += fmt::format("; {}", report::name_of(job.verdict->grade));
  if (job.state == State::pre_staged) text += job.result.folders == 0 ? "; smaller than size_at_least" : "; newer mail comes with its wave";
  return text;
}

std::vector<std::string> screen_of(const Snapshot& snapshot, std::size_t columns, std::size_t most_accounts) {
  std::vector<std::string> lines{people_line(snapshot), rate_line(snapshot)};
  if (snapshot.left && !snapshot.is_paused && snapshot.count(State::running) > 0) lines.push_back(left_line(*snapshot.left));
  for (const jobs::WaveStatus& wave : snapshot.waves) {
    lines.push_back(fmt::format("  {} ({} accounts)", text_of(wave), grouped(wave.accounts)));
  }
  std::size_t shown = 0, running = 0;
  for (const JobStatus& job : snapshot.jobs) {
    if (job.state != State::running) continue;
    ++running;
    if (shown == most_accounts) continue;
    ++shown;
    lines.push_back(account_line(job));
  }
  if (running > shown) lines.push_back(fmt::format("  and {} more", running - shown));
  for (std::string& line : lines) line = shortened(line, columns);
  return lines;
}

void MigrationConsole::event(const JobStatus& job, const sync::Event& event) {
  const bool is_warning = event.kind == sync::Event::Kind::warning;
  const std::lock_guard lock(mutex_);
  if (style_ == Console::Style::json) {
    print_json({{"event", is_warning ? "warning" : "step"}, {"account", job.name}, {"text", event.text}});
  } else if (is_warning) {
    print_line(fmt::format("{}: warning: {}", printable(job.name), event.text));
  }
}

void MigrationConsole::ended(const JobStatus& job) {
  const std::lock_guard lock(mutex_);
  if (style_ == Console::Style::json) {
    nlohmann::json line = to_json(job);
    line["event"] = "account";
    print_json(line);
  } else {
    print_line(fmt::format("{}: {}", printable(job.name), ending_of(job)));
  }
}

void MigrationConsole::line(const std::string& text, const nlohmann::json& json) {
  const std::lock_guard lock(mutex_);
  if (style_ == Console::Style::json) {
    print_json(json);
  } else {
    print_line(text);
  }
}

void MigrationConsole::note(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (style_ == Console::Style::json) {
    print_json({{"event", "step"}, {"text", text}});
  } else {
    print_line(text);
  }
}

void MigrationConsole::show(const Snapshot& snapshot) {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (style_ == Console::Style::json && now - last_json_ >= std::chrono::seconds(1)) {
    last_json_ = now;
    nlohmann::json line = to_json(snapshot);
    line["event"] = "progress";
    print_json(line);
  }
  if (style_ == Console::Style::lines) tell_waits(snapshot);
  if (style_ != Console::Style::bar) return;
  clear_screen();
  const auto lines = screen_of(snapshot, terminal_width() - 1, most_on_screen);
  for (const std::string& line : lines) fmt::print("{}\n", line);
  lines_drawn_ = lines.size();
  std::fflush(stdout);
}

void MigrationConsole::tell_waits(const Snapshot& snapshot) {
  std::set<std::string> texts;
  for (const jobs::WaveStatus& wave : snapshot.waves) texts.insert(text_of(wave));
  for (const std::string& text : texts) {
    if (!waits_told_.contains(text)) print_line(text);
  }
  waits_told_ = std::move(texts);
}

void MigrationConsole::print_line(const std::string& text) {
  clear_screen();
  fmt::print("{}\n", text);
  std::fflush(stdout);
}

void MigrationConsole::clear_screen() {
  if (lines_drawn_ > 0) fmt::print("\r\x1b[{}A\x1b[J", lines_drawn_);
  lines_drawn_ = 0;
}

void MigrationConsole::summary(const Snapshot& snapshot, int exit_status) {
  const std::lock_guard lock(mutex_);
  clear_screen();
  if (style_ == Console::Style::json) {
    nlohmann::json line = to_json(snapshot);
    line["event"] = "summary";
    line["exit_status"] = exit_status;
    line["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    print_json(line);
  } else {
    print_text_summary(snapshot);
  }
  std::fflush(stdout);
}

void MigrationConsole::print_text_summary(const Snapshot& snapshot) const {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  fmt::print("{}\n{} in {}.\n", people_line(snapshot), rate_line(snapshot), duration_text(seconds));
  std::map<std::string, std::size_t> grades;
  for (const JobStatus& job : snapshot.jobs) {
    if (jobs::is_over(job.state) && job.verdict) ++grades[std::string(report::name_of(job.verdict->grade))];
  }
  std::string text;
  for (const auto& [grade, count] : grades) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(count), grade);
  if (!text.empty()) fmt::print("Grades: {}.\n", text);
  for (const JobStatus& job : snapshot.jobs) {
    const bool needs_somebody = job.state == State::failed || job.state == State::incomplete;
    if (needs_somebody) fmt::print("  {}: {}\n", printable(job.name), ending_of(job));
  }
}

}  // namespace godwit::cli
