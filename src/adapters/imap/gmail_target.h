// SPDX-License-Identifier: Apache-2.0
// What Gmail, as a target, cannot hold or does in its own way. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/message_flags.h"
#include "endpoint/types.h"
#include "imap/types.h"

namespace godwit::adapters {

[[nodiscard]] inline bool is_gmail(const imap::Capabilities& capabilities) { return capabilities.has("X-GM-EXT-1"); }

// The nearest path that it takes: no blanks at the ends of a level, no two in a row, no "^"; "[Gmail]" at the top is its own; 225 bytes
// in all, the end of a longer one replaced by the beginning of its SHA-256.
[[nodiscard]] endpoint::FolderPath path_for_gmail(const endpoint::FolderPath& path);

// \Deleted takes a message away at once there, and is not sent.
[[nodiscard]] MessageFlags flags_for_gmail(MessageFlags flags);

// What finds a message like this one in the selected folder, by its Message-ID; nothing where it has none that can be searched for. Such a
// one is taken for the same message: an APPEND of it is answered by a UID under which nothing is ever found.
[[nodiscard]] std::optional<std::string> search_for_twin(std::string_view message);

}  // namespace godwit::adapters
