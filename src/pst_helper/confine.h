// SPDX-License-Identifier: Apache-2.0
// What the helper takes from itself before it looks at a file.
#pragma once

#include <cstdint>

namespace godwit::pst {

// What of it the kernel knows; the limits hold always.
struct Confinement {
  bool are_calls_filtered = false;  // seccomp
  bool are_files_closed = false;    // landlock, of Linux 5.13 and later
};

// From here on: no network, no other program, no new process, no file opened for writing or changed, none opened at all but the one that
// `file` is open for and the system's libraries (iconv loads its tables), no new rights, no core; memory of 2 GiB.
Confinement confine(int file);

// The processor's time until the next call of this: a file that leads libpst in circles ends the helper.
void allow_seconds(std::uint64_t seconds);

}  // namespace godwit::pst
