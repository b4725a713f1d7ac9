// SPDX-License-Identifier: Apache-2.0
// What a running copy tells: a bar on a terminal, lines elsewhere, or JSON lines.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>

#include "sync/round.h"

namespace godwit::cli {

class Console {
 public:
  enum class Style { bar, lines, json };
  // `account`: whose round it is, for the summary.
  Console(Style style, std::string account);

  void event(const sync::Event& event);
  // To be called about five times a second.
  void progress(const sync::Progress& progress);
  void summary(const sync::RoundResult& result, int exit_status);
  // An error before there was a round.
  void failure(const Error& error, int exit_status);

 private:
  struct Sample {
    std::chrono::steady_clock::time_point time;
    std::uint64_t messages, bytes;
    std::chrono::nanoseconds source_waited, target_waited;
  };
  struct Rates {
    double messages = 0, bytes = 0;  // a second
    double seconds_left = -1;        // negative: not known yet
    std::string slow_side;           // "source", "target", "line", "godwit"; empty: not known yet
  };
  [[nodiscard]] Rates measure(const sync::Progress& progress);
  void draw_bar(const sync::Progress& progress, const Rates& rates);
  void clear_bar();
  void print_text_summary(const sync::RoundResult& result);
  void print_json_summary(const sync::RoundResult& result, int exit_status);

  Style style_;
  std::string account_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_json_{};
  std::deque<Sample> samples_;  // of the last ten seconds
  bool bar_is_drawn_ = false;
};

}  // namespace godwit::cli
