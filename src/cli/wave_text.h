// SPDX-License-Identifier: Apache-2.0
// Waves that wait, as people and JSON are told.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "jobs/migration.h"

namespace godwit::cli {

// "wave night 1 waits until Fri 27 Nov 22:00", in this machine's time; where only an order or another run helps, which.
[[nodiscard]] std::string text_of(const jobs::WaveStatus& wave);

[[nodiscard]] nlohmann::json to_json(const jobs::WaveStatus& wave);
[[nodiscard]] jobs::WaveStatus wave_of(const nlohmann::json& wave);

// Of an account: "waits_for" and what belongs to it, where it waits for anything.
void put_wait(nlohmann::json& object, const jobs::WaveWait& wait);

}  // namespace godwit::cli
