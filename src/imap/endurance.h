// SPDX-License-Identifier: Apache-2.0
// How much of a server that never comes to an end is borne: one that sends its answer by drops, one that only says that it is still at
// work, one whose answer goes on for ever. No I/O. Time is what was spent in waiting for the server: what it waits for us is not its fault.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/error.h"

namespace godwit::imap {

class Endurance {
 public:
  using Waited = std::chrono::nanoseconds;  // so far, altogether

  // The longest wait for a byte; 0: none is known, and time is no matter.
  void set_wait_limit(std::chrono::milliseconds limit) { wait_limit_ = limit; }

  // Error (timeout): a response that began has brought less than `least_bytes` for a wait's limit, or nothing but untagged responses came
  // for `longest_waits` of them.
  [[nodiscard]] Result<> before_reading(Waited now, bool is_in_response);
  void received(std::uint64_t bytes) { bytes_ += bytes; }

  // A response ended.
  void end_response();
  // A command was sent, or answered, or a message came.
  void progress(Waited now);
  // Error (syntax): more than `limit` bytes since the last progress, where a response costs some more than its text.
  [[nodiscard]] Result<> count_untagged(std::uint64_t size, std::uint64_t limit);

  static constexpr std::uint64_t least_bytes = 16 * 1024;
  static constexpr int longest_waits = 12;
  static constexpr std::uint64_t response_overhead = 64;

 private:
  std::chrono::milliseconds wait_limit_{0};
  std::optional<Waited> progress_at_;
  std::optional<Waited> response_at_;  // when it began, or last brought enough
  std::uint64_t bytes_ = 0;                       // since then
  std::uint64_t untagged_ = 0;
};

}  // namespace godwit::imap
