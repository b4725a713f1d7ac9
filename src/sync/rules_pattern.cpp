// SPDX-License-Identifier: Apache-2.0
#include "sync/rules_pattern.h"

#include <fmt/format.h>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::sync {
namespace {

// The levels of a text, escapes still in it.
Result<std::vector<std::string_view>> split_levels(std::string_view text) {
  if (text.empty()) return fail(codes::rule_form, "a folder name is missing");
  std::vector<std::string_view> levels;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '\\') {
      if (++i == text.size()) return fail(codes::rule_form, "nothing stands behind the last \\; write \\\\ for a backslash");
    } else if (i == text.size() || text[i] == '/') {
      if (i == begin) {
        return fail(codes::rule_form,
                    "a level is empty: names have no / at their beginning and end and no // between; "
                    "write \\/ for a slash within a name");
      }
      levels.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  return levels;
}

void normalize_inbox(std::string& first_level) {
  if (equals_ignoring_case(first_level, "INBOX")) first_level = "INBOX";
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

}  // namespace

Result<endpoint::FolderPath> parse_folder(std::string_view text) {
  GODWIT_TRY(const auto levels, split_levels(text));
  endpoint::FolderPath path;
  for (const std::string_view level : levels) {
    std::string& name = path.segments.emplace_back();
    for (std::size_t i = 0; i < level.size(); ++i) {
      if (level[i] == '*' || level[i] == '?') {
        return fail(codes::rule_form,
                    fmt::format("wildcards are not understood here; write \\{} for a {} in a name", level[i], level[i]));
      }
      if (level[i] == '\\') ++i;
      name += level[i];
    }
  }
  normalize_inbox(path.segments.front());
  return path;
}

std::string write_folder(const endpoint::FolderPath& path) {
  std::string text;
  for (const std::string& segment : path.segments) {
    if (!text.empty()) text += '/';
    for (const char c : segment) {
      if (std::string_view("\\/*?=").contains(c)) text += '\\';
      text += c;
    }
  }
  return text;
}

Result<FolderPattern::Level> FolderPattern::parse_level(std::string_view text) {
  if (text == "**") return Level{true, {}};
  if (text.contains("**")) {
    return fail(codes::rule_form,
                "** stands alone between slashes: write \"Lists/**\" for Lists and all below it, "
                "\"Lists*\" for names that begin so");
  }
  Level level;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*') {
      level.signs.push_back({Kind::any_many, 0});
    } else if (text[i] == '?') {
      level.signs.push_back({Kind::any_one, 0});
    } else {
      if (text[i] == '\\') ++i;
      level.signs.push_back({Kind::literal, text[i]});
    }
  }
  return level;
}

Result<FolderPattern> FolderPattern::parse(std::string_view text) {
  GODWIT_TRY(const auto levels, split_levels(text));
  FolderPattern pattern;
  for (const std::string_view level : levels) {
    GODWIT_TRY(auto parsed, parse_level(pattern.levels_.empty() && equals_ignoring_case(level, "INBOX") ? "INBOX" : level));
    pattern.levels_.push_back(std::move(parsed));
  }
  return pattern;
}

// The usual walk with one place to return to: the last * met takes one character more.
bool FolderPattern::matches_level(const std::vector<Sign>& signs, std::string_view name) {
  std::size_t sign = 0, place = 0;
  std::size_t star = signs.size(), star_place = 0;
  while (place < name.size()) {
    if (sign < signs.size() && signs[sign].kind == Kind::any_many) {
      star = sign++;
      star_place = place;
    } else if (sign < signs.size() && signs[sign].kind == Kind::any_one) {
      ++sign;
      for (++place; place < name.size() && is_continuation(name[place]);) ++place;
    } else if (sign < signs.size() && signs[sign].byte == name[place]) {
      ++sign;
      ++place;
    } else if (star < signs.size()) {
      sign = star + 1;
      for (++star_place; star_place < name.size() && is_continuation(name[star_place]);) ++star_place;
      place = star_place;
    } else {
      return false;
    }
  }
  while (sign < signs.size() && signs[sign].kind == Kind::any_many) ++sign;
  return sign == signs.size();
}

// reached[i]: the first i levels of the pattern cover the levels of the path seen so far.
bool FolderPattern::matches(const endpoint::FolderPath& path) const {
  std::vector<bool> reached(levels_.size() + 1, false);
  const auto pass_empty = [&] {
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      if (levels_[i].any_levels && reached[i]) reached[i + 1] = true;
    }
  };
  reached[0] = true;
  pass_empty();
  for (const std::string& segment : path.segments) {
    std::vector<bool> next(levels_.size() + 1, false);
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      if (levels_[i].any_levels) next[i + 1] = next[i + 1] || reached[i] || reached[i + 1];
      else if (reached[i] && matches_level(levels_[i].signs, segment)) next[i + 1] = true;
    }
    reached = std::move(next);
    pass_empty();
  }
  return !path.segments.empty() && reached.back();
}

}  // namespace godwit::sync
