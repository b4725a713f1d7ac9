// SPDX-License-Identifier: Apache-2.0
// Which servers were ever seen with TLS: what a line that is to be detected must not fall below.
#pragma once

#include <string>

#include "base/error.h"
#include "base/task.h"

namespace godwit::endpoint {

// Used by any thread.
class TlsMemory {
 public:
  virtual ~TlsMemory() = default;
  // An error where nobody can tell: then nothing may go in the clear.
  [[nodiscard]] virtual Task<Result<bool>> has_seen(std::string host) = 0;
  // For ever.
  [[nodiscard]] virtual Task<Result<>> note(std::string host) = 0;
};

}  // namespace godwit::endpoint
