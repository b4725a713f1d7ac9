// SPDX-License-Identifier: Apache-2.0
// A .msg file ([MS-OXMSG]), whose compound file is read by libgsf.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "pst/mail_parts.h"

namespace godwit::pst {

struct MsgFile {
  MailParts parts;
  std::int64_t seconds = 0;  // when it arrived or was sent, since 1970; 0: not told
};

// Errors of kind refused: it is no such file, is damaged, or is no mail.
[[nodiscard]] Result<MsgFile> read_msg_file(const std::string& name);

}  // namespace godwit::pst
