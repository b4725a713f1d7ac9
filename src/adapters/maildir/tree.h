// SPDX-License-Identifier: Apache-2.0
// The folders of a Maildir: Maildir++ and LAYOUT=fs side by side, whichever is there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "endpoint/types.h"
#include "files/directory.h"

namespace godwit::adapters {

// Which folders count: all; those with a dot in front; those without.
enum class MaildirLayout : std::uint8_t { automatic, plus_plus, fs };

[[nodiscard]] bool is_maildir(const files::Directory& folder);

// Each folder by the name of its place below the root, ".Archive.2023" or "Archive/2023"; the root itself is "INBOX". With subscriptions.
// A folder that cannot be opened is `unreadable`. Error: the root cannot be read.
[[nodiscard]] Result<std::vector<endpoint::Folder>> maildir_folders(const files::Directory& root,
                                                                    MaildirLayout layout = MaildirLayout::automatic);

// Error not_found.
[[nodiscard]] Result<files::Directory> open_maildir_folder(const files::Directory& root, const std::string& name);

}  // namespace godwit::adapters
