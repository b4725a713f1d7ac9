// SPDX-License-Identifier: Apache-2.0
// An account on a POP3 server, as a source: one folder, INBOX. Nothing on the server is removed or changed.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "adapters/line/line.h"
#include "adapters/line/login_guard.h"
#include "base/secret.h"
#include "base/token_supply.h"
#include "endpoint/server_url.h"
#include "endpoint/session.h"
#include "pop3/trace.h"

namespace godwit::adapters {

using endpoint::pop3_url_form;

struct Pop3Settings : LineSettings {
  endpoint::ServerUrl url;    // its user is whose maildrop it is
  std::string login_name;     // who logs in, where that is another name
  std::string authorization;  // for whom; only SASL can say it
  std::string mechanism;      // "USER", "APOP", "SCRAM-SHA-256" …: this way to log in and no other; empty: what fits best
  Secret password;
  TokenSupply token = {};     // where it is set, each login asks it for an access token, and the password is not used
  bool is_token = false;      // the password is an access token: OAUTHBEARER or XOAUTH2
  std::shared_ptr<LoginGuard> guard = nullptr;  // of all accounts that an administrator opens
  bool plain_ok = false;      // by order: no STLS on pop3://. Where the security is to be found out, the URL is of pop3s://
  bool mark_read = false;     // messages arrive as \Seen
  std::shared_ptr<pop3::Trace> trace = nullptr;
  std::function<void(const std::string&)> on_software = {};  // told what the server calls itself (IMPLEMENTATION), by any thread
  std::chrono::milliseconds work_limit{300'000};  // the longest wait for the server behind the login
  // How long a maildrop that another program has open, or a server that wants a pause between logins, is waited for.
  std::chrono::milliseconds turn_limit{60'000};
  std::chrono::milliseconds first_pause{1'000};  // of such waits, doubled for each further one
};

[[nodiscard]] std::unique_ptr<endpoint::Source> make_pop3_source(Pop3Settings settings);

}  // namespace godwit::adapters
