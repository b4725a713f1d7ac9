// SPDX-License-Identifier: Apache-2.0
// Rules from text.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/byte_size.h"
#include "base/error_code.h"
#include "base/text.h"
#include "sync/rules.h"

namespace godwit::sync {
namespace {

using std::chrono::sys_seconds;

// Says in an error which rule it is about.
template <class T>
Result<T> within(std::string_view rule, std::string_view text, Result<T> parsed) {
  if (parsed) return parsed;
  return std::unexpected(std::move(parsed).error().at(fmt::format("{} \"{}\"", rule, printable(text))));
}

// Each of these takes what it reads off the front of `text`.
bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}
std::optional<unsigned> take_digits(std::string_view& text, std::size_t count) {
  const auto number = parse_number<unsigned>(text.substr(0, count));
  if (text.size() < count || !number) return std::nullopt;
  text.remove_prefix(count);
  return number;
}
// "+0200", "+02:00" or "Z": minutes east.
std::optional<std::chrono::minutes> take_zone(std::string_view& text) {
  if (take(text, 'Z')) return std::chrono::minutes(0);
  const bool is_west = text.starts_with('-');
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto hours = take_digits(text, 2);
  take(text, ':');
  const auto minutes = take_digits(text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const int east = static_cast<int>(*hours * 60 + *minutes);
  return std::chrono::minutes(is_west ? -east : east);
}
std::optional<std::chrono::seconds> take_time(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  const bool has_minute = take(text, ':');
  const auto minute = take_digits(text, 2);
  std::optional<unsigned> second = 0;
  if (take(text, ':')) second = take_digits(text, 2);
  if (!hour || !has_minute || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::seconds(*hour * 3600 + *minute * 60 + *second);
}
// 2024-01-31, 2024-01-31+02:00, 2024-01-31T18:30, 2024-01-31T18:30:00Z
std::optional<sys_seconds> parse_instant(std::string_view text) {
  const auto year = take_digits(text, 4);
  const bool has_month = take(text, '-');
  const auto month = take_digits(text, 2);
  const bool has_day = take(text, '-');
  const auto day = take_digits(text, 2);
  if (!year || !has_month || !month || !has_day || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                         std::chrono::day(*day)};
  std::optional<std::chrono::seconds> time = std::chrono::seconds(0);
  if (take(text, 'T') || take(text, 't') || take(text, ' ')) time = take_time(text);
  std::optional<std::chrono::minutes> zone = std::chrono::minutes(0);
  if (!text.empty()) zone = take_zone(text);
  if (!date.ok() || !time || !zone || !text.empty()) return std::nullopt;
  return std::chrono::sys_days(date) + *time - *zone;
}

Result<std::optional<sys_seconds>> parse_date(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (const auto instant = parse_instant(text)) return instant;
  return fail(codes::rule_form,
              "this is no date; write 2024-01-31 (midnight in UTC), 2024-01-31+02:00 (midnight in that zone), "
              "or 2024-01-31T18:30:00+02:00");
}

Result<std::optional<std::uint64_t>> parse_size(std::string_view text) {
  if (text.empty()) return std::nullopt;
  GODWIT_TRY(const auto size, parse_byte_size(text));
  if (size == 0) return fail(codes::rule_form, "no message is that small; leave the limit out to take all");
  return size;
}

Result<Rename> parse_rename_sides(std::string_view from, std::string_view to) {
  const auto take_subtree = [](std::string_view& side) {
    const bool is_subtree = side.ends_with("/**");
    if (is_subtree) side.remove_suffix(3);
    return is_subtree;
  };
  Rename rename;
  rename.subtree = take_subtree(from);
  if (take_subtree(to) != rename.subtree) {
    return fail(codes::rule_form,
                fmt::format("/** stands on both sides or on none: write \"{0}/**={1}/**\" for the folder and all "
                            "below it, \"{0}={1}\" for the folder alone",
                            from, to));
  }
  GODWIT_TRY(rename.from, parse_folder(from));
  GODWIT_TRY(rename.to, parse_folder(to));
  return rename;
}

Result<Rename> parse_rename(std::string_view text) {
  std::vector<std::size_t> equals;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') ++i;
    else if (text[i] == '=') equals.push_back(i);
  }
  if (equals.size() != 1) return fail(codes::rule_form, "write OLD=NEW, and \\= for an equals sign in a name");
  return parse_rename_sides(text.substr(0, equals.front()), text.substr(equals.front() + 1));
}

Result<std::vector<FolderPattern>> parse_patterns(std::string_view rule, const std::vector<std::string>& texts) {
  std::vector<FolderPattern> patterns;
  for (const std::string& text : texts) {
    GODWIT_TRY(auto pattern, within(rule, text, FolderPattern::parse(text)));
    patterns.push_back(std::move(pattern));
  }
  return patterns;
}

Result<std::vector<Rename>> parse_renames(const std::vector<std::string>& texts) {
  std::vector<Rename> renames;
  for (const std::string& text : texts) {
    GODWIT_TRY(auto rename, within("rename", text, parse_rename(text)));
    const bool is_double = std::ranges::any_of(
        renames, [&](const Rename& other) { return other.from == rename.from && other.subtree == rename.subtree; });
    if (is_double) {
      return fail(codes::rule_form, fmt::format("rename \"{}\": this folder has another new name already", printable(text)));
    }
    renames.push_back(std::move(rename));
  }
  return renames;
}

Result<MessageOrder> parse_order(std::string_view text) {
  if (text.empty() || text == "uid") return MessageOrder::ascending_uid;
  if (text == "newest-first") return MessageOrder::newest_first;
  return fail(codes::rule_form, "there is no such order; write uid or newest-first");
}

}  // namespace

Result<Rules> parse_rules(const RuleTexts& texts) {
  Rules rules;
  GODWIT_TRY(rules.include, parse_patterns("include", texts.include));
  GODWIT_TRY(rules.exclude, parse_patterns("exclude", texts.exclude));
  GODWIT_TRY(rules.shared, parse_patterns("shared", texts.shared));
  GODWIT_TRY(rules.other_users, parse_patterns("other_users", texts.other_users));
  rules.shared_account = texts.shared_account;
  rules.groupware = texts.groupware;
  GODWIT_TRY(rules.renames, parse_renames(texts.renames));
  if (!texts.below.empty()) {
    GODWIT_TRY(rules.below, within("below", texts.below, parse_folder(texts.below)));
  }
  GODWIT_TRY(rules.since, within("since", texts.since, parse_date(texts.since)));
  GODWIT_TRY(rules.until, within("until", texts.until, parse_date(texts.until)));
  if (rules.since && rules.until && *rules.since >= *rules.until) {
    return fail(codes::rule_form,
                fmt::format("since {} is not before until {}: no message could be moved; the day of until is "
                            "not taken any more",
                            texts.since, texts.until));
  }
  GODWIT_TRY(rules.size_limit, within("size limit", texts.size_limit, parse_size(texts.size_limit)));
  rules.skip_deleted = texts.skip_deleted;
  GODWIT_TRY(rules.order, within("order", texts.order, parse_order(texts.order)));
  return rules;
}

}  // namespace godwit::sync
