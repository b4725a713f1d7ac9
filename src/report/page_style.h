// SPDX-License-Identifier: Apache-2.0
// The style sheet of a report's page, light and dark, on a screen and on paper.
#pragma once

#include <string_view>

namespace godwit::report {

[[nodiscard]] std::string_view page_style();

}  // namespace godwit::report
