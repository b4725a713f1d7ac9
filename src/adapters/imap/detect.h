// SPDX-License-Identifier: Apache-2.0
// A line whose security is to be found out, by order of the plan: TLS, else STARTTLS, else nothing.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/imap/account.h"
#include "imap/client.h"

namespace godwit::adapters {

using OpenLine = std::function<Task<Result<std::unique_ptr<imap::Client>>>(const ImapSettings&)>;

// `open` opens a line as its settings order it, without detecting, and notes in settings.tls_memory when TLS stands. Goes on to the next
// way only where the server does not speak the present one at all; whatever else fails is the outcome, a certificate that is not trusted
// above all. In the clear only where settings.tls_memory has never seen the host with TLS; else the error is tls_gone.
[[nodiscard]] Task<Result<std::unique_ptr<imap::Client>>> open_detected(const ImapSettings& settings, OpenLine open);

// What the operator has to know of an open line: that it is not encrypted although he did not order that, or badly.
[[nodiscard]] std::vector<std::string> warnings_of_line(const ImapSettings& settings, const imap::Client& client);

}  // namespace godwit::adapters
