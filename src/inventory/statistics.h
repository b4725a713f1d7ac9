// SPDX-License-Identifier: Apache-2.0
// What is counted of messages, of a folder, an account or an organisation. It does not grow with the number of messages.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/internal_date.h"
#include "base/uid_set.h"
#include "endpoint/types.h"

namespace godwit::inventory {

struct Tally {
  std::uint64_t messages = 0, bytes = 0;
  void add(std::uint64_t size) {
    ++messages;
    bytes += size;
  }
  Tally& operator+=(const Tally& other) {
    messages += other.messages;
    bytes += other.bytes;
    return *this;
  }
  friend bool operator==(const Tally&, const Tally&) = default;
};

struct LargeMessage {
  std::string account;
  endpoint::FolderPath folder;
  Uid uid = 0;
  std::uint64_t size = 0;  // bytes
  std::string date;        // IMAP date-time as the server told it; may be empty
  friend bool operator==(const LargeMessage&, const LargeMessage&) = default;
};

class Statistics {
 public:
  Statistics() = default;
  // Keeps the `largest_kept` largest messages, and counts those that are larger than each of the limits (in bytes).
  Statistics(std::size_t largest_kept, std::span<const std::uint64_t> size_limits);

  void add(std::uint64_t size, const std::optional<InternalDate>& date);
  // Whether a message of this size is among the largest so far; then it is to be kept.
  [[nodiscard]] bool wants(std::uint64_t size) const;
  void keep(LargeMessage message);
  // Keeps as many of the largest as the one of both that keeps more; a limit that only one of them has is counted as far as known.
  void merge(const Statistics& other);

  [[nodiscard]] const Tally& total() const { return total_; }
  // By the year of the internal date, in the zone that the server told it in.
  [[nodiscard]] const std::map<int, Tally>& years() const { return years_; }
  [[nodiscard]] const Tally& undated() const { return undated_; }  // no date was told, or none that can be read
  [[nodiscard]] const std::map<std::uint64_t, Tally>& above() const { return above_; }
  [[nodiscard]] Tally above(std::uint64_t limit) const;  // of a limit that was given; else nothing
  // Descending by size; of the same size in the order in which they came.
  [[nodiscard]] const std::vector<LargeMessage>& largest() const { return largest_; }

 private:
  std::size_t largest_kept_ = 0;
  Tally total_, undated_;
  std::map<int, Tally> years_;
  std::map<std::uint64_t, Tally> above_;
  std::vector<LargeMessage> largest_;
};

}  // namespace godwit::inventory
