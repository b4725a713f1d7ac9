// SPDX-License-Identifier: Apache-2.0
// When the accounts of a wave may be at work: once the pilot is signed off, once the wave before has ended, and within its windows.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "limits/clock.h"
#include "limits/weekly_windows.h"

namespace godwit::jobs {

struct WaveTimes {
  std::string name;                  // empty: of the accounts without a wave
  limits::WeeklyWindows windows{};   // its accounts are at work only inside; none: always
  std::string after{};               // the wave that must have ended before; empty: none
  bool has_ended = false;            // in an earlier run
};

// Why a wave's accounts may not be at work now.
struct WaveWait {
  enum class Why : std::uint8_t { nothing, sign_off, other_wave, window } why = Why::nothing;
  std::string other{};                          // the wave that has not ended yet
  std::optional<limits::WallTime> until{};      // the window opens
  bool is_stuck = false;                        // nothing that goes on in this run will end it, only an order or another run
  explicit operator bool() const { return why != Why::nothing; }
};
inline constexpr std::size_t wait_count = 4;
[[nodiscard]] std::string_view name_of(WaveWait::Why why);

// Used under its owner's lock.
class WaveCalendar {
 public:
  // Waves in `held` wait for a sign-off. Of `clock` the wall is looked at.
  WaveCalendar(std::vector<WaveTimes> waves, std::set<std::string> held, limits::Clock clock);

  // By which look() knows the wave; one that the calendar did not know has no windows, and waits for nothing but a sign-off.
  [[nodiscard]] std::size_t place_of(const std::string& wave);
  [[nodiscard]] const std::string& name(std::size_t place) const { return waves_.at(place).name; }
  void open(const std::string& wave) { held_.erase(wave); }
  [[nodiscard]] bool is_held(const std::string& wave) const { return held_.contains(wave); }

  // What the run has of each wave, by place; beyond the end: absent.
  enum class Accounts : std::uint8_t { absent, over, left };
  // How each wave waits, by place. A wave whose accounts in this run are all over has ended, and stays so whatever is tried again.
  [[nodiscard]] std::vector<WaveWait> look(const std::vector<Accounts>& accounts);
  [[nodiscard]] std::set<std::string> ended() const;

 private:
  [[nodiscard]] WaveWait wait_of(const WaveTimes& wave, const std::vector<Accounts>& accounts) const;
  // Whether `wave` cannot end in this run; `depth` bounds the way along `after`.
  [[nodiscard]] bool cannot_end(const std::string& wave, const std::vector<Accounts>& accounts, std::size_t depth) const;
  [[nodiscard]] const WaveTimes* find(std::string_view wave) const;

  std::vector<WaveTimes> waves_;
  std::set<std::string> held_;
  limits::Clock clock_;
};

}  // namespace godwit::jobs
