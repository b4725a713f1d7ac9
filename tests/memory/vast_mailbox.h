// SPDX-License-Identifier: Apache-2.0
// A source with one folder of very many tiny messages that are made when they are read, and a target that only counts them: what
// memory a round takes is the engine's and the ledger's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "endpoint/session.h"

namespace godwit::test {

struct VastMailbox {
  std::uint32_t messages = 0;   // UIDs from 1 on without a gap
  bool tells_changes = true;
  std::uint64_t out_of_order = 0;  // messages appended that are not the one whose turn it was
  std::function<void()> on_message;  // read or appended
};

[[nodiscard]] std::string vast_message(Uid uid);
[[nodiscard]] std::unique_ptr<endpoint::Source> make_vast_source(VastMailbox& mailbox);
[[nodiscard]] std::unique_ptr<endpoint::Target> make_vast_target(VastMailbox& mailbox);

}  // namespace godwit::test
