// SPDX-License-Identifier: Apache-2.0
// How folders of a Maildir are called on disk: ".Archive.2023" (Maildir++), or "Archive/2023" (Dovecot's LAYOUT=fs).
#pragma once

#include <string>
#include <string_view>

#include "endpoint/types.h"

namespace godwit::adapters {

// What the root is called that holds the INBOX.
inline constexpr std::string_view inbox_name = "INBOX";

// One part of a name: modified UTF-7 where it is that, else the bytes themselves, as UTF-8 or, where they are none, as Latin-1.
[[nodiscard]] std::string decode_folder_name(std::string_view part);
[[nodiscard]] std::string encode_folder_name(std::string_view part);  // in modified UTF-7

// Of a folder called ".Archive.2023".
[[nodiscard]] endpoint::FolderPath path_of_maildir_folder(std::string_view name);

// What a folder at this path is called with Maildir++. A part cannot hold "." or "/" nor control characters: they become "_". A name
// that is too long for a file system is cut, with a digest of it behind the rest.
[[nodiscard]] std::string maildir_folder_name(const endpoint::FolderPath& path);

}  // namespace godwit::adapters
