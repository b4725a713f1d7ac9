// SPDX-License-Identifier: Apache-2.0
#include "jobs/job.h"

namespace godwit::jobs {

std::string_view name_of(State state) {
  switch (state) {
    case State::waiting: return "waiting";
    case State::running: return "running";
    case State::moved: return "moved";
    case State::incomplete: return "incomplete";
    case State::failed: return "failed";
    case State::canceled: return "canceled";
    case State::pre_staged: return "pre-staged";
  }
  return "";
}

std::optional<State> state_named(std::string_view name) {
  for (std::size_t i = 0; i < state_count; ++i) {
    if (name_of(static_cast<State>(i)) == name) return static_cast<State>(i);
  }
  return std::nullopt;
}

}  // namespace godwit::jobs
