// SPDX-License-Identifier: Apache-2.0
#include "jobs/timeline.h"

#include <algorithm>

namespace godwit::jobs {
namespace {

constexpr std::chrono::seconds kept_whole{60};

double seconds_between(const Moment& from, const Moment& to) { return std::chrono::duration<double>(to.time - from.time).count(); }

// Both sides are waited for where round trips decide; neither where godwit itself is busy.
Bottleneck bottleneck_of(double source_share, double target_share, double limits_share) {
  constexpr double much = 0.5, little = 0.2;
  if (limits_share > much) return Bottleneck::limits;
  if (source_share > much && target_share > much) return Bottleneck::line;
  if (source_share < little && target_share < little) return Bottleneck::godwit;
  return source_share > target_share ? Bottleneck::source : Bottleneck::target;
}

}  // namespace

const char* name_of(Bottleneck bottleneck) {
  switch (bottleneck) {
    case Bottleneck::unknown: return "unknown";
    case Bottleneck::source: return "source";
    case Bottleneck::target: return "target";
    case Bottleneck::line: return "line";
    case Bottleneck::godwit: return "godwit";
    case Bottleneck::limits: return "limits";
  }
  return "unknown";
}

void Timeline::add(const Moment& moment) {
  last_.push_back(moment);
  const auto is_old = [&](const Moment& each) { return moment.time - each.time > kept_whole; };
  last_.erase(last_.begin(), std::ranges::find_if_not(last_, is_old));
  if (++since_kept_ < stride_) return;
  since_kept_ = 0;
  points_.push_back(moment);
  if (points_.size() > most_) thin_out();
}

void Timeline::thin_out() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < points_.size(); i += 2) points_[kept++] = points_[i];
  points_.resize(kept);
  stride_ *= 2;
}

Timeline::Rates Timeline::between(const Moment& from, const Moment& to) {
  Rates rates;
  const double seconds = seconds_between(from, to);
  if (seconds <= 0) return rates;
  rates.messages = static_cast<double>(to.messages_done - from.messages_done) / seconds;
  rates.bytes = static_cast<double>(to.bytes_done - from.bytes_done) / seconds;
  // Averages over the accounts at work, each of which may wait for its server all the time.
  const double accounts = std::max(1.0, static_cast<double>(from.running + to.running) / 2);
  const auto share = [&](std::chrono::nanoseconds waited) { return std::chrono::duration<double>(waited).count() / seconds / accounts; };
  if (to.running > 0) {
    rates.bottleneck = bottleneck_of(share(to.source_waited - from.source_waited), share(to.target_waited - from.target_waited),
                                     share(to.limits_waited - from.limits_waited));
  }
  return rates;
}

Timeline::Rates Timeline::recent(std::chrono::seconds window) const {
  if (last_.size() < 2) return {};
  const Moment& now = last_.back();
  return between(*std::ranges::find_if(last_, [&](const Moment& each) { return now.time - each.time <= window; }), now);
}

}  // namespace godwit::jobs
