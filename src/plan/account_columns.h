// SPDX-License-Identifier: Apache-2.0
// The columns of an accounts file, and the names that people give them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace godwit::plan {

enum class AccountColumn : std::uint8_t {
  source_user, source_password, target_user, target_password, wave, priority, source, target, name, ignored
};
[[nodiscard]] std::string_view name_of(AccountColumn column);

// By its name in any case, blanks and punctuation left out: "Old user", "username_from", "dest login". docs/plan.md has the
// table.
[[nodiscard]] std::optional<AccountColumn> find_column(std::string_view header);

// `ignored`: names that the plan leaves out, compared in the same way. Errors of kind usage: an unknown name (with a
// suggestion), two for one column, none for the source's users. One for each fault.
[[nodiscard]] std::expected<std::vector<AccountColumn>, std::vector<Error>> read_header(std::span<const std::string> header,
                                                                                        std::span<const std::string> ignored);

}  // namespace godwit::plan
