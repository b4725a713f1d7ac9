// SPDX-License-Identifier: Apache-2.0
// The checks, each a group of findings. They make what they need in the stage's folder. An error means that a check came to no end:
// what it has found until then stands on the sheet.
#pragma once

#include <cstddef>

#include "probe/finding.h"
#include "probe/stage.h"

namespace godwit::probe {

struct Amounts {
  bool is_large = false;            // with a message of 25 MiB
  std::size_t connections = 20;     // to be tried at once; 0: none
  std::size_t keywords = 100;       // of one folder
  std::size_t small_messages = 100; // for the speed
  std::size_t megabytes = 2;        // for the speed
  std::uint64_t read_messages = 2'000;  // of an account that is only read
};

// names: which names a folder may have, and what becomes of it when it is renamed, removed, given a role, subscribed.
[[nodiscard]] Task<Result<>> check_names(Stage& stage, Sheet& sheet);
// messages: every class of unusual bytes, given and read back.
[[nodiscard]] Task<Result<>> check_messages(Stage& stage, Sheet& sheet, const Amounts& amounts);
// dates: the internal date with its zone and second, also of times that some servers cannot have.
[[nodiscard]] Task<Result<>> check_dates(Stage& stage, Sheet& sheet);
// flags: system flags, keywords and their spelling, given with a message and changed later.
[[nodiscard]] Task<Result<>> check_flags(Stage& stage, Sheet& sheet, const Amounts& amounts, Measures& measures);
// append: numbers told, order and number kept, batches whole or not at all.
[[nodiscard]] Task<Result<>> check_append(Stage& stage, Sheet& sheet);
// listing: counts, lists and sizes agree with what is read.
[[nodiscard]] Task<Result<>> check_listing(Stage& stage, Sheet& sheet);
// changes: moves, removals and changes of flags touch what was ordered and nothing else.
[[nodiscard]] Task<Result<>> check_changes(Stage& stage, Sheet& sheet);
// limits: quota, largest message, and connections at once, which is why it comes last but for lasting.
[[nodiscard]] Task<Result<>> check_limits(Stage& stage, Sheet& sheet, endpoint::Target& target, const Amounts& amounts,
                                          endpoint::ServerFacts& facts, Measures& measures);
// speed: round trips, small messages, bytes.
[[nodiscard]] Task<Result<>> check_speed(Stage& stage, Sheet& sheet, const Amounts& amounts, Measures& measures);
// lasting: what was made earlier is the same on new connections.
[[nodiscard]] Task<Result<>> check_lasting(Stage& stage, Sheet& sheet);

}  // namespace godwit::probe
