// SPDX-License-Identifier: Apache-2.0
// Runs what takes long: with its progress shown, and ended in an orderly way by a signal.
#pragma once

#include <functional>

#include "base/task.h"

namespace godwit::cli {

// Returns when the task is over; an exception of it is thrown again. `show` is called five times a second, `stop` at the first SIGINT
// or SIGTERM; the second ends the process at once.
void run_long(Task<> task, const std::function<void()>& show, const std::function<void()>& stop);

}  // namespace godwit::cli
