// SPDX-License-Identifier: Apache-2.0
// MH folders as a source.
#pragma once

#include <filesystem>
#include <memory>

#include "endpoint/session.h"

namespace godwit::adapters {

[[nodiscard]] std::unique_ptr<endpoint::Source> make_mh_source(std::filesystem::path path);

}  // namespace godwit::adapters
