// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/error.h"
#include "base/secret.h"

namespace godwit::cli {

// A password from, in this order: the file (its first line; the line end does not belong to it), the environment variable, a prompt
// on the terminal without echo. The variable is taken out of the environment: a second call does not find it. `whose`: "source
// alice@example.com". Errors of kind usage.
[[nodiscard]] Result<Secret> read_password(const std::string& file, const char* environment_variable, const std::string& whose);

}  // namespace godwit::cli
