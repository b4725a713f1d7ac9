// SPDX-License-Identifier: Apache-2.0
// What the screens of a terminal have in common.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sync/round.h"

namespace godwit::cli {

[[nodiscard]] std::string_view name_of(sync::Progress::Phase phase);
[[nodiscard]] std::string duration_text(double seconds);  // "42 s", "3:05 min", "12:30 h"
[[nodiscard]] std::size_t terminal_width();               // columns; 80 where nobody knows
// At most `columns` code points; good enough for names in most scripts.
[[nodiscard]] std::string shortened(const std::string& text, std::size_t columns);
// The same, filled up with blanks.
[[nodiscard]] std::string padded(const std::string& text, std::size_t columns);
[[nodiscard]] std::string bar(double share, std::size_t columns);  // share: 0 to 1

}  // namespace godwit::cli
