// SPDX-License-Identifier: Apache-2.0
#include "plan/account_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "base/text.h"
#include "plan/problems.h"

namespace godwit::plan {
namespace {

using Words = std::initializer_list<std::string_view>;

std::string bare(std::string_view header) {
  std::string result = to_lower(header);
  std::erase_if(result, [](char c) { return static_cast<unsigned char>(c) < 0x80 && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'); });
  return result;
}

constexpr Words source_words{"source", "src", "old", "from", "origin", "1"};
constexpr Words target_words{"target", "tgt", "destination", "dest", "dst", "new", "to", "2"};
constexpr Words user_words{"user", "username", "login", "loginname", "account", "email", "emailaddress", "mail", "mailbox", "address"};
constexpr Words password_words{"password", "passwd", "passwort", "pass", "pwd", "pw"};
constexpr Words endpoint_words{"server", "endpoint", "system"};

bool is_one_of(std::string_view text, Words words) { return std::ranges::find(words, text) != words.end(); }

// "olduser" and "userold".
bool is_pair(std::string_view text, Words sides, Words things) {
  return std::ranges::any_of(sides, [&](std::string_view side) {
    return (text.starts_with(side) && is_one_of(text.substr(side.size()), things)) ||
           (text.ends_with(side) && is_one_of(text.substr(0, text.size() - side.size()), things));
  });
}

std::vector<std::string> column_names() {
  std::vector<std::string> names;
  for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(AccountColumn::ignored); ++i) {
    names.emplace_back(name_of(static_cast<AccountColumn>(i)));
  }
  return names;
}

Result<AccountColumn> read_name(std::string_view header, std::size_t number, std::span<const std::string> ignored) {
  const auto is_same = [&](std::string_view other) { return bare(other) == bare(header); };
  if (header.empty()) return fail(ErrorKind::usage, fmt::format("column {} has no name; give it one, or remove it", number));
  if (std::ranges::any_of(ignored, is_same)) return AccountColumn::ignored;
  if (const auto column = find_column(header)) return *column;
  return fail(ErrorKind::usage,
              fmt::format("column {} is called \"{}\", which is no known name{} (or list it under ignore_columns in [accounts])", number,
                          printable(header), suggestion(header, column_names())));
}

}  // namespace

std::string_view name_of(AccountColumn column) {
  switch (column) {
    case AccountColumn::source_user: return "source_user";
    case AccountColumn::source_password: return "source_password";
    case AccountColumn::target_user: return "target_user";
    case AccountColumn::target_password: return "target_password";
    case AccountColumn::wave: return "wave";
    case AccountColumn::priority: return "priority";
    case AccountColumn::source: return "source";
    case AccountColumn::target: return "target";
    case AccountColumn::name: return "name";
    case AccountColumn::ignored: return "ignored";
  }
  return "";
}

std::optional<AccountColumn> find_column(std::string_view header) {
  const std::string text = bare(header);
  if (is_one_of(text, user_words) || is_pair(text, source_words, user_words)) return AccountColumn::source_user;
  if (is_one_of(text, password_words) || is_pair(text, source_words, password_words)) return AccountColumn::source_password;
  if (is_pair(text, target_words, user_words)) return AccountColumn::target_user;
  if (is_pair(text, target_words, password_words)) return AccountColumn::target_password;
  if (text == "source" || is_pair(text, source_words, endpoint_words)) return AccountColumn::source;
  if (text == "target" || text == "destination" || is_pair(text, target_words, endpoint_words)) return AccountColumn::target;
  if (is_one_of(text, {"wave", "batch", "group", "phase"})) return AccountColumn::wave;
  if (is_one_of(text, {"priority", "prio"})) return AccountColumn::priority;
  if (is_one_of(text, {"name", "displayname", "fullname", "realname", "person"})) return AccountColumn::name;
  return std::nullopt;
}

std::expected<std::vector<AccountColumn>, std::vector<Error>> read_header(std::span<const std::string> header,
                                                                          std::span<const std::string> ignored) {
  std::vector<AccountColumn> columns;
  std::vector<Error> errors;
  for (std::size_t i = 0; i < header.size(); ++i) {
    auto column = read_name(header[i], i + 1, ignored);
    if (!column) errors.push_back(std::move(column).error());
    const auto earlier = column && *column != AccountColumn::ignored ? std::ranges::find(columns, *column) : columns.end();
    if (earlier != columns.end()) {
      errors.push_back({ErrorKind::usage, fmt::format("columns {} (\"{}\") and {} (\"{}\") both mean {}; keep one of them",
                                                      earlier - columns.begin() + 1,
                                                      printable(header[static_cast<std::size_t>(earlier - columns.begin())]), i + 1,
                                                      printable(header[i]), name_of(*column)), {}, {}});
    }
    columns.push_back(column.value_or(AccountColumn::ignored));
  }
  if (errors.empty() && std::ranges::find(columns, AccountColumn::source_user) == columns.end()) {
    errors.push_back({ErrorKind::usage, "no column has the accounts' names on the source; call one source_user", {}, {}});
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return columns;
}

}  // namespace godwit::plan
