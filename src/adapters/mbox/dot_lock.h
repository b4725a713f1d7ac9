// SPDX-License-Identifier: Apache-2.0
// "INBOX.lock" beside "INBOX": how programs that deliver into an mbox keep each other out, besides fcntl.
#pragma once

#include <chrono>
#include <filesystem>
#include <utility>

#include "base/error.h"

namespace godwit::adapters {

// Whether a program holds the lock. One that is older than five minutes, or whose process on this machine is gone, was left behind.
[[nodiscard]] bool is_dot_locked(const std::filesystem::path& file);

// Held as long as it lives. Blocks.
class MboxDotLock {
 public:
  // Waits as long for another program; one that was left behind is removed. Where no file may be made beside it there is no lock. Errors:
  // unavailable, another program has it; storage.
  [[nodiscard]] static Result<MboxDotLock> take(const std::filesystem::path& file,
                                                  std::chrono::milliseconds patience = std::chrono::seconds(5));
  MboxDotLock(MboxDotLock&& other) noexcept : place_(std::exchange(other.place_, {})) {}
  MboxDotLock& operator=(MboxDotLock&&) = delete;
  ~MboxDotLock();

 private:
  explicit MboxDotLock(std::filesystem::path place) : place_(std::move(place)) {}
  std::filesystem::path place_;  // empty: none
};

}  // namespace godwit::adapters
