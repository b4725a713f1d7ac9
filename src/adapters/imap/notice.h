// SPDX-License-Identifier: Apache-2.0
// Exchange answers FETCH of a message that it cannot convert with a notice about it, as if that were the message.
#pragma once

#include <string_view>

namespace godwit::adapters {

// By its sender and subject: "Retrieval using the IMAP4 protocol failed for the following message: 42".
[[nodiscard]] bool is_notice(std::string_view message);

}  // namespace godwit::adapters
