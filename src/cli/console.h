// SPDX-License-Identifier: Apache-2.0
// What a running copy tells: a bar on a terminal, lines elsewhere, or JSON lines.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "report/grade.h"
#include "sync/item_check.h"
#include "sync/round.h"

namespace godwit::cli {

// Of a verification.
struct VerifySummary {
  sync::VerifyCounts counts;
  std::uint64_t withdrawn = 0, left_out = 0, not_moved = 0;  // on record as such before
  std::vector<std::string> notes;
  std::optional<Error> error;
};

class Console {
 public:
  enum class Style { bar, lines, json };
  // `account`: whose round it is, for the summary.
  Console(Style style, std::string account);

  void event(const sync::Event& event);
  // The first signal has come.
  void stopping(std::atomic<bool>& stop);
  // To be called about five times a second.
  void progress(const sync::Progress& progress);
  // `verdict`: nothing where the ledger could not be read any more.
  void summary(const sync::RoundResult& result, const std::optional<report::Verdict>& verdict, int exit_status);
  void difference(const sync::Difference& difference);
  void summary(const VerifySummary& summary, int exit_status);
  // An error before there was anything else to tell; returns its exit status.
  int failure(const Error& error);

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
  void print_text_summary(const sync::RoundResult& result, const std::optional<report::Verdict>& verdict);
  void print_json_summary(const sync::RoundResult& result, const std::optional<report::Verdict>& verdict, int exit_status);
  [[nodiscard]] double seconds() const;

  Style style_;
  std::string account_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_json_{};
  std::deque<Sample> samples_;  // of the last ten seconds
  bool bar_is_drawn_ = false;
};

// JSON where it is wanted; else a bar on a terminal and lines elsewhere.
[[nodiscard]] Console::Style style_for(bool json);

// What the files that print have in common.
void print_json(const nlohmann::json& line);              // a server's text may be no UTF-8: what a JSON line says is
[[nodiscard]] nlohmann::json to_json(const Error& error);
[[nodiscard]] nlohmann::json to_json(const sync::Difference& difference);
[[nodiscard]] std::string text_of(const sync::Difference& difference);  // one line

}  // namespace godwit::cli
