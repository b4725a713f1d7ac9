// SPDX-License-Identifier: Apache-2.0
#include "sync/repair_trial.h"

namespace godwit::sync {

RepairTrial::RepairTrial(endpoint::Message original, const Digest& digest, mime::RepairRules allowed, Error refusal)
    : original_(std::move(original)), digest_(digest), attempts_(mime::attempts(original_.bytes, allowed)), refusal_(std::move(refusal)) {}

bool RepairTrial::next() {
  while (next_ < attempts_.size()) {
    form_ = mime::repair(original_.bytes, attempts_[next_++]);
    if (form_) return true;
  }
  return false;
}

endpoint::Message RepairTrial::message() const {
  return {original_.uid, original_.flags, original_.date, form_->bytes.size(), false, form_->bytes};
}

std::string RepairTrial::tried() const {
  std::string text;
  for (std::size_t i = 0; i < next_; ++i) text += (i == 0 ? "" : "; ") + attempts_[i].to_string();
  return text;
}

}  // namespace godwit::sync
