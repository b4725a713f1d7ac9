// SPDX-License-Identifier: Apache-2.0
#include "cli/recorded_estimate.h"

#include <nlohmann/json.hpp>

namespace godwit::cli {

Task<Result<std::string>> estimate_on_record(ledger::Ledger& ledger) {
  GODWIT_CO_TRY(const auto fact, co_await ledger.host_fact("plan", "estimate"));
  co_return fact.value_or("");
}

std::optional<report::Forecast> forecast_of(std::string_view estimate) {
  using nlohmann::json;
  try {
    const json object = json::parse(estimate);
    const auto number = [&object](const char* key) { return object.at(key).get<std::uint64_t>(); };
    const auto seconds = [&number](const char* key) { return std::chrono::seconds(number(key)); };
    return report::Forecast{number("items"), number("bytes"), seconds("seconds"), seconds("seconds_low"), seconds("seconds_high"),
                            0,               0,               {},                 false};
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace godwit::cli
