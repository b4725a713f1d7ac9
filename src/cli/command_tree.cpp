// SPDX-License-Identifier: Apache-2.0
#include "cli/command_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace godwit::cli {
namespace {

// CLI11 tells what a value may be in the name of its type: "TEXT:{text,json}", "UINT:INT in [1 - 16]".
std::vector<std::string> choices_of(std::string_view type) {
  std::vector<std::string> choices;
  const std::size_t open = type.find('{'), close = type.rfind('}');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return choices;
  std::string_view rest = type.substr(open + 1, close - open - 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    choices.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return choices;
}

std::string value_of(const OptionEntry& option, std::string_view type) {
  if (!option.choices.empty()) return fmt::format("{}", fmt::join(option.choices, "|"));
  if (!option.is_number) return "VALUE";
  const std::size_t open = type.find('['), close = type.rfind(']');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return "NUMBER";
  std::string range(type.substr(open + 1, close - open - 1));
  const std::size_t dash = range.find(" - ");
  if (dash != std::string::npos) range.replace(dash, 3, "..");
  return range;
}

// "--json, --csv", in order: the sets of CLI11 are in that of addresses.
std::string names_of(const std::set<CLI::Option*>& options) {
  std::set<std::string> names;
  for (const CLI::Option* option : options) {
    const bool is_long = !option->get_lnames().empty();
    names.insert(is_long ? "--" + option->get_lnames().front() : to_upper(option->get_name(!option->nonpositional())));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

OptionEntry read_option(const CLI::Option& option) {
  OptionEntry entry;
  for (const std::string& name : option.get_lnames()) entry.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) entry.names.push_back("-" + name);
  entry.text = option.get_description();
  if (!option.get_needs().empty()) entry.text += fmt::format(" (only with {})", names_of(option.get_needs()));
  if (!option.get_excludes().empty()) entry.text += fmt::format(" (not with {})", names_of(option.get_excludes()));
  entry.is_required = option.get_required();
  if (option.get_items_expected_max() == 0) return entry;
  const std::string type = option.get_type_name();
  entry.is_number = type.starts_with("UINT") || type.starts_with("INT") || type.starts_with("FLOAT");
  entry.is_repeated = option.get_items_expected_max() > 1;
  entry.choices = choices_of(type);
  entry.value = entry.names.empty() ? to_upper(option.get_name(true)) : value_of(entry, type);
  if (!option.get_default_str().empty()) entry.text += fmt::format(" ({})", option.get_default_str());
  return entry;
}

CommandEntry read_command(const CLI::App& command, const std::string& path) {
  CommandEntry entry;
  entry.path = path;
  entry.text = command.get_description();
  entry.footer = command.get_footer();
  for (const CLI::Option* option : command.get_options({})) {
    if (option->get_group().empty()) continue;
    (option->nonpositional() ? entry.options : entry.positionals).push_back(read_option(*option));
  }
  for (const CLI::App* each : command.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); })) {
    entry.commands.push_back(read_command(*each, path + " " + each->get_name()));
  }
  std::ranges::sort(entry.commands, {}, &CommandEntry::path);
  return entry;
}

}  // namespace

CommandEntry read_commands(const CLI::App& program) { return read_command(program, "godwit"); }

std::vector<const CommandEntry*> all_of(const CommandEntry& command) {
  std::vector<const CommandEntry*> all{&command};
  for (const CommandEntry& each : command.commands) {
    for (const CommandEntry* below : all_of(each)) all.push_back(below);
  }
  return all;
}

}  // namespace godwit::cli
