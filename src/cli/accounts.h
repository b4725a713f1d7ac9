// SPDX-License-Identifier: Apache-2.0
// The two sides of an account as the command line gives them, and how they are opened.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/line_file.h"
#include "base/secret.h"
#include "base/server_certificate.h"
#include "base/task.h"
#include "base/token_supply.h"
#include "endpoint/collections.h"
#include "endpoint/session.h"
#include "endpoint/tls_memory.h"
#include "ledger/ledger.h"
#include "plan/plan.h"

namespace godwit::cli {

struct AccountOptions {
  std::string url;
  std::string password_file;
  std::string token_file, token_command;  // instead of a password
  std::string trust_fingerprint;  // hexadecimal, colons allowed
  bool trust_always = false;
  std::string mechanism;                 // as sasl::KnownMechanism has it; empty: what fits best
  std::string certificate, key;          // files: who the client is; empty: nobody asks
  std::string proxy, proxy_password_file;     // "socks5://user@host:port"
  std::string tls_min, ciphers, ca_file;      // as a plan has them
  std::string pop3_uidl;                      // of a source: its POP3 server, "pop3s://host:port", whose UIDLs go on record
  bool mark_read = false;                     // of a source that tells no flags
  std::shared_ptr<LineFile> trace = nullptr;  // where the protocol is recorded
  bool trace_bodies = false;                  // messages, too
};

// How one logs in to an account on a plan's server.
struct PlanLogin {
  std::string mailbox;        // whose it is, by its canonical name: the ledger's key
  std::string name;           // who logs in
  std::string authorization;  // with SASL PLAIN, for whom; empty: for nobody else
  std::string path = {};      // of a system without a server: where the account lies
  TokenSupply token = {};     // instead of a password
  std::shared_ptr<LineFile> trace = nullptr;  // where the protocol is recorded
  bool trace_bodies = false;                  // messages, too
  std::function<void(const std::string&)> on_software = {};  // told what the server calls itself, by any thread
  Secret proxy_password{};                                   // where the endpoint's proxy has a user
  std::shared_ptr<endpoint::TlsMemory> tls_memory = nullptr;  // where the endpoint's security is to be detected
};

// What a server shows before anybody logs in.
struct ServerProbe {
  std::string software;           // a guess; empty: not known
  ServerCertificate certificate;  // empty where the line is not encrypted
  std::optional<Error> distrust;  // why the certificate is not trusted
};

// What the commands need from outside: only the application knows concrete systems.
struct Wiring {
  std::function<Result<std::unique_ptr<endpoint::Source>>(const AccountOptions&, Secret, bool plain_ok)> source;
  std::function<Result<std::unique_ptr<endpoint::Target>>(const AccountOptions&, Secret, bool plain_ok)> target;
  std::function<bool(const std::string& url)> has_server;  // else nobody logs in
  // Accounts of calendars and address books.
  std::function<bool(const std::string& url)> has_collections;
  std::function<Result<std::unique_ptr<endpoint::CollectionSource>>(const AccountOptions&, Secret, bool plain_ok)> collection_source;
  std::function<Result<std::unique_ptr<endpoint::CollectionTarget>>(const AccountOptions&, Secret, bool plain_ok)> collection_target;
  std::function<bool(const std::string& url)> is_source_only;
  // The same for an account of a plan.
  std::function<Result<std::unique_ptr<endpoint::Source>>(const plan::Endpoint&, const PlanLogin&, Secret)> plan_source;
  std::function<Result<std::unique_ptr<endpoint::Target>>(const plan::Endpoint&, const PlanLogin&, Secret)> plan_target;
  // Whether a server answers, within a few seconds; the error says why not.
  std::function<Task<Result<ServerProbe>>(const plan::Endpoint&)> probe;
  std::function<Result<std::unique_ptr<ledger::Ledger>>(const std::filesystem::path&)> ledger;
};

// "--source-password-file" and so on; `side` is "source" or "target".
void add_account_options(CLI::App& command, const std::string& side, AccountOptions& account);

// Where the account has a token file or a token command; else it is empty. The command's words are divided by blanks; {user} in it stands
// for `user`.
[[nodiscard]] TokenSupply token_supply_of(const AccountOptions& options, const std::string& user);

// With the password asked for where it is needed.
[[nodiscard]] Result<std::unique_ptr<endpoint::Source>> open_source(const AccountOptions& options, const Wiring& wiring, bool plain_ok);
[[nodiscard]] Result<std::unique_ptr<endpoint::Target>> open_target(const AccountOptions& options, const Wiring& wiring, bool plain_ok);

[[nodiscard]] Result<std::unique_ptr<endpoint::CollectionSource>> open_collection_source(const AccountOptions& options,
                                                                                         const Wiring& wiring, bool plain_ok);
[[nodiscard]] Result<std::unique_ptr<endpoint::CollectionTarget>> open_collection_target(const AccountOptions& options,
                                                                                         const Wiring& wiring, bool plain_ok);

// The key of the account in the ledger. A URL that cannot be read is told here, before anybody is asked for a password.
[[nodiscard]] Result<ledger::AccountIdentity> identify(const AccountOptions& source, const AccountOptions& target,
                                                       const Wiring& wiring, bool plain_ok);

}  // namespace godwit::cli
