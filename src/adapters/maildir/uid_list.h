// SPDX-License-Identifier: Apache-2.0
// The file in which a server keeps the UIDs of a Maildir: dovecot-uidlist, versions 1 and 3, and courierimapuiddb, which is version 1.
// Version 3: "3 V<UIDVALIDITY> N<UIDNEXT> G<GUID>", then "<UID> [<fields>] :<name>"; lines may have been added since N was written.
// (doc.dovecot.org, Maildir: "IMAP UID mapping".)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/uid_set.h"

namespace godwit::adapters {

struct MaildirUidList {
  std::uint32_t uid_validity = 0;
  Uid uid_next = 1;
  std::string guid;                                 // as it stands there; may be empty
  std::vector<std::pair<Uid, std::string>> names;   // without flags, ascending by UID
  bool takes_lines = false;                         // version 3, and its last line is complete
};

// Lines that cannot be read are passed over, and so is a last one without its end: a writer may have been killed there. Nothing when
// the first line is none.
[[nodiscard]] std::optional<MaildirUidList> parse_uid_list(std::string_view text);

[[nodiscard]] std::string uid_list_text(const MaildirUidList& list);  // version 3
[[nodiscard]] std::string uid_list_line(Uid uid, std::string_view name);

}  // namespace godwit::adapters
