// SPDX-License-Identifier: Apache-2.0
// A Maildir as a MailStore: a message is known by its name without flags. Nothing is written.
#pragma once

#include <filesystem>
#include <memory>

#include "adapters/listed/mail_store.h"
#include "adapters/maildir/tree.h"

namespace godwit::adapters {

// `may_be_missing`: where nothing is, there are no folders. Else errors: not there, or no Maildir.
[[nodiscard]] Result<std::unique_ptr<MailStore>> open_maildir_store(const std::filesystem::path& root, bool may_be_missing = false,
                                                                    MaildirLayout layout = MaildirLayout::automatic);

}  // namespace godwit::adapters
