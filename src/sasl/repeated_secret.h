// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

namespace godwit::sasl {

// A server that repeats what it refuses would take the password into reports and logs: as it is, or in base64, where at most the two
// characters at each end depend on what stands beside it.
[[nodiscard]] inline Error without_secret(Error error, const Secret& secret) {
  const auto repeats = [&](const Secret& form) { return !form.empty() && error.server_text.contains(form.reveal()); };
  bool is_repeated = repeats(secret);
  for (std::size_t shift = 0; shift < 3 && secret.reveal().size() > 4; ++shift) {
    Secret padded(std::string(shift, '\0') + std::string(secret.reveal()));
    const Secret encoded(to_base64(padded.reveal()));
    const std::size_t begin = shift == 0 ? 0 : shift + 1;
    const std::size_t whole = padded.reveal().size() / 3 * 4;
    is_repeated = is_repeated || repeats(Secret(encoded.reveal().substr(begin, whole - begin)));
  }
  if (is_repeated) error.server_text = "(the server repeats the password; its words are left out)";
  return error;
}

}  // namespace godwit::sasl
