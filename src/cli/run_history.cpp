// SPDX-License-Identifier: Apache-2.0
#include "cli/run_history.h"

#include <algorithm>
#include <ctime>
#include <ranges>

#include "cli/recorded_estimate.h"

namespace godwit::cli {
namespace {

using jobs::Moment;

report::Bottleneck bottleneck_of(jobs::Bottleneck bottleneck) {
  switch (bottleneck) {
    case jobs::Bottleneck::unknown: return report::Bottleneck::unknown;
    case jobs::Bottleneck::source: return report::Bottleneck::source;
    case jobs::Bottleneck::target: return report::Bottleneck::target;
    case jobs::Bottleneck::line: return report::Bottleneck::line;
    case jobs::Bottleneck::godwit: return report::Bottleneck::godwit;
    case jobs::Bottleneck::limits: return report::Bottleneck::limits;
  }
  return report::Bottleneck::unknown;
}

std::int64_t seconds_of(std::chrono::system_clock::time_point time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

Moment last_of(const std::vector<Moment>& timeline) { return timeline.empty() ? Moment{} : timeline.back(); }

}  // namespace

RunHistory::RunHistory(std::vector<ledger::RunRecord> records, std::optional<ledger::RunRecord> at_work) {
  for (ledger::RunRecord& record : records) {
    const bool is_at_work = at_work && record.id == at_work->id;
    if (is_at_work) record = *at_work;
    auto settings = jobs::settings_of(record.settings);
    auto timeline = jobs::timeline_of(record.timeline);
    runs_.push_back({std::move(record), std::move(settings), std::move(timeline), is_at_work});
  }
}

std::vector<report::Run> RunHistory::runs() const {
  std::vector<report::Run> runs;
  for (const Run& run : runs_) {
    report::Run& each = runs.emplace_back();
    each.command = run.record.command;
    each.began = local_date(run.record.began);
    if (run.record.ended) each.ended = local_date(*run.record.ended);
    each.is_at_work = run.is_at_work;
    each.items = last_of(run.timeline).messages_done;
    each.bytes = last_of(run.timeline).bytes_done;
    each.program = run.settings.program;
  }
  return runs;
}

std::vector<report::TimelinePoint> RunHistory::timeline() const {
  std::vector<report::TimelinePoint> points;
  std::uint64_t items = 0, bytes = 0;  // done by the runs before
  for (const Run& run : runs_) {
    Moment before;
    before.time = std::chrono::system_clock::time_point(std::chrono::seconds(run.record.began.seconds));
    for (const Moment& moment : run.timeline) {
      const auto rates = jobs::Timeline::between(before, moment);
      points.push_back({local_date(moment.time), items + moment.messages_done, bytes + moment.bytes_done, rates.messages, rates.bytes,
                        bottleneck_of(rates.bottleneck)});
      before = moment;
    }
    items += last_of(run.timeline).messages_done;
    bytes += last_of(run.timeline).bytes_done;
  }
  return points;
}

std::chrono::seconds RunHistory::time_at_work(const Run& run) {
  const std::int64_t last = run.record.ended        ? run.record.ended->seconds
                            : run.timeline.empty() ? run.record.began.seconds
                                                   : seconds_of(run.timeline.back().time);
  return std::chrono::seconds(std::max<std::int64_t>(0, last - run.record.began.seconds));
}

std::optional<report::Forecast> RunHistory::forecast(std::string_view estimate, bool is_over) const {
  const auto first = std::ranges::find_if(runs_, [](const Run& run) { return !run.record.estimate.empty(); });
  auto forecast = forecast_of(first != runs_.end() ? first->record.estimate : estimate);
  if (!forecast) return std::nullopt;
  for (const Run& run : runs_) {
    forecast->actual_items += last_of(run.timeline).messages_done;
    forecast->actual_bytes += last_of(run.timeline).bytes_done;
    forecast->actual += time_at_work(run);
  }
  forecast->is_over = is_over;
  return forecast;
}

std::vector<report::NamedValue> RunHistory::settings() const {
  return runs_.empty() ? std::vector<report::NamedValue>{} : runs_.back().settings.settings;
}

std::string RunHistory::software_at(std::string_view address) const {
  for (const Run& run : std::views::reverse(runs_)) {
    for (const report::ServerDescription& server : run.settings.servers) {
      if (server.address == address && !server.software.empty()) return server.software;
    }
  }
  return {};
}

InternalDate local_date(const InternalDate& date) {
  const std::time_t time = date.seconds;
  std::tm local{};
  if (::localtime_r(&time, &local) == nullptr) return date;
  return {date.seconds, static_cast<std::int16_t>(local.tm_gmtoff / 60)};
}

InternalDate local_date(std::chrono::system_clock::time_point time) { return local_date(InternalDate{seconds_of(time), 0}); }

}  // namespace godwit::cli
