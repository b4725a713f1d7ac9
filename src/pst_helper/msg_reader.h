// SPDX-License-Identifier: Apache-2.0
// A .msg file ([MS-OXMSG]), whose compound file is read by libgsf.
#pragma once

#include <string>

#include "base/error.h"
#include "pst/mapi_item.h"

namespace godwit::pst {

// Errors of kind refused: it is no such file, or is damaged.
[[nodiscard]] Result<MapiItem> read_msg_file(const std::string& name);

}  // namespace godwit::pst
