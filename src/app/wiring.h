// SPDX-License-Identifier: Apache-2.0
// The only place that knows concrete systems.
#pragma once

#include "cli/accounts.h"

namespace godwit::app {

[[nodiscard]] cli::Wiring make_wiring();

}  // namespace godwit::app
