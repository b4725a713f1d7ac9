// SPDX-License-Identifier: Apache-2.0
// Counts what is allocated by operator new in this process, all threads together.
#pragma once

#include <cstddef>

namespace godwit::test {

[[nodiscard]] std::size_t live_heap_bytes();
[[nodiscard]] std::size_t peak_heap_bytes();  // since the last reset
void reset_peak_heap_bytes();

}  // namespace godwit::test
