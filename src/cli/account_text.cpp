// SPDX-License-Identifier: Apache-2.0
#include "cli/account_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/terminal.h"

namespace godwit::cli {
namespace {

using nlohmann::json;

constexpr std::size_t name_width = 12;

std::uint64_t number(const json& account, const char* key) { return account.value(key, std::uint64_t{0}); }
std::string text(const json& account, const char* key) { return printable(account.value(key, std::string())); }

void add(std::string& lines, std::string_view name, const std::string& value) {
  if (!value.empty()) lines += fmt::format("  {} {}\n", padded(std::string(name), name_width), value);
}

// In the machine's own time zone.
std::string time_text(const json& account, const char* key) {
  const auto found = account.find(key);
  if (found == account.end() || !found->is_number()) return {};
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(static_cast<std::time_t>(found->get<std::int64_t>())));
}

std::string state_text(const json& account) {
  std::string state = text(account, "state");
  if (state == "running") {
    state += ", " + text(account, "phase");
    if (text(account, "phase") == "copying") state += " " + text(account, "folder");
    if (const auto all = number(account, "messages"); all > 0) {
      state += fmt::format(" ({} of {} messages)", grouped(number(account, "messages_done")), grouped(all));
    }
  }
  return account.value("held", false) ? state + ", held until godwit account release" : state;
}

std::string moved_text(const json& account) {
  std::string moved = fmt::format("{} messages, {}", grouped(number(account, "copied")), format_bytes(number(account, "bytes_done")));
  if (const auto matched = number(account, "matched"); matched > 0) moved += fmt::format("; {} were there already", grouped(matched));
  if (const auto left = number(account, "not_moved"); left > 0) moved += fmt::format("; {} NOT moved", grouped(left));
  return moved;
}

std::string grade_text(const json& account) {
  std::string grade = text(account, "grade");
  for (const json& reason : account.value("grade_reasons", json::array())) {
    grade += fmt::format("\n  {:{}} {}", "", name_width, printable(reason.get<std::string>()));
  }
  return grade;
}

std::string error_text(const json& account) {
  const auto error = account.find("error");
  if (error == account.end()) return {};
  const std::string code = text(*error, "code");
  return text(*error, "what") + (code.empty() ? "" : fmt::format(" ({})", code));
}

}  // namespace

std::string account_text(const json& account) {
  std::string lines = text(account, "account") + "\n";
  add(lines, "state", state_text(account));
  add(lines, "wave", text(account, "wave"));
  add(lines, "began", time_text(account, "began"));
  add(lines, "ended", time_text(account, "ended"));
  if (account.contains("ended")) add(lines, "last round", moved_text(account));
  add(lines, "grade", grade_text(account));
  add(lines, "error", error_text(account));
  if (const auto attempts = number(account, "attempts"); attempts > 0) add(lines, "attempts", fmt::format("{} failed in a row", attempts));
  add(lines, "next attempt", time_text(account, "next_attempt"));
  add(lines, "warning", text(account, "warning"));
  return lines;
}

}  // namespace godwit::cli
