// SPDX-License-Identifier: Apache-2.0
#include "cli/recorded_estimate.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "estimate/estimate_json.h"

namespace godwit::cli {

Task<Result<std::string>> estimate_on_record(ledger::Ledger& ledger) {
  const auto text = co_await estimate::recorded_estimate(ledger);
  if (!text) co_return std::string();
  GODWIT_CO_TRY(const auto estimate, estimate::from_json(*text));
  co_return estimate::to_json(estimate, false).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<report::Forecast> forecast_of(std::string_view estimate) {
  using nlohmann::json;
  try {
    const json object = json::parse(estimate);
    const auto number = [&object](const char* key) { return object.at(key).get<std::uint64_t>(); };
    const auto seconds = [&object](const char* key) { return std::chrono::seconds(std::llround(object.at(key).get<double>())); };
    return report::Forecast{number("messages"), number("bytes"), seconds("seconds"), seconds("seconds_low"), seconds("seconds_high"),
                            0,               0,               {},                 false};
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace godwit::cli
