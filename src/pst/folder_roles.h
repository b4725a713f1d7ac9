// SPDX-License-Identifier: Apache-2.0
// Outlook names its own folders in the language that it was set up in, and a file does not say which of them is the inbox.
#pragma once

#include <string_view>

#include "pst/answers.h"

namespace godwit::pst {

// By the name that Outlook gives a folder at the top; without regard to the case of ASCII letters.
[[nodiscard]] FolderRole role_of_name(std::string_view name);

}  // namespace godwit::pst
