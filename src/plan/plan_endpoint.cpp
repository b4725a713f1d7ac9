// SPDX-License-Identifier: Apache-2.0
// [source] and [target].
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/byte_size.h"
#include "base/text.h"
#include "plan/plan_parts.h"

namespace godwit::plan {
namespace {

constexpr std::uint64_t most_connections = 1000;

// One of the names that `name_of` gives the values.
template <class Value, std::size_t count>
std::optional<Value> read_choice(TableReader& reader, std::string_view key,
                                 const std::array<std::pair<std::string_view, Value>, count>& choices) {
  const auto text = reader.text(key);
  if (!text) return std::nullopt;
  const auto hit = std::ranges::find(choices, *text, [](const auto& choice) { return choice.first; });
  if (hit != choices.end()) return hit->second;
  std::vector<std::string> names;
  for (const auto& choice : choices) names.emplace_back(choice.first);
  reader.add_problem(key, fmt::format("\"{}\" is not known{}", printable(*text), suggestion(*text, names)));
  return std::nullopt;
}

void read_host(TableReader& reader, Endpoint& endpoint) {
  endpoint.host = reader.required_text("host", reader.name() == "source" ? "old.example.com" : "new.example.com");
  const bool is_url = endpoint.host.find("//") != std::string::npos;
  const bool has_port = std::ranges::count(endpoint.host, ':') == 1;
  if (is_url || has_port || endpoint.host.find_first_of(" []/@") != std::string::npos) {
    reader.add_problem("host", "write the host's name or address alone: host = \"mail.example.com\"; the port has a key of its own, and "
                               "an IPv6 address stands without brackets");
  }
}

void read_trust(TableReader& reader, Endpoint& endpoint) {
  constexpr std::array<std::pair<std::string_view, Trust::Mode>, 3> modes{
      {{"system", Trust::Mode::system}, {"always", Trust::Mode::always}, {"fingerprint", Trust::Mode::fingerprint}}};
  const auto mode = read_choice(reader, "trust", modes);
  const auto fingerprint = reader.text("fingerprint");
  endpoint.trust.mode = mode.value_or(fingerprint ? Trust::Mode::fingerprint : Trust::Mode::system);
  if (endpoint.security == Security::none && (mode || fingerprint)) {
    reader.add_problem(mode ? "trust" : "fingerprint",
                       "without TLS there is no certificate to trust; write security = \"tls\" or \"starttls\", or "
                       "remove it");
  }
  if (mode && (*mode == Trust::Mode::fingerprint) != fingerprint.has_value() && !reader.has("fingerprint")) {
    reader.add_problem("trust", "the fingerprint is missing; write fingerprint = \"…\", the certificate's SHA-256 in hexadecimal");
  }
  if (!fingerprint) return;
  if (mode && *mode != Trust::Mode::fingerprint) {
    reader.add_problem("fingerprint", fmt::format("with trust = \"{}\" nobody looks at it; remove one of them",
                                                  *mode == Trust::Mode::system ? "system" : "always"));
  }
  const auto bytes = from_hex(*fingerprint);
  if (bytes && bytes->size() == 32) endpoint.trust.fingerprint = *bytes;
  else reader.add_problem("fingerprint", "this is no SHA-256; write its 64 hexadecimal digits, colons between them as you like");
}

void read_password(TableReader& reader, Endpoint& endpoint, const Surroundings& surroundings) {
  for (const char* key : {"password", "admin_password"}) {
    reader.refuse(key, "a password never stands in the plan; write password_file, password_env, or password_prompt = true");
  }
  std::vector<PasswordFrom> found;
  if (const auto file = reader.text("password_file")) {
    const auto path = resolve(reader, {*file, reader.place_of("password_file")}, surroundings);
    found.push_back({PasswordFrom::Kind::file, path.string()});
  }
  if (const auto variable = reader.text("password_env")) {
    found.push_back({PasswordFrom::Kind::environment, *variable});
    const bool is_name = variable->find_first_of("=$ ") == std::string::npos;
    if (!is_name) reader.add_problem("password_env", "this is no variable's name; write it without $ and =: \"OLD_ADMIN_PASSWORD\"");
  }
  if (reader.flag("password_prompt")) found.push_back({});
  if (found.size() > 1) {
    reader.add_problem(found[0].kind == PasswordFrom::Kind::file ? "password_file" : "password_env",
                       "there are several places for one password; keep one of password_file, password_env, password_prompt");
  }
  if (!found.empty()) endpoint.password = std::move(found.front());
  else if (!endpoint.admin_user.empty()) endpoint.password = PasswordFrom{};
}

// What cannot log in.
void check_login(TableReader& reader, const Endpoint& endpoint) {
  const bool uses_admin = endpoint.login.uses_admin() || endpoint.authorization.uses_admin();
  if (uses_admin && endpoint.admin_user.empty()) {
    reader.add_problem(endpoint.login.uses_admin() ? "login" : "authorization",
                       "{admin} stands for admin_user, which is missing; write admin_user = \"…\"");
  }
  if (!uses_admin && !endpoint.admin_user.empty()) {
    reader.add_problem("admin_user", "nothing uses it; write {admin} in login, or leave login out");
  }
  if (!endpoint.login.uses_account() && !endpoint.authorization.uses_account()) {
    reader.add_problem("login", "every account would log in as the same one; write {user} in login, or in authorization");
  }
}

void read_login(TableReader& reader, Endpoint& endpoint, const Surroundings& surroundings) {
  endpoint.admin_user = reader.text_or("admin_user", "");
  read_password(reader, endpoint, surroundings);
  endpoint.token = read_token(reader, surroundings);
  if (endpoint.token) endpoint.password.reset();
  const auto login = reader.parsed("login", LoginTemplate::parse);
  const auto authorization = reader.parsed("authorization", LoginTemplate::parse);
  const bool is_complete = reader.has("login") == login.has_value() && reader.has("authorization") == authorization.has_value();
  const bool is_by_admin = !endpoint.admin_user.empty() && !login;
  endpoint.login = login ? *login : LoginTemplate::parse(is_by_admin ? "{admin}" : "{user}").value();
  if (authorization) endpoint.authorization = *authorization;
  else if (is_by_admin) endpoint.authorization = LoginTemplate::parse("{user}").value();
  if (authorization && !login && !is_by_admin) {
    reader.add_problem("authorization", "it says for whom another one logs in; write who that is: admin_user = \"…\"");
  }
  read_login_ways(reader, endpoint, surroundings);
  if (is_complete) check_login(reader, endpoint);
}

std::optional<std::uint64_t> read_size(TableReader& reader, std::string_view key) {
  const auto text = reader.text_of_any(key, "a size: \"20MB\" or \"20MiB\"");
  const auto size = text ? reader.checked(key, parse_byte_size(*text)) : std::nullopt;
  if (size != 0) return size;
  reader.add_problem(key, "nothing could be moved; leave it out for no limit");
  return std::nullopt;
}

std::optional<std::uint32_t> read_count(TableReader& reader, std::string_view key, std::uint64_t most) {
  const auto number = reader.number(key, 1, most);
  return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

Limits read_limits(const toml::table* table, const std::string& name, System system, const Surroundings& surroundings,
                   Reading& reading) {
  TableReader reader(table, name, reading);
  Limits limits{
      .connections = read_count(reader, "connections", most_connections),
      .connections_per_account = read_count(reader, "connections_per_account", most_connections),
      .bytes_per_second = read_size(reader, "bytes_per_second"),
      .bytes_per_day = read_size(reader, "bytes_per_day"),
      .bytes_per_day_per_account = read_size(reader, "bytes_per_day_per_account"),
      .messages_per_second = read_count(reader, "messages_per_second", std::numeric_limits<std::uint32_t>::max()),
      .windows = read_windows(reader, surroundings),
  };
  if (limits.connections && limits.connections_per_account && *limits.connections_per_account > *limits.connections) {
    reader.add_problem(
        "connections_per_account",
        fmt::format("one account cannot have more than the {} connections of all; write at most that", *limits.connections));
  }
  if (system == System::pop3 && limits.connections_per_account.value_or(1) > 1) {
    reader.add_problem("connections_per_account", "a maildrop of POP3 lets one session in at a time; write 1, or remove it");
  }
  return limits;
}

NameRules read_names(const toml::table* table, const std::string& name, Reading& reading) {
  TableReader reader(table, name, reading);
  const bool lower = reader.flag("lower");
  std::vector<std::string> stripped;
  for (const PlacedText& domain : reader.texts("strip_domain")) {
    if (domain.text.find('@') == std::string::npos) stripped.push_back(domain.text);
    else reader.add_problem(domain.place, fmt::format("strip_domain: write the domain without \"@\": \"{}\"",
                                                      printable(domain.text.substr(domain.text.rfind('@') + 1))));
  }
  NameRules rules(lower, std::move(stripped));
  TableReader aliases(reader.table("aliases"), name + ".aliases", reading);
  for (const auto& [alias, mailbox] : aliases.entries()) {
    const auto added = rules.add_alias(alias, mailbox.text);
    if (!added) reader.add_problem(mailbox.place, "aliases: " + added.error().what);
  }
  for (const PlacedText& one : reader.texts("distinct")) {
    const auto added = rules.add_distinct(one.text);
    if (!added) reader.add_problem(one.place, "distinct: " + added.error().what);
  }
  return rules;
}

// The second way in to the accounts of an IMAP source.
void read_pop3_uidl(TableReader& reader, Endpoint& endpoint, const std::string& side) {
  if (side == "source" && endpoint.system == System::imap) {
    endpoint.pop3_uidl =
        reader.parsed("pop3_uidl", [](const std::string& text) { return endpoint::parse_host_url(text, endpoint::pop3_url_form); });
  } else {
    reader.refuse("pop3_uidl", "only a source of type = \"imap\" has it; remove it");
  }
}

// What only IMAP can say.
void check_admin_command(TableReader& reader, const Endpoint& endpoint) {
  if (endpoint.admin_command.empty() || (endpoint.system == System::imap && !endpoint.pop3_uidl)) return;
  reader.add_problem("admin_command", fmt::format("POP3 has no {}; let the administrator log in by SASL (admin_user alone), or with login = "
                                                  "\"{{user}}*{{admin}}\"{}", endpoint.admin_command,
                                                  endpoint.pop3_uidl ? ", or remove pop3_uidl" : ""));
}

void read_server(TableReader& reader, Endpoint& endpoint, const Surroundings& surroundings) {
  constexpr std::array<std::pair<std::string_view, Security>, 4> securities{
      {{"tls", Security::tls}, {"starttls", Security::starttls}, {"none", Security::none}, {"detect", Security::detect}}};
  reader.refuse("path", fmt::format("only systems without a server have one; remove it, or write type = \"{}\"", name_of(System::maildir)));
  read_host(reader, endpoint);
  endpoint.security = read_choice(reader, "security", securities).value_or(Security::tls);
  endpoint.port =
      static_cast<std::uint16_t>(reader.number("port", 1, 65535).value_or(usual_port(endpoint.system, endpoint.security)));
  read_trust(reader, endpoint);
  read_line(reader, endpoint, surroundings);
  read_login(reader, endpoint, surroundings);
  check_admin_command(reader, endpoint);
}

// Files of this machine.
void read_path(TableReader& reader, Endpoint& endpoint, const Surroundings& surroundings) {
  for (const char* key : {"host", "port", "security", "trust", "fingerprint", "login", "authorization", "admin_user", "password_file",
                          "password_env", "password_prompt", "mechanism", "admin_command", "certificate", "certificate_key", "tls_min",
                          "ciphers", "ca_file", "proxy", "proxy_password_file", "proxy_password_env"}) {
    reader.refuse(key, fmt::format("type = \"{}\" has no server; remove it", name_of(endpoint.system)));
  }
  const std::string example = fmt::format("/backup/{{user}}/{}", name_of(endpoint.system));
  const Place place = reader.place_of("path");
  const std::string written = reader.required_text("path", example);
  if (written.empty()) return;
  auto path = LoginTemplate::parse(resolve(reader, {written, place}, surroundings).native());
  if (!path) return reader.add_problem("path", path.error().what);
  if (path->uses_admin()) return reader.add_problem("path", "{admin} stands for nobody here; write {user}, {local}, {domain} or {mailbox}");
  endpoint.path = *std::move(path);
  endpoint.login = LoginTemplate::parse("{user}").value();
  if (!endpoint.path.uses_account()) reader.add_problem("path", "every account would be the same one; write {user} in it: \"" + example + "\"");
}

Endpoint read_endpoint(const toml::table* table, const std::string& side, const Surroundings& surroundings, Reading& reading) {
  constexpr std::array systems{System::imap, System::pop3, System::maildir, System::mbox, System::mh, System::eml, System::pst};
  std::array<std::pair<std::string_view, System>, systems.size()> choices;
  std::ranges::transform(systems, choices.begin(), [](System system) { return std::pair(name_of(system), system); });
  TableReader reader(table, side, reading);
  Endpoint endpoint;
  endpoint.name = reader.text_or("name", "");
  endpoint.system = read_choice(reader, "type", choices).value_or(System::imap);
  if (side == "source" && endpoint.system == System::pop3) endpoint.mark_read = reader.flag("mark_read");
  else reader.refuse("mark_read", "only a source of type = \"pop3\" has it: the others tell which messages are read; remove it");
  read_pop3_uidl(reader, endpoint, side);
  has_server(endpoint.system) ? read_server(reader, endpoint, surroundings) : read_path(reader, endpoint, surroundings);
  endpoint.limits = read_limits(reader.table("limits"), side + ".limits", endpoint.system, surroundings, reading);
  if (side == "source") endpoint.labels = read_labels(reader.table("labels"), side + ".labels", reading);
  apply_provider_limits(endpoint, side);
  endpoint.names = read_names(reader.table("names"), side + ".names", reading);
  return endpoint;
}

}  // namespace

std::vector<Endpoint> read_endpoints(TableReader& root, const std::string& side, const Surroundings& surroundings, Reading& reading) {
  std::vector<Endpoint> endpoints;
  const auto tables = root.tables(side);
  if (!root.has(side)) root.add_problem(side, fmt::format("it is missing; write a table [{}] with its host", side));
  for (const toml::table* table : tables) {
    Endpoint endpoint = read_endpoint(table, side, surroundings, reading);
    const Place place = reading.place_of(table->source());
    if (endpoint.name.empty() && tables.size() > 1 && !table->contains("name")) {
      root.add_problem(place, fmt::format("there are several [[{0}]]: give each a name, by which the accounts' column {0} calls it", side));
    }
    if (endpoint.name.empty() && tables.size() == 1) endpoint.name = side;
    if (!endpoint.name.empty() && find_endpoint(endpoints, endpoint.name) != nullptr) {
      root.add_problem(place, fmt::format("another {} is called \"{}\" already; give it another name", side, printable(endpoint.name)));
    }
    endpoints.push_back(std::move(endpoint));
  }
  return endpoints;
}

}  // namespace godwit::plan
