// SPDX-License-Identifier: Apache-2.0
// Where tokens are asked for, and the requests (RFC 6749, RFC 7523, RFC 7636, RFC 8628) as pure functions.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"
#include "http/message.h"
#include "oauth/jwt.h"

namespace godwit::oauth {

struct Addresses {
  std::string token, device{}, authorize{};
  std::string scope{};           // of an application
  std::string person_scope{};    // of a person, who may be asked for less
  std::string redirect_host = "127.0.0.1";  // as it is registered (RFC 8252 section 7.3)
  friend bool operator==(const Addresses&, const Addresses&) = default;
};
// https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
[[nodiscard]] Addresses microsoft(std::string_view tenant);
// https://developers.google.com/identity/protocols/oauth2; its device flow does not give the scope of mail.
[[nodiscard]] Addresses google();

// Who asks. With a certificate it proves itself by an assertion (RFC 7523 section 2.2).
struct Application {
  struct Certificate {
    SigningKey key;
    std::string thumbprint;
  };
  std::string id;
  Secret secret{};
  std::optional<Certificate> certificate{};
};

// PKCE (RFC 7636), S256.
struct Pkce {
  Secret verifier;
  [[nodiscard]] std::string challenge() const;
};

using Now = std::chrono::sys_seconds;

[[nodiscard]] Result<http::Request> client_credentials_request(const Addresses& at, const Application& who, Now now);
[[nodiscard]] Result<http::Request> refresh_request(const Addresses& at, const Application& who, const Secret& refresh_token, Now now);
[[nodiscard]] Result<http::Request> code_request(const Addresses& at, const Application& who, const Secret& code,
                                                 const std::string& redirect, const Pkce& pkce, Now now);
[[nodiscard]] http::Request device_request(const Addresses& at, const Application& who);
[[nodiscard]] Result<http::Request> device_poll_request(const Addresses& at, const Application& who, const Secret& device_code, Now now);
// A service account in the name of `user`.
[[nodiscard]] Result<http::Request> delegation_request(const Addresses& at, const ServiceAccount& who, const SigningKey& key,
                                                       const std::string& user, Now now);
// What a person's browser opens.
[[nodiscard]] std::string authorize_url(const Addresses& at, const std::string& client_id, const std::string& redirect,
                                        const std::string& state, const Pkce& pkce, const std::string& user);

}  // namespace godwit::oauth
