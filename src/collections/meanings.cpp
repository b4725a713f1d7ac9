// SPDX-License-Identifier: Apache-2.0
#include "collections/meanings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace godwit::collections {
namespace {

using groupware::Difference;
using groupware::Meaning;

constexpr std::size_t shown_differences = 5, shown_length = 200;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

// RFC 5228 section 2.1: lines end with CRLF; servers give them back as they like.
Meaning meaning_of_filter(const endpoint::ResourceContent& content) {
  Meaning meaning{.kind = ItemKind::filter, .uid = content.name, .summary = content.name, .digest = {}, .lines = lines_of(content.bytes)};
  meaning.lines.emplace_back(content.is_active ? "(active)" : "(not active)");
  Sha256 digest;
  for (const std::string& line : meaning.lines) {
    digest.update(line);
    digest.update("\n");
  }
  meaning.digest = digest.finish();
  return meaning;
}

std::string shown(const std::string& line) {
  const std::string text = printable(line);
  return text.size() <= shown_length ? text : text.substr(0, shown_length) + "…";
}

std::string text_of(const Difference& difference) {
  if (difference.right.empty()) return fmt::format("\"{}\" is missing", shown(difference.left));
  if (difference.left.empty()) return fmt::format("\"{}\" is new", shown(difference.right));
  return fmt::format("\"{}\" instead of \"{}\"", shown(difference.right), shown(difference.left));
}

std::vector<Difference> differences_of_lines(const Meaning& left, const Meaning& right) {
  std::vector<Difference> differences;
  for (const std::string& line : left.lines) {
    if (std::ranges::find(right.lines, line) == right.lines.end()) differences.push_back({line, {}});
  }
  for (const std::string& line : right.lines) {
    if (std::ranges::find(left.lines, line) == left.lines.end()) differences.push_back({{}, line});
  }
  return differences;
}

}  // namespace

Result<Meaning> read_meaning(const Meanings& meanings, CollectionKind kind, const endpoint::ResourceContent& content) {
  if (kind == CollectionKind::filters) return meaning_of_filter(content);
  GODWIT_TRY(Meaning meaning, meanings.meaning_of(kind, content.bytes));
  return meaning;
}

std::string describe_differences(const Meanings& meanings, const Meaning& wanted, const Meaning& there) {
  const auto all = wanted.kind == ItemKind::filter ? differences_of_lines(wanted, there) : meanings.differences(wanted, there);
  std::string text;
  for (std::size_t i = 0; i < std::min(all.size(), shown_differences); ++i) text += (i == 0 ? "" : "; ") + text_of(all[i]);
  if (all.size() > shown_differences) text += fmt::format("; and {} more", all.size() - shown_differences);
  return text;
}

}  // namespace godwit::collections
