// SPDX-License-Identifier: Apache-2.0
// Account URLs of the command line: "imap://user@host:port". Which schemes there are, the adapters say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace godwit::endpoint {

// The schemes of a protocol and their usual ports.
struct UrlForm {
  std::string_view plain, encrypted;  // "imap", "imaps": TLS from the first byte
  std::uint16_t plain_port = 0, encrypted_port = 0;
};

struct ServerUrl {
  bool implicit_tls = false;
  std::string user;  // percent-decoded
  std::string host;  // IPv6 without brackets
  std::uint16_t port = 0;

  // "imaps://alice@example.com@mail.example.com:993", always with the port: the account's name in the ledger.
  [[nodiscard]] std::string identity(const UrlForm& form) const;
  [[nodiscard]] std::string host_identity(const UrlForm& form) const;  // the same without the user
  friend bool operator==(const ServerUrl&, const ServerUrl&) = default;
};

// The last @ separates user and host; %40 and other percent escapes are read in the user. A password in the URL, a path, or a
// missing user is an error of kind usage that says what is wrong.
[[nodiscard]] Result<ServerUrl> parse_server_url(std::string_view text, const UrlForm& form);
// "imaps://host:port": a server, without a user.
[[nodiscard]] Result<ServerUrl> parse_host_url(std::string_view text, const UrlForm& form);

inline constexpr UrlForm pop3_url_form{"pop3", "pop3s", 110, 995};

}  // namespace godwit::endpoint
