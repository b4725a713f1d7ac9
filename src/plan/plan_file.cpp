// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "plan/plan_parts.h"
#include "plan/text_file.h"

namespace godwit::plan {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t most_lanes = 16;

Result<milliseconds> parse_quiet_time(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 3> units{{{"ms", 1}, {"s", 1000}, {"min", 60'000}}};
  constexpr std::uint64_t longest = 3'600'000;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_number<std::uint32_t>(std::string_view(text).substr(0, digits));
  const auto unit = std::ranges::find(units, std::string_view(text).substr(digits), [](const auto& one) { return one.first; });
  if (number && unit != units.end() && *number * unit->second <= longest) return milliseconds(*number * unit->second);
  return fail(ErrorKind::usage, fmt::format("\"{}\" is no time up to an hour; write \"5s\", \"500ms\" or \"1min\"", printable(text)));
}

PlacedText placed(TableReader& reader, std::string_view key, std::string text) { return {std::move(text), reader.place_of(key)}; }

std::string read_accounts_format(TableReader& reader, AccountSettings& settings) {
  const auto text = reader.text("format");
  if (!text) return {};
  std::vector<std::string> names;
  for (const auto format : {AccountsFormat::csv, AccountsFormat::user_password, AccountsFormat::user_password_domain}) {
    names.emplace_back(name_of(format));
    if (*text != names.back()) continue;
    settings.format = format;
    return {};
  }
  return fmt::format("there is no form \"{}\"{}", printable(*text), suggestion(*text, names));
}

AccountSettings read_account_settings(TableReader& root, const Plan& plan, const Surroundings& surroundings, Reading& reading) {
  TableReader reader(root.table("accounts"), "accounts", reading);
  AccountSettings settings;
  for (const PlacedText& file : reader.texts("files")) settings.files.push_back(resolve(reader, file, surroundings));
  if (!reader.has("files")) reader.add_problem("files", "it is missing in [accounts]; write files = \"accounts.csv\"");
  const std::string fault = read_accounts_format(reader, settings);
  if (!fault.empty()) reader.add_problem("format", fault);
  for (PlacedText& column : reader.texts("ignore_columns")) settings.ignored_columns.push_back(std::move(column.text));
  settings.several_sources = reader.flag("several_sources");
  settings.same_password = reader.flag("same_password");
  settings.default_wave = reader.text_or("default_wave", "");
  if (!settings.default_wave.empty() && find_wave(plan, settings.default_wave) == nullptr) {
    reader.add_problem("default_wave", fmt::format("there is no wave \"{}\"{}", printable(settings.default_wave),
                                                   plan.waves.empty() ? "; write it as [[wave]]"
                                                                      : suggestion(settings.default_wave, names_of(plan.waves))));
  }
  TableReader addresses(reader.table("addresses"), "accounts.addresses", reading);
  for (const auto& [from, to] : addresses.entries()) {
    const auto added = settings.addresses.add(from, to.text);
    if (!added) reader.add_problem(to.place, "addresses: " + added.error().what);
  }
  return settings;
}

// As many as every server allows for one account; more than that, when it is asked for, is a problem.
void choose_lanes(TableReader& reader, Plan& plan) {
  const auto wanted = reader.number("lanes", 1, most_lanes);
  if (wanted) plan.lanes = *wanted;
  for (const auto* const endpoints : {&plan.sources, &plan.targets}) {
    for (const Endpoint& endpoint : *endpoints) {
      const auto allowed = endpoint.limits.connections_per_account ? endpoint.limits.connections_per_account : endpoint.limits.connections;
      if (!allowed || *allowed >= plan.lanes) continue;
      if (!wanted) plan.lanes = *allowed;
      else
        reader.add_problem(
            "lanes", fmt::format("{} lanes need as many connections for one account, and \"{}\" allows {}; write lanes = {}", *wanted,
                                 printable(endpoint.name), *allowed, *allowed));
    }
  }
}

Plan read_whole(const toml::table& table, const std::filesystem::path& file, Reading& reading) {
  TableReader root(&table, "", reading);
  TableReader head(root.table("plan"), "plan", reading);
  Plan plan;
  plan.name = head.required_text("name", "old to new");
  const Surroundings surroundings{.directory = file.parent_path(), .time_zone = read_time_zone(head)};
  const std::string ledger = head.required_text("ledger", "migration.ledger");
  if (!ledger.empty()) plan.ledger = resolve(head, placed(head, "ledger", ledger), surroundings);
  if (const auto key = head.text("vault_key")) plan.vault_key = resolve(head, placed(head, "vault_key", *key), surroundings);
  if (const auto quiet_time = head.parsed("quiet_time", parse_quiet_time)) plan.quiet_time = *quiet_time;
  plan.sources = read_endpoints(root, "source", surroundings, reading);
  plan.targets = read_endpoints(root, "target", surroundings, reading);
  choose_lanes(head, plan);
  plan.waves = read_waves(root, surroundings, reading);
  plan.pre_stage = read_pre_stage(root, plan.waves, surroundings, reading);
  plan.accounts = read_account_settings(root, plan, surroundings, reading);
  read_rules(root, plan, surroundings, reading);
  return plan;
}

std::string heading(const std::string& table) { return table.empty() ? "at the top of the file" : fmt::format("in [{}]", table); }

// A key that another table has belongs there: whatever is written at the end of a file falls into its last table.
void tell_unknown(Reading& reading) {
  if (reading.unknown.empty()) return;
  const auto all = plan_keys();
  for (const Reading::UnknownKey& unknown : reading.unknown) {
    std::string homes;
    for (const auto& [table, key] : all) {
      if (key == unknown.key && table != unknown.table) homes.append(homes.empty() ? "" : " or ").append(heading(table));
    }
    reading.problems.add(unknown.place, fmt::format("there is no key \"{}\" {}{}", printable(unknown.key), heading(unknown.table),
                                                    homes.empty() ? suggestion(unknown.key, unknown.known) : "; it belongs " + homes));
  }
}

}  // namespace

std::filesystem::path resolve(TableReader& reader, const PlacedText& path, const Surroundings& surroundings) {
  if (path.text.starts_with("~")) {
    reader.add_problem(path.place, fmt::format("\"{}\": ~ is not understood here; write the whole path, or one from the plan's directory",
                                               printable(path.text)));
  }
  return (surroundings.directory / path.text).lexically_normal();
}

Result<Plan> parse_plan(std::string_view text, const std::filesystem::path& file) {
  Reading reading{.file = file.string()};
  GODWIT_TRY(const toml::table table, parse_toml(text, reading.file));
  Plan plan = read_whole(table, file, reading);
  tell_unknown(reading);
  if (!reading.problems.empty()) return std::unexpected(reading.problems.error());
  return plan;
}

Result<Plan> read_plan(const std::filesystem::path& file) {
  auto text = read_text_file(file);
  if (!text) return std::unexpected(std::move(text).error().at(printable(file.string())));
  return parse_plan(text->reveal(), file);
}

std::vector<std::pair<std::string, std::string>> plan_keys() {
  Reading reading{.file = ""};
  const auto every_table = parse_toml("[source]\n[target]\n[[wave]]\n", "");
  static_cast<void>(read_whole(every_table.value(), "", reading));
  return {reading.keys.begin(), reading.keys.end()};
}

}  // namespace godwit::plan
