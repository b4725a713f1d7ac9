// SPDX-License-Identifier: Apache-2.0
#include "mime/header_date.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.h"

namespace godwit::mime {
namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Zone {
  std::string_view name, offset;
};
constexpr std::array zones{Zone{"EST", "-0500"}, Zone{"EDT", "-0400"}, Zone{"CST", "-0600"}, Zone{"CDT", "-0500"},
                           Zone{"MST", "-0700"}, Zone{"MDT", "-0600"}, Zone{"PST", "-0800"}, Zone{"PDT", "-0700"}};

// Comments, commas and blanks separate words.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool continues = false;
  unsigned depth = 0;
  for (const char c : text) {
    if (c == '(') ++depth;
    const bool separates = depth > 0 || c == ',' || static_cast<unsigned char>(c) <= ' ';
    if (c == ')' && depth > 0) --depth;
    if (separates) {
      continues = false;
      continue;
    }
    if (!continues) words.emplace_back();
    words.back() += c;
    continues = true;
  }
  return words;
}

std::string_view month_of(std::string_view word) {
  const auto found = std::ranges::find_if(months, [&](std::string_view month) { return starts_with_ignoring_case(word, month); });
  return found == months.end() ? std::string_view() : *found;
}

std::optional<unsigned> year_of(std::string_view word) {
  const auto year = word.size() > 4 ? std::nullopt : parse_number<unsigned>(word);
  if (!year || word.size() < 2) return std::nullopt;
  if (word.size() == 2) return *year + (*year < 50 ? 2000 : 1900);
  return word.size() == 3 ? *year + 1900 : *year;
}

// RFC 5322 §4.3: a zone that is not known says nothing.
std::string_view offset_of(std::string_view word) {
  const bool is_offset = word.size() == 5 && (word[0] == '+' || word[0] == '-');
  if (is_offset) return word;
  const auto found = std::ranges::find_if(zones, [&](const Zone& zone) { return equals_ignoring_case(zone.name, word); });
  return found == zones.end() ? "+0000" : found->offset;
}

// "9:05" or "09:05:00"
std::string time_of(std::string_view word) {
  std::string time(word);
  if (time.find(':') == 1) time.insert(0, "0");
  if (std::ranges::count(time, ':') == 1) time += ":00";
  return time;
}

struct Words {
  std::string_view day, month, year, time, zone;
};

Words sorted(const std::vector<std::string>& words) {
  std::size_t at = 0;
  const auto next = [&] { return at < words.size() ? std::string_view(words[at++]) : std::string_view(); };
  const bool has_weekday = !words.empty() && month_of(words[0]).empty() && !parse_number<unsigned>(words[0]);
  if (has_weekday) ++at;
  Words found;
  if (at < words.size() && !month_of(words[at]).empty()) {
    found.month = next();
    found.day = next();
    found.time = next();
    found.year = next();
    if (!year_of(found.year)) {
      found.zone = found.year;
      found.year = next();
    }
    return found;
  }
  found.day = next();
  found.month = next();
  found.year = next();
  found.time = next();
  found.zone = next();
  return found;
}

// The fields' lines, unfolded, one after the other.
std::optional<std::string> next_field(std::string_view& header) {
  std::string field;
  while (!header.empty()) {
    const std::size_t end = header.find('\n');
    std::string_view line = header.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool continues = line.starts_with(' ') || line.starts_with('\t');
    if (line.empty() || (!field.empty() && !continues)) break;
    field += line;
    header.remove_prefix(end == std::string_view::npos ? header.size() : end + 1);
  }
  if (field.empty()) return std::nullopt;
  return field;
}

}  // namespace

std::optional<InternalDate> parse_header_date(std::string_view text) {
  const auto words = words_of(text);
  const Words found = sorted(words);
  const auto day = parse_number<unsigned>(found.day);
  const auto year = year_of(found.year);
  const std::string_view month = month_of(found.month);
  if (!day || *day == 0 || *day > 31 || !year || month.empty()) return std::nullopt;
  return InternalDate::parse(fmt::format("{:02}-{}-{:04} {} {}", *day, month, *year, time_of(found.time), offset_of(found.zone)));
}

std::optional<InternalDate> arrival_date(std::string_view header) {
  std::optional<InternalDate> received, date;
  bool has_received = false;
  while (const auto field = next_field(header)) {
    if (!has_received && starts_with_ignoring_case(*field, "received:")) {
      has_received = true;
      const std::size_t semicolon = field->rfind(';');
      if (semicolon != std::string::npos) received = parse_header_date(std::string_view(*field).substr(semicolon + 1));
    }
    if (!date && starts_with_ignoring_case(*field, "date:")) date = parse_header_date(std::string_view(*field).substr(5));
  }
  return received ? received : date;
}

}  // namespace godwit::mime
