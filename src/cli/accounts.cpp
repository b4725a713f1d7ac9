// SPDX-License-Identifier: Apache-2.0
#include "cli/accounts.h"

#include <fmt/format.h>

#include <sstream>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "cli/password.h"
#include "oauth/token_command.h"
#include "plan/problems.h"
#include "sasl/registry.h"

namespace godwit::cli {
namespace {

// Puts the name as it is registered in place of what was written; the text of an error.
std::string read_mechanism(std::string& name) {
  const sasl::KnownMechanism* const known = sasl::find_mechanism(name);
  if (known != nullptr) {
    name = known->name;
    return {};
  }
  std::vector<std::string> names;
  for (const sasl::KnownMechanism& each : sasl::known_mechanisms()) names.emplace_back(each.name);
  return fmt::format("there is no way to log in called \"{}\"{}", printable(name), plan::suggestion(name, names));
}

// The password of an account that logs in with one; an empty one for others.
Result<Secret> read_secret(const AccountOptions& options, const char* variable, const std::string& whose) {
  const sasl::KnownMechanism* const known = sasl::find_mechanism(options.mechanism);
  if (known != nullptr && known->needs == sasl::Needs::certificate) return Secret();
  return read_password(options.password_file, variable, whose);
}

}  // namespace

void add_account_options(CLI::App& command, const std::string& side, AccountOptions& account) {
  command.add_option("--" + side + "-password-file", account.password_file,
                     "File whose first line is the password of the " + side + "'s account");
  CLI::Option* const token_file = command.add_option("--" + side + "-token-file", account.token_file,
                                                     "File whose first line is an access token (OAuth 2.0); read again at each login");
  CLI::Option* const token_command =
      command.add_option("--" + side + "-token-command", account.token_command,
                         "Command that prints an access token: program and arguments divided by blanks, no shell; {user} stands for the "
                         "user's name. Run at each login");
  token_file->excludes(token_command)->excludes(command.get_option("--" + side + "-password-file"));
  token_command->excludes(command.get_option("--" + side + "-password-file"));
  command.add_option("--" + side + "-trust-fingerprint", account.trust_fingerprint,
                     "Trust the " + side + "'s certificate with this SHA-256 fingerprint (hexadecimal) and no other");
  command.add_flag("--" + side + "-trust-always", account.trust_always, "Trust any certificate of the " + side);
  command.add_option("--" + side + "-mechanism", account.mechanism,
                     "Log in to the " + side + " by this SASL mechanism and no other: PLAIN, LOGIN, SCRAM-SHA-256, EXTERNAL …")
      ->transform(CLI::Validator(read_mechanism, "NAME"));
  CLI::Option* const certificate = command.add_option("--" + side + "-certificate", account.certificate,
                                                      "Show the " + side + " this client certificate (PEM; the chain may follow)");
  CLI::Option* const key = command.add_option("--" + side + "-key", account.key, "Its private key (PEM, without a passphrase, chmod 600)");
  certificate->needs(key);
  key->needs(certificate);
  command.add_option("--" + side + "-ca-file", account.ca_file,
                     "Check the " + side + "'s certificate against the authorities in this file (PEM) and no others");
  command.add_option("--" + side + "-proxy", account.proxy,
                     "Reach the " + side + " through this proxy: socks5://user@host:port or http://user@host:port");
  command.add_option("--" + side + "-proxy-password-file", account.proxy_password_file,
                     "File whose first line is the password of the proxy's user");
  command.add_option("--" + side + "-tls-min", account.tls_min,
                     "The oldest TLS that the " + side + " may speak: 1.0, 1.1, or 1.2 (the default)");
  command.add_option("--" + side + "-ciphers", account.ciphers, "legacy: take weak keys, signatures and renegotiation of the " + side);
}

TokenSupply token_supply_of(const AccountOptions& options, const std::string& user) {
  constexpr std::string_view placeholder = "{user}";
  if (!options.token_file.empty()) return oauth::supply_from_file(options.token_file);
  std::vector<std::string> words;
  std::istringstream text(options.token_command);
  for (std::string word; text >> word;) {
    for (auto at = word.find(placeholder); at != std::string::npos; at = word.find(placeholder, at + user.size())) {
      word.replace(at, placeholder.size(), user);
    }
    words.push_back(std::move(word));
  }
  return words.empty() ? TokenSupply() : oauth::supply_from_command(std::move(words));
}

namespace {

bool has_token(const AccountOptions& options) { return !options.token_file.empty() || !options.token_command.empty(); }

}  // namespace

Result<std::unique_ptr<endpoint::Source>> open_source(const AccountOptions& options, const Wiring& wiring, bool plain_ok) {
  GODWIT_TRY(auto unopened, wiring.source(options, Secret(), plain_ok));
  if (!wiring.has_server(options.url) || has_token(options)) return unopened;
  GODWIT_TRY(auto password, read_secret(options, "GODWIT_SOURCE_PASSWORD", "source " + unopened->identity()));
  return wiring.source(options, std::move(password), plain_ok);
}

Result<std::unique_ptr<endpoint::Target>> open_target(const AccountOptions& options, const Wiring& wiring, bool plain_ok) {
  GODWIT_TRY(auto unopened, wiring.target(options, Secret(), plain_ok));
  if (!wiring.has_server(options.url) || has_token(options)) return unopened;
  GODWIT_TRY(auto password, read_secret(options, "GODWIT_TARGET_PASSWORD", "target " + unopened->identity()));
  return wiring.target(options, std::move(password), plain_ok);
}

Result<std::unique_ptr<endpoint::CollectionSource>> open_collection_source(const AccountOptions& options, const Wiring& wiring,
                                                                           bool plain_ok) {
  GODWIT_TRY(auto unopened, wiring.collection_source(options, Secret(), plain_ok));
  if (!wiring.has_server(options.url) || has_token(options)) return unopened;
  GODWIT_TRY(auto password, read_secret(options, "GODWIT_SOURCE_PASSWORD", "source " + unopened->identity()));
  return wiring.collection_source(options, std::move(password), plain_ok);
}

Result<std::unique_ptr<endpoint::CollectionTarget>> open_collection_target(const AccountOptions& options, const Wiring& wiring,
                                                                           bool plain_ok) {
  GODWIT_TRY(auto unopened, wiring.collection_target(options, Secret(), plain_ok));
  if (!wiring.has_server(options.url) || has_token(options)) return unopened;
  GODWIT_TRY(auto password, read_secret(options, "GODWIT_TARGET_PASSWORD", "target " + unopened->identity()));
  return wiring.collection_target(options, std::move(password), plain_ok);
}

Result<ledger::AccountIdentity> identify(const AccountOptions& source, const AccountOptions& target, const Wiring& wiring,
                                         bool plain_ok) {
  if (wiring.has_collections(source.url) || wiring.has_collections(target.url)) {
    GODWIT_TRY(const auto from, wiring.collection_source(source, Secret(), plain_ok));
    GODWIT_TRY(const auto to, wiring.collection_target(target, Secret(), plain_ok));
    return ledger::AccountIdentity{from->identity(), to->identity()};
  }
  GODWIT_TRY(const auto from, wiring.source(source, Secret(), plain_ok));
  GODWIT_TRY(const auto to, wiring.target(target, Secret(), plain_ok));
  return ledger::AccountIdentity{from->identity(), to->identity()};
}

}  // namespace godwit::cli
