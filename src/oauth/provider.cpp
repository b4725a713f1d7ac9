// SPDX-License-Identifier: Apache-2.0
#include "oauth/provider.h"

#include <fmt/format.h>

#include <initializer_list>
#include <utility>

#include "base/sha256.h"

namespace godwit::oauth {
namespace {

constexpr std::string_view assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";  // RFC 7523 section 2.2
constexpr std::chrono::minutes assertion_lifetime{10};

class Form {
 public:
  Form& add(std::string_view name, std::string_view value) {
    if (value.empty()) return *this;
    Secret encoded(http::percent_encoded(value));
    std::string longer;
    longer.reserve(text_.reveal().size() + name.size() + encoded.reveal().size() + 2);
    longer.append(text_.reveal()).append(text_.empty() ? "" : "&").append(name).append("=").append(encoded.reveal());
    text_ = Secret(std::move(longer));
    return *this;
  }
  [[nodiscard]] http::Request post_to(const std::string& url) && {
    http::Request request;
    request.method = "POST";
    request.url = url;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
    request.body = std::move(text_);
    request.whole_limit = std::chrono::seconds(60);
    return request;
  }
  [[nodiscard]] std::string_view text() const { return text_.reveal(); }

 private:
  Secret text_;
};

// RFC 6749 section 2.3.1, in the body: Microsoft and Google take it there.
Result<> add_application(Form& form, const Addresses& at, const Application& who, Now now) {
  form.add("client_id", who.id).add("client_secret", who.secret.reveal());
  if (!who.certificate) return {};
  const Claims claims{.issuer = who.id, .subject = who.id, .audience = at.token, .id = random_text(), .issued_at = now,
                      .lifetime = assertion_lifetime};
  GODWIT_TRY(const Secret assertion, make_jwt(claims, who.certificate->key, {.thumbprint = who.certificate->thumbprint}));
  form.add("client_assertion_type", assertion_type).add("client_assertion", assertion.reveal());
  return {};
}

Result<http::Request> token_request(Form form, const Addresses& at, const Application& who, Now now) {
  GODWIT_CHECK(add_application(form, at, who, now));
  return std::move(form).post_to(at.token);
}

}  // namespace

Addresses microsoft(std::string_view tenant) {
  const std::string base = fmt::format("https://login.microsoftonline.com/{}/oauth2/v2.0/", tenant);
  return {.token = base + "token", .device = base + "devicecode", .authorize = base + "authorize",
          .scope = "https://outlook.office365.com/.default",
          .person_scope = "https://outlook.office.com/IMAP.AccessAsUser.All offline_access", .redirect_host = "localhost"};
}

Addresses google() {
  return {.token = "https://oauth2.googleapis.com/token", .authorize = "https://accounts.google.com/o/oauth2/v2/auth",
          .scope = "https://mail.google.com/", .person_scope = "https://mail.google.com/"};
}

std::string Pkce::challenge() const { return to_base64url(sha256(verifier.reveal()).view()); }

Result<http::Request> client_credentials_request(const Addresses& at, const Application& who, Now now) {
  Form form;
  form.add("grant_type", "client_credentials").add("scope", at.scope);
  return token_request(std::move(form), at, who, now);
}

Result<http::Request> refresh_request(const Addresses& at, const Application& who, const Secret& refresh_token, Now now) {
  Form form;
  form.add("grant_type", "refresh_token").add("refresh_token", refresh_token.reveal()).add("scope", at.person_scope);
  return token_request(std::move(form), at, who, now);
}

Result<http::Request> code_request(const Addresses& at, const Application& who, const Secret& code, const std::string& redirect,
                                   const Pkce& pkce, Now now) {
  Form form;
  form.add("grant_type", "authorization_code").add("code", code.reveal()).add("redirect_uri", redirect);
  form.add("code_verifier", pkce.verifier.reveal());
  return token_request(std::move(form), at, who, now);
}

http::Request device_request(const Addresses& at, const Application& who) {
  Form form;
  form.add("client_id", who.id).add("scope", at.person_scope);
  return std::move(form).post_to(at.device);
}

Result<http::Request> device_poll_request(const Addresses& at, const Application& who, const Secret& device_code, Now now) {
  Form form;
  form.add("grant_type", "urn:ietf:params:oauth:grant-type:device_code").add("device_code", device_code.reveal());
  return token_request(std::move(form), at, who, now);
}

Result<http::Request> delegation_request(const Addresses& at, const ServiceAccount& who, const SigningKey& key, const std::string& user,
                                         Now now) {
  const Claims claims{.issuer = who.email, .subject = user, .audience = at.token, .scope = at.scope, .issued_at = now};
  GODWIT_TRY(const Secret assertion, make_jwt(claims, key, {.id = who.key_id}));
  Form form;
  form.add("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer").add("assertion", assertion.reveal());
  return std::move(form).post_to(at.token);
}

std::string authorize_url(const Addresses& at, const std::string& client_id, const std::string& redirect, const std::string& state,
                          const Pkce& pkce, const std::string& user) {
  Form form;
  form.add("response_type", "code").add("client_id", client_id).add("redirect_uri", redirect).add("scope", at.person_scope);
  form.add("state", state).add("code_challenge", pkce.challenge()).add("code_challenge_method", "S256").add("login_hint", user);
  // Google gives a refresh token only when it is told so, and after the first consent only when it asks again.
  if (at.authorize == google().authorize) form.add("access_type", "offline").add("prompt", "consent");
  return fmt::format("{}{}{}", at.authorize, at.authorize.contains('?') ? "&" : "?", form.text());
}

}  // namespace godwit::oauth
