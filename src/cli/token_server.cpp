// SPDX-License-Identifier: Apache-2.0
#include "cli/token_server.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "base/error_code.h"
#include "base/first_line.h"
#include "base/text.h"
#include "oauth/flows.h"

namespace godwit::cli {
namespace {

using plan::Grant;
using plan::Provider;

oauth::Addresses addresses_of(const plan::OAuth& oauth) {
  oauth::Addresses at;
  if (oauth.provider == Provider::microsoft) at = oauth::microsoft(oauth.tenant);
  if (oauth.provider == Provider::google) at = oauth::google();
  const auto replace = [](std::string& place, const std::string& wanted) {
    if (!wanted.empty()) place = wanted;
  };
  replace(at.token, oauth.token_url);
  replace(at.device, oauth.device_url);
  replace(at.authorize, oauth.authorize_url);
  replace(at.scope, oauth.scope);
  replace(at.person_scope, oauth.scope);
  return at;
}

std::unexpected<Error> unusable(const std::filesystem::path& file, std::string_view why) {
  return fail(ErrorKind::usage, fmt::format("{} cannot be used: {}", printable(file.native()), why));
}

Result<Secret> read_whole(const std::filesystem::path& file) {
  constexpr std::uintmax_t largest = 64 * 1024;
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(file, failed);
  if (failed) return unusable(file, failed.message());
  if (size > largest) return unusable(file, "it has more than 64 KiB");
  std::string text(size, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(text.data(), static_cast<std::streamsize>(size));
  if (!stream) return unusable(file, "it cannot be read");
  return Secret(std::move(text));
}

// From the file, or, where that is gone, from the vault.
Task<Result<Secret>> find_secret(const plan::Endpoint& endpoint, ledger::Side side, vault::Vault* vault) {
  const plan::OAuth& oauth = endpoint.token->oauth;
  std::error_code ignored;
  if (secret_file_of(oauth).empty()) co_return Secret();
  if (vault != nullptr && !std::filesystem::exists(secret_file_of(oauth), ignored)) {
    GODWIT_CO_TRY(auto kept, co_await vault->find(login_of_application(endpoint, side)));
    if (kept) co_return std::move(*kept);
  }
  co_return read_application_secret(oauth);
}

Result<> add_key(TokenServer& server, const plan::OAuth& oauth, const Secret& secret) {
  auto key = oauth::SigningKey::from_pem(server.account ? server.account->key : secret);
  if (!key) return unusable(oauth.key_file, key.error().what);
  if (server.account) {
    server.key = std::move(*key);
    return {};
  }
  GODWIT_TRY(const Secret certificate, read_whole(oauth.certificate_file));
  const auto belongs = key->check_belongs_to(certificate.reveal());
  if (!belongs) return unusable(oauth.certificate_file, belongs.error().what);
  GODWIT_TRY(auto thumbprint, oauth::thumbprint_of(certificate.reveal()));
  server.application.certificate = oauth::Application::Certificate{std::move(*key), std::move(thumbprint)};
  return {};
}

Result<> add_secret(TokenServer& server, const plan::OAuth& oauth, Secret secret) {
  server.application.id = oauth.client_id;
  if (oauth.grant == Grant::jwt_bearer) {
    GODWIT_TRY(server.account, oauth::parse_service_account(secret, oauth.key_file));
    if (oauth.provider == Provider::google && oauth.token_url.empty() && !server.account->token_url.empty() &&
        server.account->token_url != server.at.token) {
      return unusable(oauth.key_file, "its token_uri is another one than Google's; write token_url in the plan if that is right");
    }
  }
  if (!oauth.key_file.empty()) return add_key(server, oauth, secret);
  server.application.secret = std::move(secret);
  return {};
}

oauth::Now now() { return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now()); }

Task<Result<oauth::Token>> ask_for_all(http::Client& client, oauth::Addresses at, oauth::Application application) {
  GODWIT_CO_TRY(http::Request request, oauth::client_credentials_request(at, application, now()));
  co_return co_await oauth::ask(client, std::move(request));
}

}  // namespace

ledger::Login login_of_application(const plan::Endpoint& endpoint, ledger::Side side) {
  const plan::OAuth& oauth = endpoint.token->oauth;
  const std::string who = oauth.client_id.empty() ? oauth.key_file.filename().string() : oauth.client_id;
  return {fmt::format("application {} at {}", who, http::origin_of(addresses_of(oauth).token)), side};
}

ledger::Login login_of_person(const plan::Endpoint& endpoint, ledger::Side side, const std::string& user) {
  return {fmt::format("permission of {} on {}:{}", endpoint.names.canonical(user), endpoint.host, endpoint.port), side};
}

const std::filesystem::path& secret_file_of(const plan::OAuth& oauth) {
  return oauth.key_file.empty() ? oauth.client_secret_file : oauth.key_file;
}

Result<Secret> read_application_secret(const plan::OAuth& oauth) {
  if (!oauth.key_file.empty()) return read_whole(oauth.key_file);
  auto secret = read_first_line(oauth.client_secret_file);
  if (!secret) return unusable(oauth.client_secret_file, secret.error().what);
  if (secret->empty()) return unusable(oauth.client_secret_file, "its first line is to be the client secret, and is empty");
  return secret;
}

Task<Result<std::shared_ptr<TokenServer>>> open_token_server(const plan::Endpoint& endpoint, ledger::Side side, vault::Vault* vault) {
  const plan::OAuth& oauth = endpoint.token->oauth;
  auto server = std::make_shared<TokenServer>();
  server->at = addresses_of(oauth);
  GODWIT_CO_TRY(Secret secret, co_await find_secret(endpoint, side, vault));
  GODWIT_CO_CHECK(add_secret(*server, oauth, std::move(secret)));
  http::Settings settings;
  settings.authorities_file = oauth.authorities_file.string();
  server->client = std::make_shared<http::Client>(std::move(settings));
  if (oauth.grant == Grant::client_credentials) {
    server->shared = std::make_shared<oauth::TokenCache>(
        [client = server->client, at = server->at, application = server->application] { return ask_for_all(*client, at, application); });
  }
  co_return server;
}

}  // namespace godwit::cli
