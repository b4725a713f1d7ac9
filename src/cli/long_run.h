// SPDX-License-Identifier: Apache-2.0
// Runs what takes long: with its progress on the console, and ended in an orderly way by a signal.
#pragma once

#include <atomic>
#include <functional>

#include "base/task.h"
#include "cli/console.h"

namespace godwit::cli {

// Returns when the task is over; an exception of it is thrown again. The first SIGINT or SIGTERM sets `stop`, the second ends the
// process at once.
void run_long(Task<> task, const std::function<const sync::Progress&()>& progress, Console& console, std::atomic<bool>& stop);

}  // namespace godwit::cli
