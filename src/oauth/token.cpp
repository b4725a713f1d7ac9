// SPDX-License-Identifier: Apache-2.0
#include "oauth/token.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::oauth {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds longest_lifetime = std::chrono::days(365);

// Every text in it is wiped when it goes.
class Answer {
 public:
  explicit Answer(json object) : object_(std::move(object)) {}
  ~Answer() {
    for (auto& [key, value] : object_.items()) {
      if (auto* const text = value.get_ptr<json::string_t*>()) wipe(*text);
    }
  }
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  Answer(Answer&& other) noexcept : object_(std::exchange(other.object_, json::object())) {}
  Answer& operator=(Answer&&) = delete;

  [[nodiscard]] bool has(const char* key) const { return object_.contains(key); }
  // Printable ASCII (RFC 6749 appendix A); error where it is missing, empty or something else.
  [[nodiscard]] Result<std::string_view> text(const char* key) const {
    const auto found = object_.find(key);
    const auto* const text = found == object_.end() ? nullptr : found->get_ptr<const json::string_t*>();
    const bool is_good = text != nullptr && !text->empty() && std::ranges::all_of(*text, [](char c) { return c >= 0x20 && c < 0x7F; });
    if (is_good) return std::string_view(*text);
    return fail(codes::token_answer, fmt::format("the token server's answer has no usable {}", key));
  }
  // Some servers write the number in quotes.
  [[nodiscard]] Result<std::chrono::seconds> seconds(const char* key) const {
    const json& value = object_.at(key);
    std::optional<std::uint64_t> number;
    if (value.is_number_unsigned()) number = value.get<std::uint64_t>();
    if (value.is_string()) number = parse_number<std::uint64_t>(value.get_ref<const json::string_t&>());
    if (!number) return fail(codes::token_answer, fmt::format("{} of the token server's answer is no number of seconds", key));
    return std::chrono::seconds(std::min<std::uint64_t>(*number, longest_lifetime.count()));
  }
  [[nodiscard]] std::string words(const char* key) const {
    constexpr std::size_t most = 400;
    const auto found = object_.find(key);
    const auto* const text = found == object_.end() ? nullptr : found->get_ptr<const json::string_t*>();
    return text == nullptr ? std::string() : text->substr(0, most);
  }

 private:
  json object_;
};

Result<Answer> read_object(http::Response& response) {
  json object = json::parse(response.body, nullptr, false);
  const bool is_page = response.head.header("content-type").starts_with("text/html");
  wipe(response.body);
  if (object.is_object()) return Answer(std::move(object));
  return fail(codes::token_answer, fmt::format("the token server answers {} with {} instead of JSON; check token_url, and whether a proxy "
                                               "answers in its place",
                                               response.head.status, is_page ? "a page for people" : "something else"));
}

// What says more than its text: throttling, a server that is down.
std::optional<Error> error_of_status(const http::Response& response) {
  const int status = response.head.status;
  if (status != 429 && status < 500) return std::nullopt;
  auto error = http::error_of(response);
  error->what = fmt::format("the token server answers {}", status);
  error->server_text.clear();  // an answer may repeat what it was asked with
  return error;
}

struct Advice {
  std::string_view sign;  // in the description
  ErrorCode code;
  std::string_view what;
};
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
constexpr std::array advices{
    Advice{"AADSTS7000215", codes::token_client, "the client secret is wrong; put the secret's value, not its id, into client_secret_file"},
    Advice{"AADSTS7000222", codes::token_client, "the client secret has expired; make a new one in the app registration"},
    Advice{"AADSTS700016", codes::token_client, "this tenant does not know the application; check client_id and tenant"},
    Advice{"AADSTS90002", codes::token_client, "there is no such tenant; check tenant"},
    Advice{"AADSTS700027", codes::token_client, "the certificate is not that of the app registration; upload it there"},
    Advice{"AADSTS7000218", codes::token_client, "the application wants a secret, or must allow public client flows in its registration"},
    Advice{"AADSTS65001", codes::token_consent, "nobody has consented to what the application asks; grant admin consent, or log in again"},
    Advice{"AADSTS50076", codes::token_consent, "a second factor is wanted; run godwit login for this account again"},
    Advice{"AADSTS700082", codes::token_consent, "the permission was not used for too long; run godwit login for this account again"},
    Advice{"AADSTS50173", codes::token_consent, "the password has changed since; run godwit login for this account again"},
};

