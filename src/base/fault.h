// SPDX-License-Identifier: Apache-2.0
// Test hooks of the chaos suite: the process kills itself (SIGKILL) at a chosen step. Compiled to nothing unless the build has
// GODWIT_FAULTS. Environment: GODWIT_FAULT_KILL_AT=N kills at the N-th step counted from 1; GODWIT_FAULT_STATE=FILE names a file
// that is mapped and holds, as native 64-bit words, the number of steps passed, the number of APPEND commands whose first byte was
// written and whose tagged answer was not read, and the address-free hash of the last step's name; it outlives the kill.
#pragma once

#include <cstddef>

namespace godwit::fault {

#ifdef GODWIT_FAULTS
// A step: a socket read or write, a ledger commit. Does not return when this is the step to die at.
void step(const char* name);
// A step that writes `size` bytes: when this is the step to die at, returns how many bytes (fewer than `size`) are to be
// written first, after which the caller calls die(); else returns `size`.
std::size_t step_writing(const char* name, std::size_t size);
[[noreturn]] void die();
void append_begins();
void append_ends();
#else
inline void step(const char*) {}
inline std::size_t step_writing(const char*, std::size_t size) { return size; }
inline void die() {}
inline void append_begins() {}
inline void append_ends() {}
#endif

}  // namespace godwit::fault
