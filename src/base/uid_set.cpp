// SPDX-License-Identifier: Apache-2.0
#include "base/uid_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace godwit {

UidSet::UidSet(std::vector<UidRange> ranges) {
  std::ranges::sort(ranges, {}, &UidRange::first);
  for (const UidRange& range : ranges) add(range);
}

void UidSet::add(const UidSet& other) {
  for (const UidRange& range : std::vector(other.ranges_)) add(range);
}

void UidSet::add(UidRange range) {
  // The common case: at or behind the end.
  if (ranges_.empty() || (range.first > ranges_.back().last && range.first - ranges_.back().last > 1)) {
    ranges_.push_back(range);
    return;
  }
  if (range.first >= ranges_.back().first) {
    ranges_.back().last = std::max(ranges_.back().last, range.last);
    return;
  }
  // First range that touches or follows the new one, and the first one wholly behind it.
  const auto begin = std::ranges::lower_bound(ranges_, range.first, {}, [](const UidRange& r) {
    return r.last == ~Uid{0} ? r.last : r.last + 1;
  });
  auto end = begin;
  while (end != ranges_.end() && (end->first <= range.last || end->first - range.last == 1)) {
    range.first = std::min(range.first, end->first);
    range.last = std::max(range.last, end->last);
    ++end;
  }
  if (begin == end) {
    ranges_.insert(begin, range);
  } else {
    *begin = range;
    ranges_.erase(begin + 1, end);
  }
}

bool UidSet::contains(Uid uid) const {
  const auto range = std::ranges::lower_bound(ranges_, uid, {}, &UidRange::last);
  return range != ranges_.end() && range->first <= uid;
}

std::uint64_t UidSet::size() const {
  std::uint64_t total = 0;
  for (const UidRange& range : ranges_) total += range.size();
  return total;
}

UidSet UidSet::without(const UidSet& other) const {
  UidSet rest;
  auto hole = other.ranges_.begin();
  for (const UidRange& range : ranges_) {
    std::uint64_t first = range.first;
    while (hole != other.ranges_.end() && hole->last < first) ++hole;
    for (; hole != other.ranges_.end() && hole->first <= range.last; ++hole) {
      if (hole->first > first) rest.ranges_.push_back({static_cast<Uid>(first), hole->first - 1});
      first = std::uint64_t{hole->last} + 1;
      if (hole->last >= range.last) break;  // it may reach into the next range
    }
    if (first <= range.last) rest.ranges_.push_back({static_cast<Uid>(first), range.last});
  }
  return rest;
}

UidSet UidSet::intersect(const UidSet& other) const { return without(without(other)); }

UidSet UidSet::take_first(std::uint64_t count) {
  UidSet taken;
  std::size_t whole = 0;
  while (count > 0 && whole < ranges_.size()) {
    UidRange& range = ranges_[whole];
    if (range.size() <= count) {
      taken.ranges_.push_back(range);
      count -= range.size();
      ++whole;
    } else {
      const Uid last = range.first + static_cast<Uid>(count) - 1;
      taken.ranges_.push_back({range.first, last});
      range.first = last + 1;
      count = 0;
    }
  }
  ranges_.erase(ranges_.begin(), ranges_.begin() + static_cast<std::ptrdiff_t>(whole));
  return taken;
}

std::string UidSet::to_string() const {
  std::string text;
  for (const UidRange& range : ranges_) {
    if (!text.empty()) text += ',';
    fmt::format_to(std::back_inserter(text), "{}", range.first);
    if (range.last != range.first) fmt::format_to(std::back_inserter(text), ":{}", range.last);
  }
  return text;
}

std::optional<UidSet> UidSet::parse(std::string_view text) {
  std::vector<UidRange> ranges;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const std::size_t colon = part.find(':');
    const auto first = parse_number<Uid>(part.substr(0, colon));
    const auto last = colon == std::string_view::npos ? first : parse_number<Uid>(part.substr(colon + 1));
    if (!first || !last || *first == 0 || *last == 0) return std::nullopt;
    ranges.push_back({std::min(*first, *last), std::max(*first, *last)});
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return UidSet(std::move(ranges));
}

}  // namespace godwit
