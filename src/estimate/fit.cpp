// SPDX-License-Identifier: Apache-2.0
#include "estimate/fit.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace godwit::estimate {
namespace {

// y = a·x1 + b·x2 by least squares of the relative errors, neither below zero.
struct Equation {
  double x1 = 0, x2 = 0, y = 0;
};
std::pair<double, double> solve(const std::vector<Equation>& equations) {
  double s11 = 0, s12 = 0, s22 = 0, r1 = 0, r2 = 0;
  for (const Equation& each : equations) {
    const double weight = 1 / std::max(each.y * each.y, 1e-12);
    s11 += weight * each.x1 * each.x1;
    s12 += weight * each.x1 * each.x2;
    s22 += weight * each.x2 * each.x2;
    r1 += weight * each.x1 * each.y;
    r2 += weight * each.x2 * each.y;
  }
  const double determinant = s11 * s22 - s12 * s12;
  if (determinant > 1e-6 * s11 * s22) {
    const double a = (r1 * s22 - r2 * s12) / determinant, b = (r2 * s11 - r1 * s12) / determinant;
    if (a >= 0 && b >= 0) return {a, b};
    if (a < 0) return {0, s22 > 0 ? std::max(0.0, r2 / s22) : 0};
  }
  return {s11 > 0 ? std::max(0.0, r1 / s11) : 0, 0};
}

// What the stretches took, and what they would take alone.
struct Sums {
  double seconds = 0, standing = 0, moving = 0;
};
Sums sums_of(const Costs& alone, const Costs& removal, std::span<const Stretch> stretches) {
  Sums sums;
  for (const Stretch& stretch : stretches) {
    sums.seconds += stretch.seconds;
    for (const Measure& round : stretch.rounds) {
      sums.standing += alone.account + removal.account + round.folders * (alone.folder + removal.folder);
      sums.moving += round.messages * alone.message + round.bytes * alone.byte;
    }
  }
  return sums;
}

}  // namespace

Costs fit(std::span<const Measure> small, std::span<const Measure> large) {
  Costs costs;
  std::vector<Equation> equations;
  for (const Measure& each : small) equations.push_back({1, each.folders, each.seconds});
  std::tie(costs.account, costs.folder) = solve(equations);
  equations.clear();
  for (const Measure& each : large) {
    const double rest = each.seconds - costs.account - each.folders * costs.folder;
    equations.push_back({each.messages, each.bytes, std::max(rest, each.seconds * 0.02)});
  }
  std::tie(costs.message, costs.byte) = solve(equations);
  return costs;
}

Costs fit_together(const Costs& alone, const Costs& removal, std::span<const Stretch> standing, std::span<const Stretch> moving,
                   double pairs) {
  const Sums still = sums_of(alone, removal, standing), busy = sums_of(alone, removal, moving);
  // No server is slower by more than the number of those that it shares itself among; the rest is chance.
  const auto sensible = [pairs](double factor) { return std::clamp(factor, 0.2, 1.2 * pairs); };
  const double first = sensible((still.seconds - still.moving) / std::max(still.standing, 1e-9));
  const double told = sensible((busy.seconds - first * busy.standing) / std::max(busy.moving, 1e-9));
  const double trust = std::min(1.0, 2 * busy.moving / std::max(busy.moving + busy.standing, 1e-9));
  const double second = std::pow(told, trust) * std::pow(first, 1 - trust);
  return {alone.account * first, alone.folder * first, alone.message * second, alone.byte * second};
}

double predicted(const Costs& costs, const Measure& measure) {
  return costs.account + measure.folders * costs.folder + measure.messages * costs.message + measure.bytes * costs.byte;
}

}  // namespace godwit::estimate
