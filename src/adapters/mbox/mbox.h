// SPDX-License-Identifier: Apache-2.0
// mbox files (RFC 4155 and its dialects) as a source and as a target.
#pragma once

#include <memory>
#include <string>

#include "adapters/mbox/mbox_index.h"
#include "adapters/mbox/mbox_tree.h"
#include "endpoint/session.h"

namespace godwit::adapters {

struct MboxSettings {
  MboxPlaces places;
  MboxDialect dialect = MboxDialect::automatic;
};

// "o", "rd", "cl", "cl2", "auto". Error of kind usage names these.
[[nodiscard]] Result<MboxDialect> parse_mbox_dialect(std::string_view name);

[[nodiscard]] std::unique_ptr<endpoint::Source> make_mbox_source(MboxSettings settings);

// A tree, made where it is not there. Written are rd, and by order cl2. Error of kind usage: another dialect, an INBOX elsewhere.
[[nodiscard]] Result<std::unique_ptr<endpoint::Target>> make_mbox_target(MboxSettings settings);

}  // namespace godwit::adapters
