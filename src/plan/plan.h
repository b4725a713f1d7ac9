// SPDX-License-Identifier: Apache-2.0
// One migration as an administrator has written it: values only. docs/plan.md explains every key of the file.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/proxy_address.h"
#include "base/tls_rules.h"
#include "endpoint/label_rules.h"
#include "endpoint/server_url.h"
#include "plan/logins.h"
#include "plan/token_from.h"
#include "plan/windows.h"
#include "sync/rules.h"

namespace godwit::plan {

// What an endpoint is. Those behind sieve have no server: an account is a file or a folder of this machine. dav, sieve and ics hold no
// mail.
enum class System : std::uint8_t { imap, pop3, dav, sieve, maildir, mbox, mh, eml, pst, ics };
[[nodiscard]] std::string_view name_of(System system);
[[nodiscard]] constexpr bool has_server(System system) { return system <= System::sieve; }

// detect: TLS, else STARTTLS, else nothing, as long as the server was never seen with one of them.
enum class Security : std::uint8_t { tls, starttls, none, detect };
[[nodiscard]] std::string_view name_of(Security security);
// 993 or 143, 995 or 110 (RFC 8314); of detect where it begins.
[[nodiscard]] std::uint16_t usual_port(System system, Security security);

// Whether a line begins with TLS, as far as the plan tells: "imaps".
[[nodiscard]] constexpr bool begins_with_tls(Security security) { return security == Security::tls || security == Security::detect; }

struct Trust {
  enum class Mode : std::uint8_t { system, always, fingerprint } mode = Mode::system;
  std::string fingerprint{};  // SHA-256 of the certificate, 32 raw bytes; only with that mode
  friend bool operator==(const Trust&, const Trust&) = default;
};

// A password never stands in a plan, only where it is.
struct PasswordFrom {
  enum class Kind : std::uint8_t { prompt, file, environment } kind = Kind::prompt;
  std::string name{};  // the file (its first line is the password), or the variable
  friend bool operator==(const PasswordFrom&, const PasswordFrom&) = default;
};

// What one server may be asked, by all accounts together. What is absent is not limited.
struct Limits {
  std::optional<std::uint32_t> connections, connections_per_account;
  std::optional<std::uint64_t> bytes_per_second, bytes_per_day, bytes_per_day_per_account;
  std::optional<std::uint32_t> messages_per_second;
  WeeklyWindows windows{};
  friend bool operator==(const Limits&, const Limits&) = default;
};

struct Endpoint {
  // What is sent to log in for one account. With an authorization it is SASL PLAIN (RFC 4616).
  struct Login {
    std::string name;
    std::string authorization;  // authzid; empty: none
    friend bool operator==(const Login&, const Login&) = default;
  };

  std::string name;
  System system = System::imap;
  LoginTemplate path;  // of a system without a server: where an account lies; nothing of the server's values counts then
  std::string host;    // a name or a literal address, IPv6 without brackets
  std::uint16_t port = 0;
  Security security = Security::tls;
  Trust trust{};
  TlsRules tls{};
  std::optional<ProxyAddress> proxy{};           // through which the server is reached
  std::optional<PasswordFrom> proxy_password{};  // only with a user of the proxy
  LoginTemplate login, authorization;    // the second may be empty
  std::string admin_user;                // for {admin} in the templates
  std::string admin_command;             // "PROXYAUTH", "X-MASTERAUTH": how the administrator says for whom; empty: by SASL
  std::string mechanism;                 // as sasl::KnownMechanism has it; empty: what fits best
  std::filesystem::path certificate, certificate_key;  // the client's, PEM; empty: none
  std::optional<PasswordFrom> password;  // one for all accounts; nothing: each account's own
  std::optional<TokenFrom> token{};      // where there is one, accounts have no passwords
  bool mark_read = false;                // of a system that tells no flags (pop3): its messages arrive read
  NameRules names;
  Limits limits;
  endpoint::LabelRules labels{};  // of a source
  std::optional<endpoint::ServerUrl> pop3_uidl{};  // of a source: its POP3 server, whose UIDLs go on record; without a user

  [[nodiscard]] Result<Login> login_of(std::string_view user) const;
  // Of a system without a server: "/backup/alice/Maildir". Error of kind usage: the user would lead out of the place that is meant for it.
  [[nodiscard]] Result<std::string> path_of(std::string_view user) const;
  // What tells it from all others, for people and as a key: "imaps://old.example.com:993", "maildir:/backup/{user}/Maildir".
  [[nodiscard]] std::string address() const;
  [[nodiscard]] bool needs_password() const { return has_server(system) && mechanism != "EXTERNAL"; }
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// `automatic`: CSV where the file is called .csv or .tsv or its first line is a header, else user:password.
enum class AccountsFormat : std::uint8_t { automatic, csv, user_password, user_password_domain };
[[nodiscard]] std::string_view name_of(AccountsFormat format);

struct AccountSettings {
  std::vector<std::filesystem::path> files;
  AccountsFormat format = AccountsFormat::automatic;
  std::vector<std::string> ignored_columns;  // of a CSV file, as its header has them
  bool several_sources = false;              // several accounts may go into one on the target
  bool same_password = false;                // where there is none for the target, it is the source's
  std::string default_wave;                  // for accounts without one; may be empty
  AddressRules addresses;                    // target_user where the file has none
  friend bool operator==(const AccountSettings&, const AccountSettings&) = default;
};

// Accounts that move together; the accounts files say which.
struct Wave {
  std::string name;
  bool is_pilot = false;  // the others wait until somebody has signed it off
  WeeklyWindows windows{};
  std::string after{};  // the wave that must have ended before; empty: none
  friend bool operator==(const Wave&, const Wave&) = default;
};

// Which old mail is moved before the waves begin. Either `before` or `older_than`.
struct PreStage {
  std::optional<std::chrono::sys_seconds> before{};
  std::optional<std::chrono::days> older_than{};
  std::uint64_t size_at_least = 0;   // bytes that a mailbox must hold; 0: every mailbox
  std::vector<std::string> waves{};  // only of these; none: of all
  WeeklyWindows windows{};
  friend bool operator==(const PreStage&, const PreStage&) = default;
};

// What is copied besides messages.
struct ExtrasSettings {
  bool rights = false, quota = false;
  std::vector<std::string> annotations;  // patterns, see sync::matches_annotation()
  std::filesystem::path identities;      // the file of who is who; empty: none
  friend bool operator==(const ExtrasSettings&, const ExtrasSettings&) = default;
};

struct Plan {
  std::string name;
  std::filesystem::path ledger;
  std::filesystem::path vault_key{};     // the file with the key of the vault; empty: beside the ledger
  std::vector<Endpoint> sources, targets;  // at least one each
  AccountSettings accounts;
  std::vector<Wave> waves;
  std::optional<PreStage> pre_stage;
  sync::RuleTexts rules{};  // parse_rules() takes them
  ExtrasSettings extras;
  std::string repairs;      // mime::RepairRules::parse() takes it
  std::chrono::milliseconds quiet_time{5000};
  std::size_t lanes = 2;  // pairs of connections for one account
};

// Nothing where there is none of that name.
[[nodiscard]] const Endpoint* find_endpoint(const std::vector<Endpoint>& endpoints, std::string_view name);
[[nodiscard]] const Wave* find_wave(const Plan& plan, std::string_view name);

template <class Named>
[[nodiscard]] std::vector<std::string> names_of(const std::vector<Named>& all) {
  std::vector<std::string> names;
  for (const Named& one : all) names.push_back(one.name);
  return names;
}

}  // namespace godwit::plan
