// SPDX-License-Identifier: Apache-2.0
// A set of UIDs as sorted, disjoint, non-adjacent ranges: a million consecutive UIDs cost eight bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit {

using Uid = std::uint32_t;

struct UidRange {
  Uid first = 0;
  Uid last = 0;  // inclusive, never below first
  [[nodiscard]] std::uint64_t size() const { return std::uint64_t{last} - first + 1; }
  friend bool operator==(const UidRange&, const UidRange&) = default;
};

class UidSet {
 public:
  UidSet() = default;
  explicit UidSet(std::vector<UidRange> ranges);  // any order, overlaps allowed
  static UidSet of_range(Uid first, Uid last) { return UidSet({{first, last}}); }

  // Constant time when UIDs come in ascending order, as they do from a server.
  void add(Uid uid) { add(UidRange{uid, uid}); }
  void add(UidRange range);
  void add(const UidSet& other);
  [[nodiscard]] bool contains(Uid uid) const;
  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] Uid first() const { return ranges_.front().first; }  // not on an empty set
  [[nodiscard]] Uid last() const { return ranges_.back().last; }     // not on an empty set
  [[nodiscard]] const std::vector<UidRange>& ranges() const { return ranges_; }

  // Those that are not, or are, in the other set as well; range by range.
  [[nodiscard]] UidSet without(const UidSet& other) const;
  [[nodiscard]] UidSet intersect(const UidSet& other) const;

  // Removes and returns the lowest `count` UIDs (fewer when the set is smaller).
  [[nodiscard]] UidSet take_first(std::uint64_t count);

  // RFC 9051 sequence-set without '*': "1:4,7,9:12". parse() takes any order and duplicates, refuses 0, '*' and junk.
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] static std::optional<UidSet> parse(std::string_view text);

  friend bool operator==(const UidSet&, const UidSet&) = default;

 private:
  std::vector<UidRange> ranges_;
};

}  // namespace godwit
