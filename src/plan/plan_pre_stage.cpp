// SPDX-License-Identifier: Apache-2.0
// [pre_stage].
#include <fmt/format.h>

#include "base/byte_size.h"
#include "base/text.h"
#include "plan/plan_parts.h"

namespace godwit::plan {
namespace {

constexpr std::uint64_t most_days = 36'500;

void read_limit_of_age(TableReader& reader, PreStage& stage) {
  const auto before = reader.text_of_any("before", "a date: 2025-01-01");
  const auto days = reader.number("older_than_days", 1, most_days);
  if (before) {
    const auto parsed = sync::parse_rules({.until = *before});
    if (parsed) stage.before = *parsed->until;
    else reader.add_problem("before", fmt::format("\"{}\" is no date; write 2025-01-01, or 2025-01-01T18:30:00+01:00", printable(*before)));
  }
  if (days) stage.older_than = std::chrono::days(*days);
  if (reader.has("before") && reader.has("older_than_days")) {
    reader.add_problem("older_than_days", "there are two dates up to which mail is old; keep one of before, older_than_days");
  }
}

}  // namespace

std::optional<PreStage> read_pre_stage(TableReader& root, const std::vector<Wave>& waves, const Surroundings& surroundings,
                                       Reading& reading) {
  TableReader reader(root.table("pre_stage"), "pre_stage", reading);
  PreStage stage;
  read_limit_of_age(reader, stage);
  if (const auto size = reader.text_of_any("size_at_least", "a size: \"5GB\" or \"5GiB\"")) {
    stage.size_at_least = reader.checked("size_at_least", parse_byte_size(*size)).value_or(0);
  }
  for (PlacedText& wave : reader.texts("waves")) {
    if (std::ranges::find(waves, wave.text, &Wave::name) == waves.end()) {
      reader.add_problem(wave.place,
                         fmt::format("waves: there is no wave \"{}\"{}", printable(wave.text), suggestion(wave.text, names_of(waves))));
    }
    stage.waves.push_back(std::move(wave.text));
  }
  stage.windows = read_windows(reader, surroundings);
  if (!root.has("pre_stage")) return std::nullopt;
  if (!reader.has("before") && !reader.has("older_than_days")) {
    reader.add_problem("before", "it is missing in [pre_stage]; write before = 2025-01-01, or older_than_days = 30");
  }
  return stage;
}

}  // namespace godwit::plan
