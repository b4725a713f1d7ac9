// SPDX-License-Identifier: Apache-2.0
// Numbers for the messages of a system that knows them by names: the engine speaks of UIDs alone. Used by several threads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/keyed_folder.h"
#include "base/task.h"

namespace godwit::endpoint {

class KeyBook {
 public:
  virtual ~KeyBook() = default;
  // All of the folder that is on record; one that is not known gets its UIDVALIDITY now.
  [[nodiscard]] virtual Task<Result<KeyedFolder>> open(std::string folder) = 0;
  // The numbers of these, in order. Keys that are new get the next ones, ascending, and are on record when this returns.
  // Error `refused`: the folder has no number left.
  [[nodiscard]] virtual Task<Result<std::vector<Uid>>> number(std::string folder, std::vector<std::string> keys) = 0;
  // Of messages that are gone. Their numbers are not given again.
  [[nodiscard]] virtual Task<Result<>> forget(std::string folder, UidSet uids) = 0;
};

// Forgets everything when it goes: for those who only look.
[[nodiscard]] std::shared_ptr<KeyBook> make_memory_key_book();

}  // namespace godwit::endpoint