const char* meaning_of(std::string_view error) {
  if (error == "invalid_client") return "the token server does not accept the application's secret or certificate, or does not know it";
  if (error == "unauthorized_client") {
    return "the token server does not let this application ask in this way; for a Google service account, allow its client id and the "
           "scope "
           "https://mail.google.com/ in the Admin console (domain-wide delegation), and wait: that takes up to a day";
  }
  if (error == "invalid_scope") return "the token server does not give this scope to the application; check scope and the registration";
  if (error == "unsupported_grant_type") return "the token server does not know this grant; check grant and token_url";
  if (error == "invalid_grant") {
    return "the permission was withdrawn, has expired, or the account does not exist there; for a person run godwit login again, for a "
           "service account check the user's name";
  }
  if (error == "access_denied") return "the person, or an administrator's rule, has refused the permission";
  if (error == "expired_token") return "nobody has typed the code in time; run godwit login again";
  return "the token server refuses";
}

ErrorCode code_of_refusal(std::string_view error) {
  if (error == "invalid_grant" || error == "access_denied" || error == "interaction_required" || error == "consent_required") {
    return codes::token_consent;
  }
  if (error == "temporarily_unavailable" || error == "server_error") return codes::unavailable;
  return error == "expired_token" ? codes::token_login_ended : codes::token_client;
}

Result<Token> read_token(const Answer& answer) {
  Token token;
  GODWIT_TRY(const auto type, answer.text("token_type"));
  if (!equals_ignoring_case(type, "Bearer")) {
    return fail(codes::token_answer,
                "the token server gives a token of the type " + printable(type.substr(0, 40)) + "; mail servers take Bearer");
  }
  GODWIT_TRY(const auto access, answer.text("access_token"));
  token.access = Secret(access);
  if (answer.has("expires_in")) {
    GODWIT_TRY(token.lifetime, answer.seconds("expires_in"));
  }
  if (!answer.has("refresh_token")) return token;
  GODWIT_TRY(const auto refresh, answer.text("refresh_token"));
  token.refresh = Secret(refresh);
  return token;
}

Result<Refusal> read_refusal(const Answer& answer, const http::Head& head) {
  GODWIT_TRY(const auto error, answer.text("error"));
  return Refusal{std::string(error.substr(0, 100)), answer.words("error_description"), head.retry_after};
}

}  // namespace

Result<std::variant<Token, Refusal>> parse_token_answer(http::Response response) {
  if (auto error = error_of_status(response)) return std::unexpected(std::move(*error));
  const bool is_success = response.head.status == 200;
  GODWIT_TRY(const Answer answer, read_object(response));
  if (is_success && !answer.has("error")) {
    GODWIT_TRY(Token token, read_token(answer));
    return token;
  }
  GODWIT_TRY(Refusal refusal, read_refusal(answer, response.head));
  return refusal;
}

Result<DeviceCode> parse_device_answer(http::Response response) {
  if (auto error = error_of_status(response)) return std::unexpected(std::move(*error));
  const bool is_success = response.head.status == 200;
  GODWIT_TRY(const Answer answer, read_object(response));
  if (!is_success || answer.has("error")) {
    GODWIT_TRY(const Refusal refusal, read_refusal(answer, response.head));
    return std::unexpected(error_of(refusal));
  }
  DeviceCode code;
  GODWIT_TRY(const auto device_code, answer.text("device_code"));
  GODWIT_TRY(const auto user_code, answer.text("user_code"));
  // Google's older answers call it a URL.
  GODWIT_TRY(const auto address, answer.text(answer.has("verification_url") ? "verification_url" : "verification_uri"));
  if (!answer.has("expires_in")) return fail(codes::token_answer, "the token server's answer has no usable expires_in");
  GODWIT_TRY(code.lifetime, answer.seconds("expires_in"));
  if (answer.has("interval")) {
    GODWIT_TRY(code.interval, answer.seconds("interval"));
  }
  code.device_code = Secret(device_code);
  code.user_code = user_code;
  code.verification_uri = address;
  return code;
}

Error error_of(const Refusal& refusal) {
  const auto* const known = std::ranges::find_if(advices, [&](const Advice& advice) {
    const auto at = refusal.description.find(advice.sign);
    const std::size_t end = at + advice.sign.size();
    return at != std::string::npos &&
           (end == refusal.description.size() || refusal.description[end] < '0' || refusal.description[end] > '9');
  });
  const bool is_known = known != advices.end();
  std::string what = is_known ? std::string(known->what) : meaning_of(refusal.error);
  std::string said = refusal.error;
  if (!refusal.description.empty()) said += ": " + refusal.description;
  Error error = make_error(is_known ? known->code : code_of_refusal(refusal.error), std::move(what), std::move(said));
  error.retry_after = refusal.retry_after;
  return error;
}

Result<Token> token_of(http::Response response) {
  GODWIT_TRY(auto answer, parse_token_answer(std::move(response)));
  if (const auto* const refusal = std::get_if<Refusal>(&answer)) return std::unexpected(error_of(*refusal));
  return std::get<Token>(std::move(answer));
}

}  // namespace godwit::oauth
