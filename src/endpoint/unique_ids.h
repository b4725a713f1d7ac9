// SPDX-License-Identifier: Apache-2.0
// The names by which programs that leave mail on the server know its messages (POP3's UIDL), of an account that is copied in another
// way. Of INBOX alone.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/task.h"

namespace godwit::endpoint {

struct UniqueId {
  std::string id;
  std::uint64_t size = 0;  // as told together with it: servers count line ends in their own ways
  friend bool operator==(const UniqueId&, const UniqueId&) = default;
};

// One connection, which ends with this.
class UniqueIdList {
 public:
  virtual ~UniqueIdList() = default;
  // In the server's order. Two equal ids are two messages.
  [[nodiscard]] virtual const std::vector<UniqueId>& messages() const = 0;
  // Hands over the headers of those at `places` in messages(), in that order; what the server does not give is passed over.
  using Take = std::function<void(std::size_t place, std::string_view header)>;
  [[nodiscard]] virtual Task<Result<>> read_headers(std::vector<std::size_t> places, Take take) = 0;
};

}  // namespace godwit::endpoint
