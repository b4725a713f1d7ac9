// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/bookkeeping.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/text.h"

namespace godwit::adapters {
namespace {

constexpr std::string_view mark_name = "X-Godwit-Mbox";
constexpr std::string_view internal_data = "DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA";
constexpr std::array<std::string_view, 11> names{"Status",           "X-Status",          "X-Keywords",     "X-UID",
                                                 "X-IMAP",           "X-IMAPbase",        "Content-Length", "X-Mozilla-Status",
                                                 "X-Mozilla-Status2", "X-Mozilla-Keys", mark_name};
constexpr std::array<std::pair<char, MessageFlags::System>, 5> letters{{{'R', MessageFlags::seen},
                                                                        {'D', MessageFlags::deleted},
                                                                        {'A', MessageFlags::answered},
                                                                        {'F', MessageFlags::flagged},
                                                                        {'T', MessageFlags::draft}}};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r"), text.size());
  const std::size_t end = text.find_last_not_of(" \t\r");
  return end == std::string_view::npos ? std::string_view() : text.substr(begin, end - begin + 1);
}

template <class Take>
void for_each_part(std::string_view text, std::string_view separators, Take take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (const auto part = trimmed(text.substr(0, end)); !part.empty()) take(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::optional<std::uint32_t> hexadecimal(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A label as a keyword: what RFC 9051's atom cannot hold becomes '_'. Nothing of an encoded or empty one.
std::string keyword_of(std::string_view label) {
  if (label.starts_with("=?")) return {};
  std::string keyword(label);
  std::ranges::replace_if(keyword, [](char c) { return c <= ' ' || c >= 0x7F || std::string_view("(){%*\"\\]").contains(c); }, '_');
  return keyword;
}

}  // namespace

std::string MboxMark::to_line() const {
  const int minutes = std::abs(zone_minutes);
  return fmt::format("{}: {:016x} {}{} {}{:02}{:02} {:020}\n", mark_name, id, is_quoted ? "rd" : "cl2", is_verbatim ? "-verbatim" : "",
                     zone_minutes < 0 ? '-' : '+', minutes / 60, minutes % 60, length);
}

std::optional<MboxMark> MboxMark::parse(std::string_view value) {
  std::array<std::string_view, 4> parts;
  std::size_t count = 0;
  for_each_part(value, " ", [&](std::string_view part) {
    if (count < parts.size()) parts[count] = part;
    ++count;
  });
  MboxMark mark;
  const auto [end, error] = std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), mark.id, 16);
  const auto zone = parse_number<unsigned>(parts[2].substr(std::min<std::size_t>(1, parts[2].size())));
  const auto length = parse_number<std::uint64_t>(parts[3]);
  if (count != parts.size() || parts[0].size() != 16 || error != std::errc{} || end != parts[0].data() + 16) return std::nullopt;
  if (parts[2].size() != 5 || !zone || *zone > 2359 || *zone % 100 > 59 || !length) return std::nullopt;
  mark.is_quoted = parts[1].starts_with("rd");
  mark.is_verbatim = parts[1].ends_with("-verbatim");
  const auto minutes = static_cast<std::int16_t>(*zone / 100 * 60 + *zone % 100);
  mark.zone_minutes = parts[2].starts_with('-') ? static_cast<std::int16_t>(-minutes) : minutes;
  mark.length = *length;
  return mark;
}

bool is_bookkeeping(std::string_view name) {
  return std::ranges::any_of(names, [&](std::string_view each) { return equals_ignoring_case(each, name); });
}

bool needs_prefix(std::string_view name) {
  while (!is_bookkeeping(name)) {
    if (!starts_with_ignoring_case(name, kept_prefix)) return false;
    name.remove_prefix(kept_prefix.size());
  }
  return true;
}

bool Bookkeeping::take(std::string_view name, std::string_view value) {
  const auto is = [name](std::string_view other) { return equals_ignoring_case(name, other); };
  value = trimmed(value);
  if (is("Subject") && value == internal_data && !mark_) is_internal_data_ = true;
  if (is("Date")) date_ = value;
  if (is("Received") && received_.empty()) received_ = value.contains(';') ? value.substr(value.rfind(';') + 1) : std::string_view();
  if (is("X-Gmail-Labels") && !mark_) take_gmail_labels(value);
  if (is("Status") || is("X-Status")) {
    for (const auto& [letter, flag] : letters) {
      if (value.contains(letter)) flags_.system |= flag;
    }
  }
  if (is("X-Keywords") || is("X-Mozilla-Keys")) for_each_part(value, " \t", [&](std::string_view keyword) { flags_.add(keyword); });
  if (is("X-Mozilla-Status")) take_mozilla_status(value);
  if (is("X-Mozilla-Status2")) take_mozilla_labels(value);
  if (is("Content-Length")) content_length_ = parse_number<std::uint64_t>(value);
  if (is(mark_name)) mark_ = MboxMark::parse(value);
  return is_bookkeeping(name);
}

// nsMsgMessageFlags of Thunderbird.
void Bookkeeping::take_mozilla_status(std::string_view value) {
  const std::uint32_t bits = hexadecimal(value).value_or(0);
  if ((bits & 0x0001U) != 0) flags_.system |= MessageFlags::seen;
  if ((bits & 0x0002U) != 0) flags_.system |= MessageFlags::answered;
  if ((bits & 0x0004U) != 0) flags_.system |= MessageFlags::flagged;
  if ((bits & 0x0008U) != 0) is_expunged_ = true;
  if ((bits & 0x1000U) != 0) flags_.add("$Forwarded");
}

void Bookkeeping::take_mozilla_labels(std::string_view value) {
  const std::uint32_t label = (hexadecimal(value).value_or(0) & 0x0E00'0000U) >> 25U;
  if (label >= 1 && label <= 5) flags_.add(fmt::format("$label{}", label));
}

// Google Takeout. Labels that say where a message lies are none here.
void Bookkeeping::take_gmail_labels(std::string_view value) {
  for_each_part(value, ",", [&](std::string_view label) {
    constexpr std::array<std::string_view, 8> places{"Inbox", "Sent", "Archived", "Unread", "Spam", "Trash", "Chat", "All Mail"};
    if (label == "Opened") flags_.system |= MessageFlags::seen;
    else if (label == "Starred") flags_.system |= MessageFlags::flagged;
    else if (label == "Drafts" || label == "Draft") flags_.system |= MessageFlags::draft;
    else if (label == "Important") flags_.add("$Important");
    else if (std::ranges::find(places, label) == places.end() && !label.starts_with("Category ")) {
      if (const std::string keyword = keyword_of(label); !keyword.empty()) flags_.add(keyword);
    }
  });
}

std::string status_lines(const MessageFlags& flags) {
  std::string lines = (flags.system & MessageFlags::seen) != 0 ? "Status: RO\n" : "Status: O\n";
  std::string others;
  for (const auto& [letter, flag] : letters) {
    if (letter != 'R' && (flags.system & flag) != 0) others += letter;
  }
  if (!others.empty()) lines += "X-Status: " + others + '\n';
  if (!flags.keywords.empty()) lines += "X-Keywords: " + fmt::format("{}", fmt::join(flags.keywords, " ")) + '\n';
  return lines;
}

}  // namespace godwit::adapters
