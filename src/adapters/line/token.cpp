// SPDX-License-Identifier: Apache-2.0
#include "adapters/line/token.h"

#include <algorithm>
#include <array>

#include "base/error_code.h"

namespace godwit::adapters {

bool may_have_expired(const Error& error) {
  constexpr std::array others{codes::login_unsupported, codes::login_needs_encryption, codes::login_challenge, codes::login_server_unproven,
                              codes::login_not_connected};
  return error.kind == ErrorKind::auth && std::ranges::find(others, code_of(error), &ErrorCode::number) == others.end();
}

}  // namespace godwit::adapters
