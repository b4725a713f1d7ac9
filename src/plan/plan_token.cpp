// SPDX-License-Identifier: Apache-2.0
// [source] and [target]: where access tokens come from.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "plan/plan_parts.h"

namespace godwit::plan {
namespace {

constexpr std::array<std::pair<std::string_view, Provider>, 3> providers{
    {{"microsoft", Provider::microsoft}, {"google", Provider::google}, {"custom", Provider::custom}}};
constexpr std::array<std::pair<std::string_view, Grant>, 3> grants{{{"client_credentials", Grant::client_credentials},
                                                                     {"refresh_token", Grant::refresh_token},
                                                                     {"jwt_bearer", Grant::jwt_bearer}}};

template <class Value, std::size_t count>
std::optional<Value> choose(TableReader& reader, std::string_view key,
                            const std::array<std::pair<std::string_view, Value>, count>& choices) {
  return reader.parsed(key, [&](const std::string& text) -> Result<Value> {
    const auto hit = std::ranges::find(choices, text, [](const auto& choice) { return choice.first; });
    if (hit != choices.end()) return hit->second;
    std::vector<std::string> names;
    for (const auto& choice : choices) names.emplace_back(choice.first);
    return fail(ErrorKind::usage, fmt::format("\"{}\" is not known{}", printable(text), suggestion(text, names)));
  });
}

std::filesystem::path read_file_name(TableReader& reader, std::string_view key, const Surroundings& surroundings) {
  const auto text = reader.text(key);
  return text ? resolve(reader, {*text, reader.place_of(key)}, surroundings) : std::filesystem::path();
}

// Secrets go there: only encrypted, except to this machine.
std::string read_url(TableReader& reader, std::string_view key) {
  const std::string url = reader.text_or(key, "");
  constexpr std::array here{"http://localhost:", "http://127.0.0.1:", "http://[::1]:", "https://"};
  const bool is_safe = std::ranges::any_of(here,
                                           [&](std::string_view start) { return url.starts_with(start) && url.size() > start.size(); });
  if (!url.empty() && (!is_safe || url.contains(' ') || url.contains('#') || url.substr(0, url.find('?')).contains('@'))) {
    reader.add_problem(key, "write the address as its provider tells it: \"https://login.example.com/oauth2/token\"; without TLS only on "
                            "this machine");
  }
  return url;
}

std::string first_of(const TableReader& reader, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (reader.has(key)) return key;
  }
  return {};
}

Grant usual_grant(const OAuth& oauth) {
  if (!oauth.certificate_file.empty()) return Grant::client_credentials;
  if (!oauth.key_file.empty()) return Grant::jwt_bearer;
  const bool is_of_tenant = oauth.provider == Provider::microsoft && !oauth.client_secret_file.empty();
  return is_of_tenant ? Grant::client_credentials : Grant::refresh_token;
}

void need(TableReader& reader, std::string_view key, bool is_there, std::string_view why) {
  if (!is_there && !reader.has(key)) reader.add_problem("oauth", fmt::format("{} is missing: {}", key, why));
}

void check_addresses(TableReader& reader, const OAuth& oauth) {
  const bool is_microsoft = oauth.provider == Provider::microsoft;
  if (is_microsoft)
    need(reader, "tenant", !oauth.tenant.empty() || !oauth.token_url.empty(), "the tenant's id or domain, as Entra shows it");
  if (!is_microsoft && reader.has("tenant")) reader.add_problem("tenant", "only Microsoft has tenants; remove it");
  const bool is_name = oauth.tenant.find_first_of("/?#: ") == std::string::npos;
  if (!is_name) reader.add_problem("tenant", "write the tenant's id, or one of its domains: \"example.com\"");
  if (oauth.provider != Provider::custom) return;
  need(reader, "token_url", !oauth.token_url.empty(), "the address of the token server, which this provider has told");
  need(reader, "grant", false, "\"client_credentials\", \"refresh_token\" or \"jwt_bearer\"");
  if (oauth.grant == Grant::refresh_token && oauth.device_url.empty() && oauth.authorize_url.empty()) {
    need(reader, "authorize_url", false, "where people log in by a browser; or device_url, where they type a code");
  }
}

void check_grant(TableReader& reader, const OAuth& oauth) {
  const bool has_key = !oauth.key_file.empty(), has_certificate = !oauth.certificate_file.empty();
  const bool has_secret = !oauth.client_secret_file.empty();
  if (oauth.grant != Grant::jwt_bearer) {
    need(reader, "client_id", !oauth.client_id.empty(), "the application's id, as its registration shows it");
    if (has_key != has_certificate) {
      reader.add_problem(has_key ? "key_file" : "certificate_file",
                         "a certificate and its key belong together: certificate_file and key_file");
    }
    if (has_secret && has_certificate) reader.add_problem("client_secret_file", "keep one of client_secret_file and certificate_file");
  } else {
    need(reader, "key_file", has_key, "the JSON file of the service account's key");
    const std::string extra = first_of(reader, {"client_id", "client_secret_file", "certificate_file"});
    if (!extra.empty()) reader.add_problem(extra, "the key file says who asks; remove it");
  }
}

OAuth read_oauth(TableReader& reader, Provider provider, const Surroundings& surroundings) {
  OAuth oauth;
  oauth.provider = provider;
  oauth.tenant = reader.text_or("tenant", "");
  oauth.client_id = reader.text_or("client_id", "");
  oauth.scope = reader.text_or("scope", "");
  oauth.token_url = read_url(reader, "token_url");
  oauth.device_url = read_url(reader, "device_url");
  oauth.authorize_url = read_url(reader, "authorize_url");
  oauth.client_secret_file = read_file_name(reader, "client_secret_file", surroundings);
  oauth.certificate_file = read_file_name(reader, "certificate_file", surroundings);
  oauth.key_file = read_file_name(reader, "key_file", surroundings);
  oauth.authorities_file = read_file_name(reader, "token_ca_file", surroundings);
  oauth.grant = choose(reader, "grant", grants).value_or(usual_grant(oauth));
  reader.refuse("client_secret", "a secret never stands in the plan; write client_secret_file");
  check_addresses(reader, oauth);
  check_grant(reader, oauth);
  return oauth;
}

std::vector<LoginTemplate> read_command(TableReader& reader) {
  std::vector<LoginTemplate> words;
  for (const PlacedText& word : reader.texts("token_command")) {
    auto text = LoginTemplate::parse(word.text);
    if (text) words.push_back(std::move(*text));
    else reader.add_problem(word.place, "token_command: " + text.error().what);
  }
  if (!words.empty() && !words.front().text().starts_with('/')) {
    reader.add_problem("token_command",
                       "its first part is the program with its whole path: [\"/usr/local/bin/token\", \"{user}\"]; there is no "
                       "shell");
  }
  return words;
}

}  // namespace

