// SPDX-License-Identifier: Apache-2.0
// Windows and waves.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "plan/plan_parts.h"

namespace godwit::plan {
namespace {

Wave read_wave(const toml::table* table, const Surroundings& surroundings, Reading& reading) {
  TableReader reader(table, "wave", reading);
  Wave wave;
  wave.name = reader.required_text("name", "night 1");
  wave.is_pilot = reader.flag("pilot");
  wave.windows = read_windows(reader, surroundings);
  wave.after = reader.text_or("after", "");
  return wave;
}

// Whether one that goes by `after` from `wave` comes back to it.
bool waits_for_itself(const std::vector<Wave>& waves, const Wave& wave) {
  std::string_view name = wave.after;
  for (std::size_t step = 0; step < waves.size(); ++step) {
    if (name == wave.name) return true;
    const auto next = std::ranges::find(waves, name, &Wave::name);
    if (next == waves.end()) return false;
    name = next->after;
  }
  return false;
}

void check_wave(TableReader& root, const std::vector<Wave>& waves, const Wave& wave, const Place& place) {
  if (!wave.name.empty() && std::ranges::count(waves, wave.name, &Wave::name) > 1) {
    root.add_problem(place, fmt::format("several waves are called \"{}\"; give each a name of its own", printable(wave.name)));
    return;
  }
  if (wave.after.empty()) return;
  if (std::ranges::find(waves, wave.after, &Wave::name) == waves.end()) {
    root.add_problem(place,
                     fmt::format("after: there is no wave \"{}\"{}", printable(wave.after), suggestion(wave.after, names_of(waves))));
  } else if (waits_for_itself(waves, wave)) {
    root.add_problem(place,
                     fmt::format("after: the wave \"{}\" would wait for itself; remove one of the keys after", printable(wave.name)));
  }
}

}  // namespace

std::string read_time_zone(TableReader& reader) {
  const auto zone = reader.text("time_zone");
  if (!zone) return {};
  const auto checked = check_time_zone(*zone);
  if (!checked) reader.add_problem("time_zone", checked.error().what);
  return checked ? *zone : std::string();
}

WeeklyWindows read_windows(TableReader& reader, const Surroundings& surroundings) {
  WeeklyWindows result;
  for (const PlacedText& text : reader.texts("windows")) {
    auto window = parse_window(text.text);
    if (window) result.windows.push_back(*window);
    else reader.add_problem(text.place, "windows: " + window.error().what);
  }
  const std::string zone = read_time_zone(reader);
  if (!zone.empty() && !reader.has("windows"))
    reader.add_problem("time_zone", "there are no windows that it could be for; write windows, or remove it");
  if (!result.windows.empty()) result.time_zone = zone.empty() ? surroundings.time_zone : zone;
  return result;
}

std::vector<Wave> read_waves(TableReader& root, const Surroundings& surroundings, Reading& reading) {
  std::vector<Wave> waves;
  const auto tables = root.tables("wave");
  for (const toml::table* table : tables) waves.push_back(read_wave(table, surroundings, reading));
  for (std::size_t i = 0; i < waves.size(); ++i) check_wave(root, waves, waves[i], reading.place_of(tables[i]->source()));
  return waves;
}

}  // namespace godwit::plan
