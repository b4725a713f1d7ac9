// SPDX-License-Identifier: Apache-2.0
// A Maildir as source and as target.
#pragma once

#include <filesystem>
#include <memory>

#include "endpoint/session.h"

namespace godwit::adapters {

[[nodiscard]] std::unique_ptr<endpoint::Source> make_maildir_source(std::filesystem::path root);

}  // namespace godwit::adapters
