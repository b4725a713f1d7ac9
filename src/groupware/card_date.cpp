// SPDX-License-Identifier: Apache-2.0
#include "groupware/card_date.h"

#include <algorithm>

namespace godwit::groupware {
namespace {

std::string take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count || !std::ranges::all_of(text.substr(0, count), [](char c) { return c >= '0' && c <= '9'; })) return {};
  const std::string digits(text.substr(0, count));
  text.remove_prefix(count);
  return digits;
}

void skip(std::string_view& text, char c) {
  if (text.starts_with(c)) text.remove_prefix(1);
}

}  // namespace

std::optional<CardDate> parse_card_date(std::string_view value) {
  CardDate date;
  if (value.starts_with("--")) {
    value.remove_prefix(2);
  } else {
    date.year = take_digits(value, 4);
    if (date.year.empty()) return std::nullopt;
    skip(value, '-');
  }
  date.month = take_digits(value, 2);
  skip(value, '-');
  date.day = date.month.empty() ? std::string() : take_digits(value, 2);
  if (value.starts_with('T')) {
    date.time = value;
    std::erase(date.time, ':');
    if (date.day.empty()) return std::nullopt;
  } else if (!value.empty()) {
    return std::nullopt;
  }
  if (date.year.empty() && date.month.empty()) return std::nullopt;
  return date;
}

std::string CardDate::basic() const {
  if (day.empty() && !year.empty() && !month.empty()) return year + '-' + month;
  return (year.empty() ? "--" : year) + month + day + time;
}

std::string CardDate::extended() const { return with_year(year); }

std::string CardDate::with_year(std::string_view own) const {
  std::string text(own);
  if (!month.empty()) text += '-' + month;
  if (!day.empty()) text += '-' + day;
  return text + time;
}

bool is_date_property(std::string_view name) { return name == "BDAY" || name == "ANNIVERSARY" || name == "DEATHDATE"; }

}  // namespace godwit::groupware
