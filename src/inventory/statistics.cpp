// SPDX-License-Identifier: Apache-2.0
#include "inventory/statistics.h"

#include <algorithm>
#include <chrono>
#include <functional>

namespace godwit::inventory {
namespace {

int year_of(const InternalDate& date) {
  using namespace std::chrono;
  const sys_seconds local{seconds(date.seconds) + minutes(date.zone_minutes)};
  return static_cast<int>(year_month_day(floor<days>(local)).year());
}

}  // namespace

Statistics::Statistics(std::size_t largest_kept, std::span<const std::uint64_t> size_limits) : largest_kept_(largest_kept) {
  for (const std::uint64_t limit : size_limits) above_.try_emplace(limit);
}

void Statistics::add(std::uint64_t size, const std::optional<InternalDate>& date) {
  total_.add(size);
  (date ? years_[year_of(*date)] : undated_).add(size);
  for (auto& [limit, tally] : above_) {
    if (size <= limit) break;
    tally.add(size);
  }
}

bool Statistics::wants(std::uint64_t size) const {
  return largest_.size() < largest_kept_ || (!largest_.empty() && size > largest_.back().size);
}

void Statistics::keep(LargeMessage message) {
  const auto place = std::ranges::upper_bound(largest_, message.size, std::ranges::greater(), &LargeMessage::size);
  largest_.insert(place, std::move(message));
  if (largest_.size() > largest_kept_) largest_.pop_back();
}

void Statistics::merge(const Statistics& other) {
  largest_kept_ = std::max(largest_kept_, other.largest_kept_);
  total_ += other.total_;
  undated_ += other.undated_;
  for (const auto& [year, tally] : other.years_) years_[year] += tally;
  for (const auto& [limit, tally] : other.above_) above_[limit] += tally;
  for (const LargeMessage& message : other.largest_) {
    if (wants(message.size)) keep(message);
  }
}

Tally Statistics::above(std::uint64_t limit) const {
  const auto found = above_.find(limit);
  return found != above_.end() ? found->second : Tally();
}

}  // namespace godwit::inventory
