// SPDX-License-Identifier: Apache-2.0
// An account's calendars and address books on a server of CalDAV and CardDAV, as source or as target.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/proxy_address.h"
#include "base/secret.h"
#include "base/token_supply.h"
#include "endpoint/collections.h"
#include "endpoint/server_url.h"
#include "net/connect.h"

namespace godwit::adapters {

inline constexpr endpoint::UrlForm dav_url_form{"dav", "davs", 80, 443};

struct DavUrl {
  endpoint::ServerUrl server;  // its user is whose account it is
  std::string context{};       // where discovery begins: "/remote.php/dav/"; empty: the server tells
};
// "davs://alice@example.com@dav.example.com/remote.php/dav". Error account_url.
[[nodiscard]] Result<DavUrl> parse_dav_url(std::string_view text);

struct DavSettings {
  DavUrl url;
  std::string login_name;  // who logs in, where that is another name: an administrator, who needs homes
  // Paths where the account's collections are, instead of discovery; {user} stands for its name, {local} and {domain} for its parts.
  std::string calendar_home, address_book_home;
  Secret password;
  TokenSupply token = {};  // instead of a password
  net::Trust trust;
  std::string authorities_file;  // PEM, instead of the system's
  std::optional<ProxyAddress> proxy;
  Secret proxy_password;
  bool plain_ok = false;         // by order: dav://, and all that is said can be read on the way
  std::size_t connections = 8;   // at once
  std::function<void(const std::string&)> on_software = {};  // told what the server calls itself, by any thread
};

[[nodiscard]] std::unique_ptr<endpoint::CollectionSource> make_dav_source(DavSettings settings);
[[nodiscard]] std::unique_ptr<endpoint::CollectionTarget> make_dav_target(DavSettings settings);

}  // namespace godwit::adapters
