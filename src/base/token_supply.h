// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "base/error.h"
#include "base/secret.h"
#include "base/task.h"

namespace godwit {

// Gives an access token for one login (RFC 6750). `refused`: one that the server has just refused, which is not given again unless
// there is no other; empty at first. May be called by several threads at once. Errors say what to do about them.
using TokenSupply = std::function<Task<Result<Secret>>(Secret refused)>;

}  // namespace godwit
