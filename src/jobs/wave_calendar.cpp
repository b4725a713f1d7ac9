// SPDX-License-Identifier: Apache-2.0
#include "jobs/wave_calendar.h"

#include <algorithm>

namespace godwit::jobs {

std::string_view name_of(WaveWait::Why why) {
  switch (why) {
    case WaveWait::Why::nothing: return "nothing";
    case WaveWait::Why::sign_off: return "sign-off";
    case WaveWait::Why::other_wave: return "other wave";
    case WaveWait::Why::window: return "window";
  }
  return "";
}

WaveCalendar::WaveCalendar(std::vector<WaveTimes> waves, std::set<std::string> held, limits::Clock clock)
    : waves_(std::move(waves)), held_(std::move(held)), clock_(std::move(clock)) {}

const WaveTimes* WaveCalendar::find(std::string_view wave) const {
  const auto found = std::ranges::find(waves_, wave, &WaveTimes::name);
  return found == waves_.end() ? nullptr : &*found;
}

std::size_t WaveCalendar::place_of(const std::string& wave) {
  const WaveTimes* const known = find(wave);
  if (known != nullptr) return static_cast<std::size_t>(known - waves_.data());
  waves_.push_back({.name = wave});
  return waves_.size() - 1;
}

std::vector<WaveWait> WaveCalendar::look(const std::vector<Accounts>& accounts) {
  for (std::size_t place = 0; place < std::min(accounts.size(), waves_.size()); ++place) {
    if (accounts[place] == Accounts::over) waves_[place].has_ended = true;
  }
  std::vector<WaveWait> waits;
  for (const WaveTimes& wave : waves_) waits.push_back(wait_of(wave, accounts));
  return waits;
}

WaveWait WaveCalendar::wait_of(const WaveTimes& wave, const std::vector<Accounts>& accounts) const {
  if (is_held(wave.name)) return {.why = WaveWait::Why::sign_off, .is_stuck = true};
  const WaveTimes* const before = find(wave.after);
  if (!wave.after.empty() && (before == nullptr || !before->has_ended)) {
    return {.why = WaveWait::Why::other_wave, .other = wave.after, .is_stuck = cannot_end(wave.after, accounts, waves_.size())};
  }
  const auto opening = wave.windows.next_opening(clock_.wall());
  return opening ? WaveWait{.why = WaveWait::Why::window, .until = opening} : WaveWait{};
}

bool WaveCalendar::cannot_end(const std::string& wave, const std::vector<Accounts>& accounts, std::size_t depth) const {
  const WaveTimes* const times = find(wave);
  if (times == nullptr) return true;
  if (times->has_ended) return false;
  const auto place = static_cast<std::size_t>(times - waves_.data());
  if (depth == 0 || place >= accounts.size() || accounts[place] == Accounts::absent || is_held(wave)) return true;
  return !times->after.empty() && cannot_end(times->after, accounts, depth - 1);
}

std::set<std::string> WaveCalendar::ended() const {
  std::set<std::string> names;
  for (const WaveTimes& wave : waves_) {
    if (wave.has_ended) names.insert(wave.name);
  }
  return names;
}

}  // namespace godwit::jobs
