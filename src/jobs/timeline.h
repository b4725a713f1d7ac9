// SPDX-License-Identifier: Apache-2.0
// How far along everything was at each moment, in a bounded number of points however long it takes; the rate now, and what the rest
// will take.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace godwit::jobs {

// What a moment looked like: sums over all accounts.
struct Moment {
  std::chrono::system_clock::time_point time;
  std::uint64_t messages_done = 0, bytes_done = 0;
  std::chrono::nanoseconds source_waited{}, target_waited{};
  int running = 0;
  std::chrono::nanoseconds limits_waited{};  // for what the plan or the servers allow
  friend bool operator==(const Moment&, const Moment&) = default;
};

// What everything waits for.
enum class Bottleneck : std::uint8_t { unknown, source, target, line, godwit, limits };
inline constexpr std::size_t bottleneck_count = 6;
[[nodiscard]] const char* name_of(Bottleneck bottleneck);

class Timeline {
 public:
  // At most `most` points are kept: when there are more, every other one goes, and only every second, fourth… is kept from then on.
  explicit Timeline(std::size_t most = 512) : most_(most) {}

  void add(const Moment& moment);
  [[nodiscard]] const std::vector<Moment>& points() const { return points_; }

  struct Rates {
    double messages = 0, bytes = 0;  // a second
    Bottleneck bottleneck = Bottleneck::unknown;
  };
  [[nodiscard]] static Rates between(const Moment& from, const Moment& to);
  // Over the last `window`.
  [[nodiscard]] Rates recent(std::chrono::seconds window = std::chrono::seconds(20)) const;

 private:
  void thin_out();

  std::size_t most_;
  std::size_t stride_ = 1, since_kept_ = 0;
  std::vector<Moment> points_;
  std::vector<Moment> last_;  // of the last minute, each
};

}  // namespace godwit::jobs
