// SPDX-License-Identifier: Apache-2.0
#include "sasl/plain.h"

#include <string>
#include <utility>

#include "base/error_code.h"

namespace godwit::sasl {

Result<Secret> plain(std::string_view authorization, std::string_view authentication, const Secret& password) {
  constexpr char separator = '\0';
  if (authorization.contains(separator) || authentication.contains(separator)) {
    return fail(codes::credentials_form, "a user name must not contain NUL");
  }
  if (password.reveal().contains(separator)) return fail(codes::credentials_form, "a password must not contain NUL");
  if (authentication.empty()) return fail(codes::credentials_form, "the user name is empty");
  if (password.empty()) return fail(codes::credentials_form, "the password is empty");
  // Of its final size from the start: a string that grows would leave the password in the memory that it frees.
  std::string message;
  message.reserve(authorization.size() + authentication.size() + password.reveal().size() + 2);
  message.append(authorization).append(1, separator).append(authentication).append(1, separator);
  message.append(password.reveal());
  return Secret(std::move(message));
}

}  // namespace godwit::sasl
