// SPDX-License-Identifier: Apache-2.0
#include "sync/inspection.h"

namespace godwit::sync {
namespace {

// Below this size handing over costs more than it brings.
constexpr std::size_t worth_a_thread = 128 * 1024;

}  // namespace

PendingInspection::PendingInspection(Background& background, std::string_view bytes) {
  const auto inspect = [bytes, result = result_.get()] { *result = {sha256(bytes), mime::find_hazards(bytes)}; };
  if (bytes.size() < worth_a_thread) {
    inspect();
  } else {
    ticket_ = background.run(inspect);
  }
}

}  // namespace godwit::sync
