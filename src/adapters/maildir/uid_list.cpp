// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/uid_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace godwit::adapters {
namespace {

std::string_view take_word(std::string_view& line) {
  const std::size_t blank = line.find(' ');
  const std::string_view word = line.substr(0, blank);
  line.remove_prefix(blank == std::string_view::npos ? line.size() : blank + 1);
  return word;
}

bool read_first_line(std::string_view line, bool is_version_3, MaildirUidList& list) {
  static_cast<void>(take_word(line));
  const auto number = [&](char letter) {
    std::string_view word = take_word(line);
    if (is_version_3 && !word.empty() && word.front() == letter) word.remove_prefix(1);
    return parse_number<std::uint32_t>(word).value_or(0);
  };
  list.uid_validity = number('V');
  list.uid_next = number('N');
  if (is_version_3 && line.starts_with('G')) list.guid = line.substr(1, line.find(' ') - 1);
  return list.uid_validity != 0 && list.uid_next != 0;
}

void read_line(std::string_view line, bool is_version_3, MaildirUidList& list) {
  const auto uid = parse_number<Uid>(take_word(line));
  if (!uid || *uid == 0 || *uid == ~Uid{0}) return;
  if (is_version_3) {
    const std::size_t mark = line.starts_with(':') ? 0 : line.find(" :");
    if (mark == std::string_view::npos) return;
    line.remove_prefix(mark == 0 && line.starts_with(':') ? 1 : mark + 2);
  }
  const std::string_view name = line.substr(0, line.find(':'));
  if (name.empty()) return;
  list.uid_next = std::max(list.uid_next, *uid + 1);
  list.names.emplace_back(*uid, name);
}

}  // namespace

std::optional<MaildirUidList> parse_uid_list(std::string_view text) {
  MaildirUidList list;
  const std::size_t end = text.find('\n');
  const bool is_version_3 = text.starts_with("3 ");
  if (end == std::string_view::npos || (!is_version_3 && !text.starts_with("1 "))) return std::nullopt;
  if (!read_first_line(text.substr(0, end), is_version_3, list)) return std::nullopt;
  list.takes_lines = is_version_3 && text.ends_with('\n');
  text.remove_prefix(end + 1);
  while (true) {
    const std::size_t newline = text.find('\n');
    if (newline == std::string_view::npos) break;
    read_line(text.substr(0, newline), is_version_3, list);
    text.remove_prefix(newline + 1);
  }
  std::ranges::sort(list.names);
  const auto twice = std::ranges::unique(list.names, {}, [](const auto& each) { return each.first; });
  list.names.erase(twice.begin(), twice.end());
  return list;
}

std::string uid_list_text(const MaildirUidList& list) {
  std::string text = fmt::format("3 V{} N{}{}{}\n", list.uid_validity, list.uid_next, list.guid.empty() ? "" : " G", list.guid);
  for (const auto& [uid, name] : list.names) text += uid_list_line(uid, name);
  return text;
}

std::string uid_list_line(Uid uid, std::string_view name) { return fmt::format("{} :{}\n", uid, name); }

}  // namespace godwit::adapters
