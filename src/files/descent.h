// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "files/directory.h"

namespace godwit::files {

// A folder on the way down a tree, with those above it, which must outlive it. Mounts can make a folder lie in itself: who goes on there
// comes to no end, and finds nothing new.
class Descent {
 public:
  explicit Descent(const Directory& folder, const Descent* above = nullptr) : above_(above) {
    if (::fstat(folder.descriptor(), &status_) != 0) status_ = {};
  }
  [[nodiscard]] bool lies_in_itself() const {
    for (const Descent* each = above_; each != nullptr; each = each->above_) {
      if (each->status_.st_dev == status_.st_dev && each->status_.st_ino == status_.st_ino) return true;
    }
    return false;
  }

 private:
  const Descent* above_;
  struct stat status_{};
};

}  // namespace godwit::files
