// SPDX-License-Identifier: Apache-2.0
// The exchange of Kerio's X-MASTERAUTH. No RFC has it; it is known from migration scripts that use it.
#pragma once

#include <string_view>

#include "base/error.h"
#include "base/secret.h"

namespace godwit::sasl {

// MD5 of the challenge with the master password behind it, in hexadecimal digits. Error of kind auth: this machine's OpenSSL does no MD5.
[[nodiscard]] Result<Secret> master_password_answer(std::string_view challenge, const Secret& password);

}  // namespace godwit::sasl
