// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pst/properties.h"

namespace godwit::pst {

// PidTagRtfCompressed, by libpst; what is damaged is left out.
void decompress_rtf(Properties& properties);

}  // namespace godwit::pst
