// SPDX-License-Identifier: Apache-2.0
// Account URLs of the command line: imap://user@host:port (STARTTLS) and imaps://user@host:port (TLS from the first byte).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace godwit::adapters {

struct ImapUrl {
  bool implicit_tls = false;
  std::string user;  // percent-decoded
  std::string host;  // IPv6 without brackets
  std::uint16_t port = 0;

  // "imaps://alice@example.com@mail.example.com:993", always with the port: the account's name in the ledger.
  [[nodiscard]] std::string identity() const;
  [[nodiscard]] std::string host_identity() const;  // the same without the user
};

// The last @ separates user and host; %40 and other percent escapes are read in the user. A password in the URL, a path, or a
// missing user is an error of kind usage that says what is wrong.
[[nodiscard]] Result<ImapUrl> parse_imap_url(std::string_view text);

}  // namespace godwit::adapters
