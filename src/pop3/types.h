// SPDX-License-Identifier: Apache-2.0
// What a POP3 server says, as values: RFC 1939, RFC 2449.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace godwit::pop3 {

// The first line of an answer.
struct Status {
  enum class Kind : std::uint8_t { ok, error, challenge };  // "+OK", "-ERR", "+ " (RFC 5034 §4)
  Kind kind = Kind::ok;
  std::string code;  // RFC 2449 §8, RFC 3206: "IN-USE", "SYS/TEMP", in upper case, of an error alone; empty: none
  std::string text;  // what follows, the code included
  friend bool operator==(const Status&, const Status&) = default;
};

struct Capability {
  std::string name;  // upper case
  std::vector<std::string> arguments;
  friend bool operator==(const Capability&, const Capability&) = default;
};

struct Capabilities {
  std::vector<Capability> all;
  bool are_told = false;  // the server knows CAPA

  [[nodiscard]] const Capability* find(std::string_view name) const {
    const auto found = std::ranges::find(all, name, &Capability::name);
    return found == all.end() ? nullptr : &*found;
  }
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  [[nodiscard]] bool has_mechanism(std::string_view mechanism) const {
    const Capability* const sasl = find("SASL");
    const auto is_it = [&](const std::string& one) { return equals_ignoring_case(one, mechanism); };
    return sasl != nullptr && std::ranges::any_of(sasl->arguments, is_it);
  }
};

// One line of LIST: the size in octets is an estimate on many servers.
struct ListedSize {
  std::uint32_t number = 0;
  std::uint64_t size = 0;
  friend bool operator==(const ListedSize&, const ListedSize&) = default;
};

// One line of UIDL.
struct UniqueId {
  std::uint32_t number = 0;
  std::string id;  // empty: the server gave none
  friend bool operator==(const UniqueId&, const UniqueId&) = default;
};

}  // namespace godwit::pop3
