// SPDX-License-Identifier: Apache-2.0
// What accounts hold, counted quickly: how many messages from STATUS, their sizes from a listing, of which large folders give a part.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "endpoint/session.h"
#include "sync/rules.h"

namespace godwit::estimate {

struct Count {
  std::uint64_t folders = 0, messages = 0;
  double bytes = 0;        // where not every size was asked for, by their average
  bool is_exact = true;
  friend bool operator==(const Count&, const Count&) = default;
};

struct CountOptions {
  sync::Rules rules{};  // folders that they leave out are not counted; rules about messages are not looked at
  std::uint64_t most_sizes = 5000;  // asked for in one folder
};

// Of one account. A folder that the server does not give has its messages counted, and no bytes.
[[nodiscard]] Task<Result<Count>> count(endpoint::Session& session, const CountOptions& options = {});

// Evenly spread ranges of UIDs from 1 to `last`, about `wanted` of `messages` messages; all of them where these are no more.
[[nodiscard]] UidSet spread_uids(Uid last, std::uint64_t messages, std::uint64_t wanted);

}  // namespace godwit::estimate
