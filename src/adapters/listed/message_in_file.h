// SPDX-License-Identifier: Apache-2.0
// A StoredMessage that is a file.
#pragma once

#include <memory>
#include <string>

#include "adapters/listed/mail_store.h"
#include "files/message_file.h"

namespace godwit::adapters {

// `date`: as in endpoint::Message; empty: the time at which the file was written last.
[[nodiscard]] std::unique_ptr<StoredMessage> make_message_in_file(files::MessageFile file, std::string date);

}  // namespace godwit::adapters
