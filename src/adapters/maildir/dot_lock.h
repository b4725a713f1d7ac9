// SPDX-License-Identifier: Apache-2.0
// Dovecot's way to keep writers of one file apart: a file beside it, "dovecot-uidlist.lock", that holds "<pid>:<host>".
#pragma once

#include <memory>
#include <string>

#include "base/task.h"
#include "files/directory.h"

namespace godwit::adapters {

class DotLock {
 public:
  // Waits while another process has it, up to a minute (error `unavailable`). One whose process is gone, or that is older than two
  // minutes, is broken, as Dovecot does. `folder` must outlive it.
  [[nodiscard]] static Task<Result<DotLock>> acquire(const files::Directory& folder, std::string name);
  DotLock(DotLock&& other) noexcept : folder_(std::exchange(other.folder_, nullptr)), name_(std::move(other.name_)) {}
  DotLock& operator=(DotLock&&) = delete;
  ~DotLock();

 private:
  DotLock(const files::Directory& folder, std::string name) : folder_(&folder), name_(std::move(name)) {}
  const files::Directory* folder_;
  std::string name_;
};

}  // namespace godwit::adapters
