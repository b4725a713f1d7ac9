// SPDX-License-Identifier: Apache-2.0
// [rules].
#include "mime/repair_rules.h"
#include "plan/plan_parts.h"
#include "sync/extras_options.h"

namespace godwit::plan {
namespace {

// Each text for itself, so that an error has its own place.
std::vector<std::string> read_list(TableReader& reader, std::string_view key, std::vector<std::string> sync::RuleTexts::*member,
                                   bool& is_good) {
  std::vector<std::string> result;
  for (PlacedText& one : reader.texts(key)) {
    sync::RuleTexts alone;
    (alone.*member).push_back(one.text);
    if (const auto parsed = sync::parse_rules(alone); !parsed) {
      reader.add_problem(one.place, describe(parsed.error()));
      is_good = false;
    }
    result.push_back(std::move(one.text));
  }
  return result;
}

std::string checked_text(TableReader& reader, std::string_view key, std::optional<std::string> text, std::string sync::RuleTexts::* member,
                         bool& is_good) {
  if (!text) return {};
  sync::RuleTexts alone;
  alone.*member = *text;
  if (const auto parsed = sync::parse_rules(alone); !parsed) {
    reader.add_problem(reader.place_of(key), describe(parsed.error()));
    is_good = false;
  }
  return std::move(*text);
}

std::string read_repairs(TableReader& reader) {
  std::string all;
  for (const PlacedText& one : reader.texts("repair")) {
    const auto parsed = mime::RepairRules::parse(one.text);
    if (!parsed) reader.add_problem(one.place, "repair: " + parsed.error().what);
    all.append(all.empty() ? "" : ", ").append(one.text);
  }
  return all;
}

void read_extras(TableReader& reader, ExtrasSettings& extras, const Surroundings& surroundings) {
  extras.rights = reader.flag("copy_rights");
  extras.quota = reader.flag("copy_quota");
  for (PlacedText& pattern : reader.texts("copy_annotations")) {
    const auto checked = sync::check_annotation_pattern(pattern.text);
    if (!checked) reader.add_problem(pattern.place, "copy_annotations: " + checked.error().what);
    extras.annotations.push_back(std::move(pattern.text));
  }
  const auto file = reader.text("identities");
  if (file) extras.identities = resolve(reader, {*file, reader.place_of("identities")}, surroundings);
  if (!extras.identities.empty() && !extras.rights) {
    reader.add_problem("identities", "it says who is who where rights are copied; write copy_rights = true, too");
  }
}

// One account for all: else each account that sees a folder would move it once more.
void read_folders_of_others(TableReader& reader, Plan& plan, bool& is_good) {
  plan.rules.shared = read_list(reader, "shared", &sync::RuleTexts::shared, is_good);
  plan.rules.other_users = read_list(reader, "other_users", &sync::RuleTexts::other_users, is_good);
  plan.rules.shared_account = reader.text_or("shared_account", "");
  const bool has_any = !plan.rules.shared.empty() || !plan.rules.other_users.empty();
  if (has_any && plan.rules.shared_account.empty()) {
    reader.add_problem(reader.has("shared") ? "shared" : "other_users",
                       "who moves these folders? Several accounts see them, and one may move them: write shared_account = "
                       "\"alice@example.com\", as godwit status calls it");
  }
  if (!has_any && !plan.rules.shared_account.empty()) {
    reader.add_problem("shared_account", "it moves the folders of shared and other_users, and there are none; write shared = "
                                         "[\"Shared/**\"], too");
  }
}

}  // namespace

void read_rules(TableReader& root, Plan& plan, const Surroundings& surroundings, Reading& reading) {
  using sync::RuleTexts;
  TableReader reader(root.table("rules"), "rules", reading);
  bool is_good = true;
  const auto text = [&](std::string_view key, std::string RuleTexts::* member) {
    return checked_text(reader, key, reader.text(key), member, is_good);
  };
  const auto any = [&](std::string_view key, std::string_view example, std::string RuleTexts::* member) {
    return checked_text(reader, key, reader.text_of_any(key, example), member, is_good);
  };
  plan.rules.include = read_list(reader, "include", &RuleTexts::include, is_good);
  plan.rules.exclude = read_list(reader, "exclude", &RuleTexts::exclude, is_good);
  plan.rules.renames = read_list(reader, "rename", &RuleTexts::renames, is_good);
  plan.rules.below = text("below", &RuleTexts::below);
  plan.rules.since = any("since", "a date: 2024-01-31", &RuleTexts::since);
  plan.rules.until = any("until", "a date: 2024-01-31", &RuleTexts::until);
  plan.rules.size_limit = any("size_limit", "a size: \"25MB\" or \"25MiB\"", &RuleTexts::size_limit);
  plan.rules.skip_deleted = reader.flag("skip_deleted");
  plan.rules.order = text("order", &RuleTexts::order);
  plan.rules.groupware = reader.flag("groupware");
  read_folders_of_others(reader, plan, is_good);
  read_extras(reader, plan.extras, surroundings);
  plan.repairs = read_repairs(reader);
  if (!is_good) return;
  const auto together = sync::parse_rules(plan.rules);
  if (!together) reader.add_problem(reader.place_of(reader.has("until") ? "until" : "rename"), describe(together.error()));
}

}  // namespace godwit::plan
