// SPDX-License-Identifier: Apache-2.0
// How tokens are obtained. Errors are those of oauth/token.h and of http/client.h, with the token server's place.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/task.h"
#include "http/client.h"
#include "oauth/provider.h"
#include "oauth/token.h"

namespace godwit::oauth {

[[nodiscard]] Task<Result<Token>> ask(http::Client& client, http::Request request);

// A person types a code on another device (RFC 8628); `tell` is told where and which. Error: token_login_ended when its time is over.
[[nodiscard]] Task<Result<Token>> log_in_by_device(http::Client& client, Addresses at, Application who,
                                                   std::function<void(const DeviceCode&)> tell);

struct BrowserLogin {
  std::string user;          // whose mailbox it is: the provider proposes that name
  std::uint16_t port = 0;    // of the listener on the loopback address; 0: any free one
  std::chrono::milliseconds limit = std::chrono::minutes(10);
};
// A person logs in by a browser on this machine, which comes back to a listener there (RFC 8252 section 7.3, with PKCE); `tell` is told
// the address to open. Errors: token_login_ended when nobody comes in time; cannot_connect where the port is in use.
[[nodiscard]] Task<Result<Token>> log_in_by_browser(http::Client& client, Addresses at, Application who, BrowserLogin login,
                                                    std::function<void(const std::string&)> tell);

}  // namespace godwit::oauth
