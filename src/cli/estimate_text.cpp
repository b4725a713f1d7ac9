// SPDX-License-Identifier: Apache-2.0
#include "cli/estimate_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

#include "base/text.h"
#include "cli/terminal.h"

namespace godwit::cli {
namespace {

using estimate::Constraint;
using estimate::Estimate;

// Days matter where it takes longer than one.
std::string time_text(const Estimate& estimate, double seconds) {
  const auto time = static_cast<std::time_t>(estimate.begin.seconds + static_cast<std::int64_t>(seconds + 0.5));
  std::tm parts{};
  ::localtime_r(&time, &parts);
  return fmt::format("{:%a %Y-%m-%d %H:%M}", parts);
}

std::string bottleneck_text(const Estimate& estimate) {
  switch (estimate.bottleneck) {
    case Constraint::servers:
      if (estimate.slow_side == "source") return "the source server";
      if (estimate.slow_side == "target") return "the target server";
      if (estimate.slow_side == "line") return "the line: round trips. More accounts at once (--at-once) would help";
      if (estimate.slow_side == "godwit") return "this machine's processors";
      return "the servers";
    case Constraint::largest_account: return "the largest accounts: nothing else is left at the end. Give them a higher priority";
    case Constraint::connections: return "connections: the plan's limits allow no more at once";
    case Constraint::byte_rate: return "bytes_per_second of the plan's limits";
    case Constraint::message_rate: return "messages_per_second of the plan's limits";
    case Constraint::day_budget: return "bytes_per_day or bytes_per_day_per_account of the plan's limits";
    case Constraint::hours: return "the plan's windows: most of the time nothing may be done";
  }
  return "";
}

std::string head_text(const Estimate& estimate) {
  std::string text = fmt::format("{} accounts, {} messages, {} to move\n", grouped(estimate.accounts), grouped(estimate.messages),
                                 format_bytes(estimate.bytes));
  if (estimate.is_endless) return text + "It will never end: a window of the plan never opens for some of it.\n";
  text += fmt::format("It will take {}\n", words_of(estimate.total));
  const estimate::Span& total = estimate.total;
  text += fmt::format("Begun now, it ends {}, between {} and {} with a likelihood of about 80 %\n", time_text(estimate, total.seconds),
                      time_text(estimate, total.low), time_text(estimate, total.high));
  text += fmt::format("What decides: {}\n", bottleneck_text(estimate));
  if (estimate.closed_seconds >= 1) {
    const std::string closed = estimate::duration_words(estimate.closed_seconds);
    text += fmt::format("Of this, {} are closed hours, or days whose bytes are used up\n", closed);
  }
  return text;
}

std::string waves_text(const Estimate& estimate) {
  if (estimate.waves.size() < 2) return {};
  std::string text = fmt::format("\n{} {:>8} {:>10} {:>10}  ends\n", padded("wave", 20), "accounts", "messages", "size");
  for (const estimate::WaveEstimate& wave : estimate.waves) {
    text += fmt::format("{} {:>8} {:>10} {:>10}  {}, after {}\n", padded(printable(wave.name), 20), grouped(wave.accounts),
                        grouped(wave.messages), format_bytes(wave.bytes), time_text(estimate, wave.ends.seconds), words_of(wave.ends));
  }
  return text;
}

std::string longest_text(const Estimate& estimate) {
  if (estimate.longest.empty()) return {};
  std::string text = fmt::format("\n{} {:>10} {:>10}  takes\n", padded("longest accounts", 40), "messages", "size");
  for (const estimate::AccountEstimate& account : estimate.longest) {
    text += fmt::format("{} {:>10} {:>10}  {}\n", padded(printable(account.name), 40), grouped(account.messages),
                        format_bytes(account.bytes), estimate::duration_words(account.ends - account.begins));
  }
  return text;
}

}  // namespace

std::string estimate_text(const Estimate& estimate) {
  std::string text = head_text(estimate) + waves_text(estimate) + longest_text(estimate);
  if (!estimate.notes.empty()) text += "\n";
  for (const std::string& note : estimate.notes) text += fmt::format("note: {}\n", note);
  return text;
}

}  // namespace godwit::cli
