// SPDX-License-Identifier: Apache-2.0
// Who may do what with a mailbox (RFC 4314), and what is written on it (RFC 5464), as the server tells it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace godwit::imap {

struct AclEntry {
  std::string identifier;  // UTF-8; "-bob": what is taken from bob
  std::string rights;      // letters
  friend bool operator==(const AclEntry&, const AclEntry&) = default;
};
struct AclData {  // RFC 4314 §3.6
  std::string mailbox;  // UTF-8
  std::vector<AclEntry> entries;
};

struct ListRightsData {  // RFC 4314 §3.7
  std::string mailbox, identifier;
  std::string required;               // that the identifier always has
  std::vector<std::string> optional;  // each is given and taken as a whole
};

struct MyRightsData {  // RFC 4314 §3.8
  std::string mailbox, rights;
};

struct MetadataEntry {
  std::string name;                  // "/shared/comment"; case does not count
  std::optional<std::string> value;  // bytes; nothing: NIL, it is not there or is to go
  friend bool operator==(const MetadataEntry&, const MetadataEntry&) = default;
};
struct MetadataData {  // RFC 5464 §4.4
  std::string mailbox;  // UTF-8; empty: of the server
  std::vector<MetadataEntry> entries;
};

struct MetadataQuery {
  std::vector<std::string> names;
  bool with_all_below = false;            // DEPTH infinity
  std::optional<std::uint32_t> max_size;  // in bytes; longer values are left out
};
struct MetadataResult {
  std::vector<MetadataEntry> entries;
  std::optional<std::uint32_t> longest_left_out;  // bytes, as [METADATA LONGENTRIES] tells (RFC 5464 §4.2.1)
};

}  // namespace godwit::imap
