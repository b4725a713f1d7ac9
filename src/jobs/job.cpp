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

}  // namespace godwit::jobs