std::optional<TokenFrom> read_token(TableReader& reader, const Surroundings& surroundings) {
  const auto file = reader.parsed("token_file", LoginTemplate::parse);
  const auto command = read_command(reader);
  const auto provider = choose(reader, "oauth", providers);
  std::optional<TokenFrom> token;
  if (file) {
    const auto path = resolve(reader, {file->text(), reader.place_of("token_file")}, surroundings);
    token = TokenFrom{.kind = TokenFrom::Kind::file, .file = LoginTemplate::parse(path.string()).value_or(*file)};
  }
  if (!command.empty()) token = TokenFrom{.kind = TokenFrom::Kind::command, .command = command};
  if (provider) token = TokenFrom{.kind = TokenFrom::Kind::oauth, .oauth = read_oauth(reader, *provider, surroundings)};
  if ((file ? 1 : 0) + (command.empty() ? 0 : 1) + (provider ? 1 : 0) > 1) {
    reader.add_problem(provider ? "oauth" : "token_command", "tokens come from one place; keep one of token_file, token_command and oauth");
  }
  const std::string password = first_of(reader, {"password_file", "password_env", "password_prompt"});
  if (token && !password.empty()) reader.add_problem(password, "logins by token need no password; remove it, or where tokens come from");
  return token;
}

}  // namespace godwit::plan
