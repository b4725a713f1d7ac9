// SPDX-License-Identifier: Apache-2.0
#include "base/fault.h"

#ifdef GODWIT_FAULTS

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string_view>

#include "base/text.h"

namespace godwit::fault {
namespace {

// The words of the state file, in their order.
struct State {
  std::atomic<std::uint64_t> steps_passed;
  std::atomic<std::uint64_t> appends_open;
  std::atomic<std::uint64_t> last_step;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && sizeof(State) == 3 * sizeof(std::uint64_t));

// A state file that cannot be had would make the chaos suite count nothing, hence the abort.
void* map_state_file(const char* path) {
  const int file = ::open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0 || ::ftruncate(file, sizeof(State)) != 0) std::abort();
  void* const memory = ::mmap(nullptr, sizeof(State), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (memory == MAP_FAILED) std::abort();
  return memory;
}

// Set up by the first step, from the environment; each process begins at zero.
struct Hooks {
  State unmapped{};
  State* state = &unmapped;
  std::uint64_t kill_at = 0;  // 0: never

  Hooks() {
    if (const char* path = std::getenv("GODWIT_FAULT_STATE")) state = new (map_state_file(path)) State{};
    if (const char* number = std::getenv("GODWIT_FAULT_KILL_AT")) {
      const auto parsed = parse_number<std::uint64_t>(number);
      if (!parsed) std::abort();
      kill_at = *parsed;
    }
  }
};

Hooks& hooks() {
  static Hooks instance;
  return instance;
}

constexpr std::uint64_t hash_of(std::string_view name) {  // FNV-1a
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

constexpr std::uint64_t mixed(std::uint64_t number) {  // the finaliser of SplitMix64
  number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9U;
  number = (number ^ number >> 27) * 0x94d049bb133111ebU;
  return number ^ number >> 31;
}

// Returns the number of this step when it is the one to die at, else 0.
std::uint64_t pass(const char* name) {
  Hooks& here = hooks();
  const std::uint64_t number = here.state->steps_passed.fetch_add(1) + 1;
  here.state->last_step.store(hash_of(name));
  return number == here.kill_at ? number : 0;
}

}  // namespace

void step(const char* name) {
  if (pass(name) != 0) die();
}

std::size_t step_writing(const char* name, std::size_t size) {
  const std::uint64_t deadly = pass(name);
  if (deadly == 0) return size;
  if (size == 0) die();
  return static_cast<std::size_t>(mixed(deadly) % size);
}

void die() {
  while (true) ::kill(::getpid(), SIGKILL);
}

void append_begins() { hooks().state->appends_open.fetch_add(1); }
void append_ends() { hooks().state->appends_open.fetch_sub(1); }

}  // namespace godwit::fault

#endif
