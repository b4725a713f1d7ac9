// SPDX-License-Identifier: Apache-2.0
// What the helper takes from itself before it looks at a file.
#pragma once

#include <cstdint>

namespace godwit::pst {

// From here on: no network, no other program, no new process, no file opened for writing or changed, no new rights, no core; memory of
// 2 GiB. False: the kernel knows no filter of system calls (the limits hold nevertheless).
bool confine();

// The processor's time until the next call of this: a file that leads libpst in circles ends the helper.
void allow_seconds(std::uint64_t seconds);

}  // namespace godwit::pst
