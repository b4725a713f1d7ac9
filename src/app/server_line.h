// SPDX-License-Identifier: Apache-2.0
// How the line to a mail server is opened, as options or a plan say it, for whatever is spoken on it.
#pragma once

#include "adapters/line/line.h"
#include "cli/accounts.h"

namespace godwit::app {

// `side`: "source" or "target", for the names of options. Errors: values that cannot be read, files that cannot be, and what is missing.
[[nodiscard]] Result<adapters::LineSettings> line_of(const char* side, const cli::AccountOptions& options);
[[nodiscard]] Result<adapters::LineSettings> line_of(const plan::Endpoint& endpoint, const cli::PlanLogin& login);

}  // namespace godwit::app
