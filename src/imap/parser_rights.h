// SPDX-License-Identifier: Apache-2.0
// Responses about rights and annotations; used by parser_data.cpp only. Nothing else depends on them: what is malformed gives
// UnknownResponse, and the command that asked gets no more than was understood.
#pragma once

#include "base/error.h"
#include "imap/cursor.h"
#include "imap/responses.h"

namespace godwit::imap {

[[nodiscard]] Result<Response> parse_acl(Cursor& cursor);
[[nodiscard]] Result<Response> parse_list_rights(Cursor& cursor);
[[nodiscard]] Result<Response> parse_my_rights(Cursor& cursor);
[[nodiscard]] Result<Response> parse_metadata(Cursor& cursor);

}  // namespace godwit::imap
