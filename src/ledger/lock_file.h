// SPDX-License-Identifier: Apache-2.0
// One process owns a ledger: an advisory lock that the kernel drops when the process ends, however it ends.
#pragma once

#include <filesystem>
#include <utility>

#include "base/error.h"

namespace godwit::ledger {

class LockFile {
 public:
  // Makes the file and locks it, or says which process has it. The file stays when the lock is released: removing it would
  // let two processes hold locks on two files of the same name.
  [[nodiscard]] static Result<LockFile> acquire(const std::filesystem::path& file);
  LockFile(LockFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  LockFile& operator=(LockFile&&) = delete;
  ~LockFile();

 private:
  explicit LockFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace godwit::ledger
