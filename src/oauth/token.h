// SPDX-License-Identifier: Apache-2.0
// What token servers give and refuse (RFC 6749, RFC 8628), as values.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "base/error.h"
#include "base/secret.h"
#include "http/message.h"

namespace godwit::oauth {

struct Token {
  Secret access;
  std::optional<std::chrono::seconds> lifetime{};  // from the answer on
  Secret refresh{};                                // empty: none, or the one before stays
};

// RFC 6749 section 5.2. What an administrator needs of it is in error_of().
struct Refusal {
  std::string error;        // "invalid_grant"
  std::string description;  // for developers; Microsoft's begins with "AADSTS…"
  std::optional<std::chrono::milliseconds> retry_after{};
};

// RFC 8628 section 3.2.
struct DeviceCode {
  Secret device_code;
  std::string user_code, verification_uri;
  std::chrono::seconds lifetime{0};
  std::chrono::seconds interval{5};
};

// RFC 6749 section 5. Errors: token_answer where it is no such answer; throttled, unavailable, server_fault where the server says so by
// its status. The response's body is wiped.
[[nodiscard]] Result<std::variant<Token, Refusal>> parse_token_answer(http::Response response);
// RFC 8628 section 3.2. Errors: the same, and those of error_of().
[[nodiscard]] Result<DeviceCode> parse_device_answer(http::Response response);

// token_consent for invalid_grant and access_denied, unavailable for what passes, else token_client; with what to do where that is known.
[[nodiscard]] Error error_of(const Refusal& refusal);

// The token alone: a refusal is an error.
[[nodiscard]] Result<Token> token_of(http::Response response);

}  // namespace godwit::oauth
