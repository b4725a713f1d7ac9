// SPDX-License-Identifier: Apache-2.0
#include "limits/breaker.h"

#include <algorithm>
#include <utility>

namespace godwit::limits {

std::string_view name_of(Breaker::State state) {
  switch (state) {
    case Breaker::State::closed: return "closed";
    case Breaker::State::open: return "open";
    case Breaker::State::trying: return "trying";
  }
  return "closed";
}

bool Breaker::begin(TimePoint now) {
  if (state_ != State::open || now < open_until_) return false;
  state_ = State::trying;
  return true;
}

void Breaker::succeeded() {
  state_ = State::closed;
  failures_ = 0;
  pause_ = {};
  why_.clear();
}

void Breaker::failed(TimePoint now, bool was_trial, std::string why) {
  ++failures_;
  why_ = std::move(why);
  const bool was_last_hope = was_trial && state_ == State::trying;
  if (was_last_hope || (state_ == State::closed && failures_ >= settings_.failures)) open(now);
}

void Breaker::abandoned(bool was_trial) {
  if (was_trial && state_ == State::trying) state_ = State::open;  // the pause is over: the next one is the trial
}

void Breaker::open(TimePoint now) {
  pause_ = std::min(pause_.count() == 0 ? settings_.first_pause : pause_ * 2, settings_.longest_pause);
  const double longer = std::uniform_real_distribution(0.0, settings_.jitter)(random_) * static_cast<double>(pause_.count());
  open_until_ = now + pause_ + std::chrono::nanoseconds(static_cast<std::int64_t>(longer));
  state_ = State::open;
}

}  // namespace godwit::limits
