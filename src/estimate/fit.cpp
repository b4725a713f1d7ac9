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

double predicted(const Costs& costs, const Measure& measure) {
  return costs.account + measure.folders * costs.folder + measure.messages * costs.message + measure.bytes * costs.byte;
}

double spread_of(const Costs& costs, std::span<const Measure> measures) {
  double sum = 0;
  for (const Measure& each : measures) {
    const double error = std::log(std::max(each.seconds, 1e-6) / std::max(predicted(costs, each), 1e-6));
    sum += error * error;
  }
  return measures.empty() ? 0 : std::sqrt(sum / static_cast<double>(measures.size()));
}

}  // namespace godwit::estimate
