// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "probe/checks.h"
#include "probe/specimens.h"

namespace godwit::probe {
namespace {

using endpoint::Folder;
using Clock = std::chrono::steady_clock;

constexpr std::size_t round_trips = 9;
constexpr std::size_t mebibyte = 1 << 20;

std::string a_second(double bytes) { return format_bytes(static_cast<std::uint64_t>(bytes)) + " a second"; }

// Never nothing: it is divided by.
double seconds_since(Clock::time_point start) { return std::max(std::chrono::duration<double>(Clock::now() - start).count(), 1e-6); }

Task<Result<double>> median_round_trip(Stage& stage, const Folder& folder) {
  GODWIT_CO_TRY(auto* const session, co_await stage.reader());
  const auto view = session->open(folder);
  GODWIT_CO_CHECK(co_await view->state());
  std::vector<double> seconds;
  for (std::size_t i = 0; i < round_trips; ++i) {
    const auto start = Clock::now();
    GODWIT_CO_CHECK(co_await view->uids(1)->get());
    seconds.push_back(seconds_since(start));
  }
  std::ranges::nth_element(seconds, seconds.begin() + round_trips / 2);
  co_return seconds[round_trips / 2];
}

// In batches, as a migration does it; how many seconds it took. Nothing where one was refused.
Task<Result<std::optional<double>>> write(Stage& stage, const Folder& folder, std::size_t messages, std::size_t size) {
  GODWIT_CO_TRY(auto* const session, co_await stage.writer());
  const std::size_t batch = std::min<std::size_t>(session->traits().batch_messages, 100);
  std::vector<std::string> bodies;
  for (std::size_t i = 0; i < messages; ++i) bodies.push_back(plain_message(i, size));
  const auto start = Clock::now();
  for (std::size_t at = 0; at < bodies.size(); at += batch) {
    std::vector<endpoint::NewMessage> parts;
    for (std::size_t i = at; i < std::min(at + batch, bodies.size()); ++i) parts.push_back({{}, std::string(plain_date), bodies[i]});
    GODWIT_CO_TRY(const auto stored, co_await stage.append(folder, parts));
    if (stored.kind == endpoint::AppendOutcome::Kind::refused) co_return std::nullopt;
  }
  co_return seconds_since(start);
}

}  // namespace

Task<Result<>> check_speed(Stage& stage, Sheet& sheet, const Amounts& amounts, Measures& measures) {
  GODWIT_CO_TRY(const Folder small, co_await stage.make("small"));
  GODWIT_CO_TRY(const double round_trip, co_await median_round_trip(stage, small));
  measures.round_trip_milliseconds = round_trip * 1000;
  sheet.measured("speed.round-trip", "a round trip", fmt::format("{:.1f} ms", measures.round_trip_milliseconds));
  GODWIT_CO_TRY(const auto small_seconds, co_await write(stage, small, amounts.small_messages, 1'500));
  if (small_seconds) {
    measures.messages_per_second = static_cast<double>(amounts.small_messages) / *small_seconds;
    sheet.measured("speed.small", "small messages written", fmt::format("{:.0f} a second", measures.messages_per_second));
  }
  GODWIT_CO_TRY(const Folder bytes, co_await stage.make("bytes"));
  GODWIT_CO_TRY(const auto written, co_await write(stage, bytes, amounts.megabytes, mebibyte));
  const auto total = static_cast<double>(amounts.megabytes * mebibyte);
  if (!written) co_return Result<>{};
  measures.written_bytes_per_second = total / *written;
  const auto start = Clock::now();
  GODWIT_CO_CHECK(co_await stage.read(bytes));
  measures.read_bytes_per_second = total / seconds_since(start);
  sheet.measured("speed.write", "bytes written", a_second(measures.written_bytes_per_second));
  sheet.measured("speed.read", "bytes read", a_second(measures.read_bytes_per_second));
  co_return Result<>{};
}

}  // namespace godwit::probe
