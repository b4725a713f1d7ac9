// SPDX-License-Identifier: Apache-2.0
// Folders that groupware servers show over IMAP besides mail.
#pragma once

#include <string_view>

#include "endpoint/types.h"

namespace godwit::adapters {

// Servers that keep appointments, contacts and the like beside mail, and list them. Elsewhere a folder called "Notes" holds mail.
[[nodiscard]] bool shows_groupware(std::string_view software);
// By what these servers call such a folder in the languages of their users: at the top, or below INBOX.
[[nodiscard]] bool has_groupware_name(const endpoint::FolderPath& path);

}  // namespace godwit::adapters
