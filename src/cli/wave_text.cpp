// SPDX-License-Identifier: Apache-2.0
#include "cli/wave_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/text.h"

namespace godwit::cli {
namespace {

using jobs::WaveStatus;
using jobs::WaveWait;
using nlohmann::json;
using Why = WaveWait::Why;

std::string reason_of(const WaveWait& wait) {
  const std::string other = printable(wait.other);
  switch (wait.why) {
    case Why::nothing: return "nothing";
    case Why::sign_off: return "the pilot is signed off: godwit sign-off WAVE";
    case Why::other_wave:
      return fmt::format("wave {} has ended{}", other, wait.is_stuck ? fmt::format(": godwit migrate --wave \"{}\"", other) : "");
    case Why::window:
      if (!wait.until) return "its window opens";
      return fmt::format("{:%a %d %b %H:%M}", fmt::localtime(std::chrono::system_clock::to_time_t(*wait.until)));
  }
  return "";
}

}  // namespace

std::string text_of(const WaveStatus& wave) {
  const std::string who = wave.name.empty() ? "what is in no wave" : "wave " + printable(wave.name);
  return fmt::format("{} waits until {}", who, reason_of(wave.wait));
}

void put_wait(json& object, const WaveWait& wait) {
  if (!wait) return;
  object["waits_for"] = jobs::name_of(wait.why);
  if (!wait.other.empty()) object["waits_for_wave"] = wait.other;
  if (wait.until) object["waits_until"] = std::chrono::system_clock::to_time_t(*wait.until);
  if (wait.is_stuck) object["needs_order"] = true;
}

json to_json(const WaveStatus& wave) {
  json object{{"wave", wave.name}, {"accounts", wave.accounts}};
  put_wait(object, wave.wait);
  return object;
}

WaveStatus wave_of(const json& wave) {
  WaveStatus status{.name = wave.value("wave", ""), .accounts = wave.value("accounts", std::size_t{0})};
  const std::string why = wave.value("waits_for", "");
  for (std::size_t i = 0; i < jobs::wait_count; ++i) {
    if (jobs::name_of(static_cast<Why>(i)) == why) status.wait.why = static_cast<Why>(i);
  }
  status.wait.other = wave.value("waits_for_wave", "");
  if (wave.contains("waits_until")) status.wait.until = std::chrono::system_clock::from_time_t(wave["waits_until"].get<std::time_t>());
  status.wait.is_stuck = wave.value("needs_order", false);
  return status;
}

}  // namespace godwit::cli
