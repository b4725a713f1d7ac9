// SPDX-License-Identifier: Apache-2.0
#include "estimate/estimate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace godwit::estimate {
namespace {

constexpr double low_share = 0.1, high_share = 0.9;
constexpr std::size_t longest_told = 10;
constexpr std::size_t least_plays = 30, plays_of_all_accounts = 100'000;

// One share of what is not known is common to all costs (the servers' mood), the rest of each cost alone.
class Chance {
 public:
  Factors draw(double spread) {
    const double common = spread * 0.8, own = spread * 0.6;
    const double all = factor(common);
    Factors factors;
    for (double* const cost : {&factors.costs.account, &factors.costs.folder, &factors.costs.message, &factors.costs.byte}) {
      *cost = all * factor(own);
    }
    factors.crowd = factor(spread);
    return factors;
  }

 private:
  double factor(double spread) { return std::exp(spread * normal_(random_)); }
  std::mt19937_64 random_{20240229};  // the same question has the same answer
  std::normal_distribution<double> normal_;
};

double spread_of(const Problem& problem) {
  double spread = 0;
  for (const Route& route : problem.routes) spread = std::max(spread, route.speed.spread);
  return spread;
}

double quantile(std::vector<double>& values, double share) {
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::ranges::nth_element(values, place);
  return *place;
}

Span span_around(double middle, std::vector<double> values) {
  const double low = quantile(values, low_share), high = quantile(values, high_share);
  return {middle, std::min(low, middle), std::max(high, middle)};
}

std::vector<Played> play_often(const Problem& problem, std::size_t most) {
  Chance chance;
  const double spread = spread_of(problem);
  const std::size_t plays = std::clamp(plays_of_all_accounts / std::max<std::size_t>(1, problem.loads.size()), least_plays, most);
  std::vector<Played> played;
  for (std::size_t i = 0; i < plays; ++i) played.push_back(play(problem, chance.draw(spread)));
  return played;
}

template <class Value>
std::vector<double> each(const std::vector<Played>& plays, Value value) {
  std::vector<double> values;
  for (const Played& played : plays) values.push_back(value(played));
  return values;
}

std::uint64_t whole(double number) { return static_cast<std::uint64_t>(std::llround(std::max(0.0, number))); }

std::vector<WaveEstimate> waves_of(const Problem& problem, const Played& middle, const std::vector<Played>& plays) {
  std::vector<WaveEstimate> waves(problem.waves.size());
  for (const Load& load : problem.loads) {
    WaveEstimate& wave = waves[load.wave];
    ++wave.accounts;
    wave.messages += whole(load.messages);
    wave.bytes += whole(load.bytes);
  }
  for (std::size_t i = 0; i < waves.size(); ++i) {
    waves[i].name = problem.waves[i].name;
    waves[i].ends = span_around(middle.wave_ends[i], each(plays, [i](const Played& played) { return played.wave_ends[i]; }));
  }
  std::erase_if(waves, [](const WaveEstimate& wave) { return wave.accounts == 0; });
  return waves;
}

std::vector<AccountEstimate> longest_of(const Problem& problem, const Played& played) {
  std::vector<AccountEstimate> accounts;
  for (std::size_t i = 0; i < problem.loads.size(); ++i) {
    const Load& load = problem.loads[i];
    accounts.push_back({load.account, whole(load.messages), whole(load.bytes), played.begins[i], played.ends[i]});
  }
  std::ranges::sort(accounts, std::greater(), [](const AccountEstimate& each) { return std::pair(each.ends - each.begins, each.name); });
  accounts.resize(std::min(accounts.size(), longest_told));
  return accounts;
}

double of(const Played& played, Constraint constraint) { return played.decided.at(static_cast<std::size_t>(constraint)); }

}  // namespace

Estimate estimate(Problem problem, InternalDate begin) {
  const Played middle = play(problem);
  const std::vector<Played> plays = play_often(problem, 200);
  Estimate result;
  result.begin = begin;
  result.accounts = problem.loads.size();
  result.waves = waves_of(problem, middle, plays);
  for (const WaveEstimate& wave : result.waves) {
    result.messages += wave.messages;
    result.bytes += wave.bytes;
  }
  result.total = span_around(middle.seconds, each(plays, [](const Played& played) { return played.seconds; }));
  result.longest = longest_of(problem, middle);
  result.bottleneck = middle.bottleneck();
  if (!problem.routes.empty()) result.slow_side = problem.routes.front().slow_side;
  result.closed_seconds = of(middle, Constraint::hours) + of(middle, Constraint::day_budget);
  result.is_endless = middle.is_endless;
  result.problem = std::move(problem);
  return result;
}

std::optional<Span> span_of(const Problem& problem, double slower, std::size_t most_plays) {
  Problem seen = problem;
  for (Route& route : seen.routes) {
    for (Costs* const costs : {&route.speed.alone, &route.speed.together}) {
      for (double* const cost : {&costs->account, &costs->folder, &costs->message, &costs->byte}) *cost *= slower;
    }
  }
  const Played middle = play(seen);
  if (middle.is_endless) return std::nullopt;
  return span_around(middle.seconds, each(play_often(seen, most_plays), [](const Played& played) { return played.seconds; }));
}

std::string duration_words(double seconds) {
  const auto whole_seconds = static_cast<std::uint64_t>(std::max(0.0, seconds) + 0.5);
  if (whole_seconds < 120) return fmt::format("{} s", whole_seconds);
  const std::uint64_t minutes = (whole_seconds + 30) / 60;
  if (minutes < 60) return fmt::format("{} min", minutes);
  if (minutes < 48 * 60 && minutes % 60 == 0) return fmt::format("{} h", minutes / 60);
  if (minutes < 48 * 60) return fmt::format("{} h {} min", minutes / 60, minutes % 60);
  const std::uint64_t hours = (minutes + 30) / 60;
  return hours % 24 == 0 ? fmt::format("{} days", hours / 24) : fmt::format("{} days {} h", hours / 24, hours % 24);
}

std::string words_of(const Span& span) {
  return fmt::format("{} ({} to {})", duration_words(span.seconds), duration_words(span.low), duration_words(span.high));
}

}  // namespace godwit::estimate
