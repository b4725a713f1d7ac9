// SPDX-License-Identifier: Apache-2.0
// What a server tells of itself and of the account that is logged in, for people who plan a migration.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/server_certificate.h"

namespace godwit::endpoint {

struct QuotaUse {
  std::uint64_t used = 0, limit = 0;
  friend bool operator==(const QuotaUse&, const QuotaUse&) = default;
};

// One quota root that counts the INBOX; what has no limit is absent.
struct Quota {
  std::string root;                          // as the server calls it; may be empty
  std::optional<QuotaUse> storage, messages; // storage in bytes
  friend bool operator==(const Quota&, const Quota&) = default;
};

struct ServerFacts {
  std::string software, version;  // empty: not known
  bool software_is_guessed = false;  // from the greeting and the capabilities; else the server said it
  std::string greeting;
  std::vector<std::string> capabilities;  // as told after the login, sorted
  std::string tls_version;                // "TLSv1.3"; empty: the line is not encrypted
  std::optional<ServerCertificate> certificate;
  bool tells_quota = false;  // it has quotas to tell; where `quotas` is empty, this account has none, or the server refused to tell
  std::vector<Quota> quotas;
  std::vector<std::string> other_users, shared;  // where folders of others lie: what their names begin with
  std::optional<std::uint64_t> append_limit;     // the largest message that it takes, in bytes
  bool tells_special_use = false;                // which folder is for sent mail and so on

  [[nodiscard]] bool has(std::string_view capability) const {
    return std::ranges::find(capabilities, capability) != capabilities.end();
  }
  friend bool operator==(const ServerFacts&, const ServerFacts&) = default;
};

}  // namespace godwit::endpoint
