// SPDX-License-Identifier: Apache-2.0
#include "limits/learned_cap.h"

#include <algorithm>
#include <limits>

namespace godwit::limits {

unsigned LearnedCap::ceiling() const { return set_ > 0 ? set_ : std::numeric_limits<unsigned>::max(); }

unsigned LearnedCap::allowed(TimePoint now) const {
  if (!learned_) return ceiling();
  return std::min(ceiling(), now >= probe_at_ ? *learned_ + 1 : *learned_);
}

void LearnedCap::refused(TimePoint now, unsigned established, bool was_probe) {
  if (was_probe) quiet_ = std::min(quiet_ * 2, settings_.longest_quiet_time);
  learned_ = std::max(1U, established);
  probe_at_ = now + quiet_;
}

void LearnedCap::accepted(TimePoint now, unsigned established) {
  if (!learned_ || established <= *learned_) return;
  learned_ = established;
  quiet_ = settings_.quiet_time;
  probe_at_ = now + quiet_;
  if (established >= ceiling()) learned_.reset();
}

}  // namespace godwit::limits
