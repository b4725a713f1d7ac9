// SPDX-License-Identifier: Apache-2.0
// What servers call themselves, noted by the way when accounts connect to them.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "cli/accounts.h"

namespace godwit::cli {

// Used by any thread.
class ServerNotes {
 public:
  // By the endpoint's name in the plan. Empty: nobody has connected yet, or the server does not tell.
  [[nodiscard]] std::string software_of(const std::string& endpoint) const;
  void note(const std::string& endpoint, const std::string& software);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> software_;
};

// The same wiring, whose accounts of a plan note what their servers say. `notes` must outlive them.
[[nodiscard]] Wiring with_notes(const Wiring& wiring, ServerNotes& notes);

}  // namespace godwit::cli
