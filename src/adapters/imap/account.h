// SPDX-License-Identifier: Apache-2.0
// An account on an IMAP server, as source or as target.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "adapters/imap/url.h"
#include "adapters/line/line.h"
#include "adapters/line/login_guard.h"
#include "base/secret.h"
#include "base/token_supply.h"
#include "endpoint/label_rules.h"
#include "endpoint/session.h"
#include "imap/trace.h"

namespace godwit::adapters {

struct ImapSettings : LineSettings {
  ImapUrl url;              // its user is whose mailbox it is
  std::string login_name;   // who logs in, where that is another name
  std::string authorization;  // for whom; LOGIN is not tried then
  std::string mechanism;      // "SCRAM-SHA-256", "XOAUTH2" …: this way to log in and no other; empty: what fits best
  std::string admin_command;  // "PROXYAUTH", "X-MASTERAUTH": by it `authorization` is said; empty: by SASL
  std::shared_ptr<LoginGuard> guard = nullptr;  // of all accounts that an administrator opens
  Secret password;
  TokenSupply token = {};     // where it is set, each login asks it for an access token, and the password is not used
  bool is_token = false;      // the password is an access token: OAUTHBEARER or XOAUTH2
  bool plain_ok = false;      // by order: no STARTTLS on imap://. Where the security is to be found out, the URL is of imaps://
  std::shared_ptr<imap::Trace> trace = nullptr;  // of all that is said on the account's connections
  std::function<void(const std::string&)> on_software = {};  // told what the server calls itself (RFC 2971), by any thread
  endpoint::LabelRules labels = {};  // of a source that has labels
  // The longest wait for the server in each phase.
  std::chrono::milliseconds silence_limit{300'000};  // then a NOOP keeps the connection alive
  std::chrono::milliseconds work_limit{300'000};  // a slow server may think for minutes about a large folder

  [[nodiscard]] GuardedLogin guarded() const;
};

[[nodiscard]] std::unique_ptr<endpoint::Source> make_imap_source(ImapSettings settings);
[[nodiscard]] std::unique_ptr<endpoint::Target> make_imap_target(ImapSettings settings);

}  // namespace godwit::adapters
