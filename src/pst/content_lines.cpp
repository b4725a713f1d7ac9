// SPDX-License-Identifier: Apache-2.0
#include "pst/content_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace godwit::pst {
namespace {

constexpr std::size_t longest_line = 75;
constexpr std::int64_t first_second = -11'644'473'600, last_second = 79'842'412'799;  // 1601 to 4500

bool continues_a_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }

std::chrono::sys_seconds moment(std::int64_t seconds) {
  return std::chrono::sys_seconds{std::chrono::seconds(std::clamp(seconds, first_second, last_second))};
}

}  // namespace

void ContentLines::add(std::string_view name, std::string_view value) {
  std::string line = fmt::format("{}:{}", name, value);
  std::string_view rest = line;
  for (std::size_t room = longest_line; rest.size() > room; room = longest_line - 1) {
    std::size_t end = room;
    while (end > 1 && continues_a_character(rest[end])) --end;
    text_.append(rest.substr(0, end)).append("\r\n ");
    rest.remove_prefix(end);
  }
  text_.append(rest).append("\r\n");
}

void ContentLines::add_text(std::string_view name, std::string_view text) {
  if (const std::string value = escaped(text); !value.empty()) add(name, value);
}

std::string escaped(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' || c == '\n') {
      if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
      value += "\\n";
    } else if (!is_control(c)) {
      if (c == '\\' || c == ',' || c == ';') value += '\\';
      value += c;
    }
  }
  return value;
}

std::string clean_line(std::string_view text) {
  std::string clean(text);
  std::erase_if(clean, is_control);
  return clean;
}

std::string parameter_of(std::string_view name, std::string_view value) {
  std::string clean = clean_line(value);
  std::ranges::replace(clean, '"', '\'');
  return clean.empty() ? clean : fmt::format(";{}=\"{}\"", name, clean);
}

std::string date_text(std::int64_t seconds) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(moment(seconds)));
  return fmt::format("{:04}{:02}{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string date_time_text(std::int64_t seconds) {
  const auto when = moment(seconds);
  const std::chrono::hh_mm_ss time(when - std::chrono::floor<std::chrono::days>(when));
  return fmt::format("{}T{:02}{:02}{:02}", date_text(seconds), time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace godwit::pst
