// SPDX-License-Identifier: Apache-2.0
// An account on an IMAP server, as source or as target.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "adapters/imap/url.h"
#include "base/secret.h"
#include "base/token_supply.h"
#include "endpoint/label_rules.h"
#include "endpoint/session.h"
#include "endpoint/tls_memory.h"
#include "imap/trace.h"
#include "net/connect.h"

namespace godwit::adapters {

class LoginGuard;  // adapters/imap/login_guard.h

struct ImapSettings {
  ImapUrl url;              // its user is whose mailbox it is
  std::string login_name;   // who logs in, where that is another name
  std::string authorization;  // for whom; LOGIN is not tried then
  std::string mechanism;      // "SCRAM-SHA-256", "XOAUTH2" …: this way to log in and no other; empty: what fits best
  std::string admin_command;  // "PROXYAUTH", "X-MASTERAUTH": by it `authorization` is said; empty: by SASL
  net::ClientCertificatePointer certificate = nullptr;  // shown to a server that asks for one
  std::shared_ptr<LoginGuard> guard = nullptr;  // of all accounts that an administrator opens
  Secret password;
  TokenSupply token = {};     // where it is set, each login asks it for an access token, and the password is not used
  bool is_token = false;      // the password is an access token: OAUTHBEARER or XOAUTH2
  net::Trust trust;
  bool plain_ok = false;  // by order: no STARTTLS on imap://
  TlsRules tls;
  std::optional<net::Proxy> proxy;
  // By order of a plan: the security is found out (open_detected()), and never less than what this remembers. The URL is of imaps://.
  std::shared_ptr<endpoint::TlsMemory> tls_memory = nullptr;
  std::shared_ptr<imap::Trace> trace = nullptr;  // of all that is said on the account's connections
  std::function<void(const std::string&)> on_software = {};  // told what the server calls itself (RFC 2971), by any thread
  endpoint::LabelRules labels = {};  // of a source that has labels
  // The longest wait for the server in each phase.
  std::chrono::milliseconds connect_limit{20'000};
  std::chrono::milliseconds login_limit{60'000};
  std::chrono::milliseconds silence_limit{300'000};  // then a NOOP keeps the connection alive
  std::chrono::milliseconds work_limit{300'000};  // a slow server may think for minutes about a large folder
};

[[nodiscard]] std::unique_ptr<endpoint::Source> make_imap_source(ImapSettings settings);
[[nodiscard]] std::unique_ptr<endpoint::Target> make_imap_target(ImapSettings settings);

}  // namespace godwit::adapters
