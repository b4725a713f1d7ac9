// SPDX-License-Identifier: Apache-2.0
// A Maildir as source and as target. The target is Maildir++; it is made where nothing is.
#pragma once

#include <filesystem>
#include <memory>

#include "adapters/maildir/tree.h"
#include "endpoint/session.h"

namespace godwit::adapters {

[[nodiscard]] std::unique_ptr<endpoint::Source> make_maildir_source(std::filesystem::path root,
                                                                    MaildirLayout layout = MaildirLayout::automatic);
[[nodiscard]] std::unique_ptr<endpoint::Target> make_maildir_target(std::filesystem::path root);

}  // namespace godwit::adapters
