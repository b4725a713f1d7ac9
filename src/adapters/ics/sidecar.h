// SPDX-License-Identifier: Apache-2.0
// What people see of a collection, in small files beside its items, as vdirsyncer's vdir has it: displayname, color, description, order.
#pragma once

#include <string>
#include <vector>

#include "endpoint/collections.h"
#include "files/directory.h"

namespace godwit::adapters {

[[nodiscard]] endpoint::CollectionProperties read_properties(const files::Directory& folder);
// Those of them that have no file, as people call them.
[[nodiscard]] Result<std::vector<std::string>> write_properties(const files::Directory& folder,
                                                                const endpoint::CollectionProperties& properties);

// "#RRGGBB" of "#rrggbbaa"; empty: it is no such colour.
[[nodiscard]] std::string color_of(std::string_view text);

}  // namespace godwit::adapters
