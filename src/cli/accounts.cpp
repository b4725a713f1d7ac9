// SPDX-License-Identifier: Apache-2.0
#include "cli/accounts.h"

#include "cli/password.h"

namespace godwit::cli {

void add_account_options(CLI::App& command, const std::string& side, AccountOptions& account) {
  command.add_option("--" + side + "-password-file", account.password_file,
                     "File whose first line is the password of the " + side + "'s account");
  command.add_option("--" + side + "-trust-fingerprint", account.trust_fingerprint,
                     "Trust the " + side + "'s certificate with this SHA-256 fingerprint (hexadecimal) and no other");
  command.add_flag("--" + side + "-trust-always", account.trust_always, "Trust any certificate of the " + side);
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

Result<std::unique_ptr<endpoint::Source>> open_source(const AccountOptions& options, const Wiring& wiring, bool plain_ok) {
  GODWIT_TRY(const auto unopened, wiring.source(options, Secret(), plain_ok));
  GODWIT_TRY(auto password, read_password(options.password_file, "GODWIT_SOURCE_PASSWORD", "source " + unopened->identity()));
  return wiring.source(options, std::move(password), plain_ok);
}

Result<std::unique_ptr<endpoint::Target>> open_target(const AccountOptions& options, const Wiring& wiring, bool plain_ok) {
  GODWIT_TRY(const auto unopened, wiring.target(options, Secret(), plain_ok));
  GODWIT_TRY(auto password, read_password(options.password_file, "GODWIT_TARGET_PASSWORD", "target " + unopened->identity()));
  return wiring.target(options, std::move(password), plain_ok);
}

Result<ledger::AccountIdentity> identify(const AccountOptions& source, const AccountOptions& target, const Wiring& wiring,
                                         bool plain_ok) {
  GODWIT_TRY(const auto from, wiring.source(source, Secret(), plain_ok));
  GODWIT_TRY(const auto to, wiring.target(target, Secret(), plain_ok));
  return ledger::AccountIdentity{from->identity(), to->identity()};
}

}  // namespace godwit::cli
