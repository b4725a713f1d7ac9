// SPDX-License-Identifier: Apache-2.0
// A line whose security is to be found out, by order of the plan: TLS, else STARTTLS, else nothing.
#pragma once

#include <functional>
#include <memory>

#include "adapters/imap/account.h"
#include "imap/client.h"

namespace godwit::adapters {

using OpenLine = std::function<Task<Result<std::unique_ptr<imap::Client>>>(const ImapSettings&)>;

// As open_by_detecting().
[[nodiscard]] Task<Result<std::unique_ptr<imap::Client>>> open_detected(const ImapSettings& settings, OpenLine open);

}  // namespace godwit::adapters
