// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>

#include "adapters/maildir/keywords.h"
#include "base/task.h"
#include "files/directory.h"

namespace godwit::adapters {

// The folder's dovecot-keywords with these learned as far as there are letters for them; written under Dovecot's lock.
[[nodiscard]] Task<Result<MaildirKeywords>> learn_keywords(const files::Directory& folder, std::set<std::string> wanted);

// Error flags_refused: one of these has no letter in the folder's file.
[[nodiscard]] Result<> require_letters(const MaildirKeywords& keywords, const std::set<std::string>& wanted, const std::string& folder);

}  // namespace godwit::adapters
