// SPDX-License-Identifier: Apache-2.0
// Untagged data responses that begin with a word: LIST, STATUS, SEARCH …; used by parser.cpp only.
#pragma once

#include <string>

#include "base/error.h"
#include "imap/cursor.h"
#include "imap/responses.h"

namespace godwit::imap {

// `word` in upper case; the cursor stands behind it. A word that is not known gives UnknownResponse.
[[nodiscard]] Result<Response> parse_data(const std::string& word, Cursor& cursor);

}  // namespace godwit::imap
