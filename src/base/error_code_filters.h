// SPDX-License-Identifier: Apache-2.0
// The codes of base/error_code.h that filters and ManageSieve have for themselves.
#pragma once

#include "base/error_code.h"

namespace godwit::codes {

inline constexpr ErrorCode login_elsewhere{2025, ErrorKind::auth};
inline constexpr ErrorCode greeting_not_managesieve{3410, ErrorKind::syntax};
inline constexpr ErrorCode filter_refused{6130, ErrorKind::refused};
inline constexpr ErrorCode filter_needs_extension{6131, ErrorKind::refused};
inline constexpr ErrorCode filter_form{6132, ErrorKind::refused};

}  // namespace godwit::codes
