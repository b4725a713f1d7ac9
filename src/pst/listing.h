// SPDX-License-Identifier: Apache-2.0
// What an item's properties say for a list.
#pragma once

#include <string>
#include <string_view>

#include "pst/answers.h"
#include "pst/properties.h"

namespace godwit::pst {

[[nodiscard]] ItemFound listed_item(const Properties& properties, std::uint64_t id, std::uint64_t folder);
[[nodiscard]] ItemFound damaged_item(std::uint64_t id, std::uint64_t folder, std::string reason);

// PidTagContainerClass: what a folder is made for.
[[nodiscard]] ItemKind kind_of_container(std::string_view container);

// When it arrived, was sent or was made, whichever is known; since 1970, 0: not known.
[[nodiscard]] std::int64_t arrival_of(const Properties& properties);

}  // namespace godwit::pst
