// SPDX-License-Identifier: Apache-2.0
// An estimate as an administrator reads it.
#pragma once

#include <string>

#include "estimate/estimate.h"

namespace godwit::cli {

// Lines with their ends. Times are in the machine's own zone.
[[nodiscard]] std::string estimate_text(const estimate::Estimate& estimate);

}  // namespace godwit::cli
