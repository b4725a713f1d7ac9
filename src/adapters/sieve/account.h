// SPDX-License-Identifier: Apache-2.0
// Filters: the Sieve scripts of an account on a ManageSieve server, as source or as target; and a folder of scripts as a source. One
// collection, "filters"; a script's version is a digest of its text. For the target, NewResource::uid is the name that the script had.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/secret.h"
#include "base/token_supply.h"
#include "endpoint/collections.h"
#include "endpoint/server_url.h"
#include "net/connect.h"
#include "net/line_trace.h"

namespace godwit::adapters {

inline constexpr endpoint::UrlForm sieve_url_form{"sieve", "sieves", 4190, 4190};

struct SieveSettings {
  endpoint::ServerUrl url;    // its user is whose scripts they are
  std::string login_name;     // who logs in, where that is another name
  std::string authorization;  // for whom; only mechanisms that can say it are tried then
  std::string mechanism;      // "PLAIN", "SCRAM-SHA-256" …: this way to log in and no other; empty: what fits best
  net::ClientCertificatePointer certificate = nullptr;  // shown to a server that asks for one
  Secret password;
  TokenSupply token = {};     // where it is set, each login asks it for an access token, and the password is not used
  net::Trust trust;
  bool plain_ok = false;  // by order: no STARTTLS on sieve://
  TlsRules tls;
  std::optional<net::Proxy> proxy;
  std::shared_ptr<net::Trace> trace = nullptr;
  // The longest wait for the server in each phase.
  std::chrono::milliseconds connect_limit{20'000};
  std::chrono::milliseconds login_limit{60'000};
  std::chrono::milliseconds work_limit{120'000};
};

[[nodiscard]] std::unique_ptr<endpoint::CollectionSource> make_sieve_source(SieveSettings settings);
[[nodiscard]] std::unique_ptr<endpoint::CollectionTarget> make_sieve_target(SieveSettings settings);

// Files NAME.sieve or NAME.script. Which is active, a link says that is read and never followed: .dovecot.sieve, beside the folder
// "sieve" (Pigeonhole) or in the folder itself, or defaultbc (Cyrus). `path`: the home, or the folder itself.
[[nodiscard]] std::unique_ptr<endpoint::CollectionSource> make_sieve_folder_source(std::filesystem::path path);

}  // namespace godwit::adapters
