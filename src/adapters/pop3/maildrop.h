// SPDX-License-Identifier: Apache-2.0
// Names for the messages of a maildrop: the same in every session.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "pop3/client.h"

namespace godwit::adapters {

struct DropMessage {
  std::uint32_t number = 0;  // in this session
  std::uint64_t size = 0;    // as LIST tells it
  std::string key;           // the UIDL, or "header:" and a fingerprint; " #2" behind the second of equal ones
};

// In the server's order. Errors: of the session; response_malformed where the answers do not fit each other, or where a server that
// announces UIDL refuses it: with other names every message would be a new one.
[[nodiscard]] Task<Result<std::vector<DropMessage>>> list_maildrop(pop3::Client& client);
// The same with the UIDL alone as the key, as the server tells it: empty where it tells none.
[[nodiscard]] Task<Result<std::vector<DropMessage>>> list_unique_ids(pop3::Client& client);

// Hands over the headers of these messages by TOP, with the index of each in `numbers`; one that the server refuses is passed over, and
// all are by a server without TOP.
using TakeHeader = std::function<void(std::size_t index, std::string_view header)>;
[[nodiscard]] Task<Result<>> read_headers(pop3::Client& client, std::span<const std::uint32_t> numbers, TakeHeader take);

// What names a message whose server gives no UIDL: its header without the fields that servers change, and its size.
[[nodiscard]] std::string fingerprint_of(std::string_view header, std::uint64_t size);

}  // namespace godwit::adapters
