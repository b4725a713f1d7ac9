// SPDX-License-Identifier: Apache-2.0
// Accounts files: each line becomes an account with a name that can be sent, or a problem; and what was read comes back when it is
// written as CSV.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/utf8.h"
#include "plan/accounts_file.h"

namespace {

using namespace godwit;
using namespace godwit::plan;

void append_field(std::string& text, std::string_view field, char end) {
  text += '"';
  for (const char c : field) text.append(c == '"' ? 2 : 1, c);
  text += '"';
  text += end;
}

std::string written(const std::vector<Account>& accounts) {
  std::string text = "source_user;source_password;target_user;target_password;wave;priority;source;target;name\n";
  for (const Account& account : accounts) {
    append_field(text, account.source_user, ';');
    append_field(text, account.source_password.reveal(), ';');
    append_field(text, account.target_user, ';');
    append_field(text, account.target_password.reveal(), ';');
    append_field(text, account.wave, ';');
    append_field(text, std::to_string(account.priority), ';');
    append_field(text, account.source, ';');
    append_field(text, account.target, ';');
    append_field(text, account.name, '\n');
  }
  return text;
}

bool is_name(const std::string& user) {
  const bool has_control = std::ranges::any_of(user, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  return is_utf8(user) && !has_control && !user.starts_with(' ') && !user.ends_with(' ');
}

bool is_same(const Account& left, const Account& right) {
  return left.source_user == right.source_user && left.source_password.reveal() == right.source_password.reveal() &&
         left.target_user == right.target_user && left.target_password.reveal() == right.target_password.reveal() &&
         left.wave == right.wave && left.priority == right.priority && left.source == right.source && left.target == right.target &&
         left.name == right.name;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  AccountSettings settings;
  settings.format = static_cast<AccountsFormat>(data[0] % 4);
  Problems problems;
  const auto accounts = parse_accounts(text, "accounts", settings, problems);
  std::size_t last = 0;
  for (const Account& account : accounts) {
    if (account.source_user.empty() || !is_name(account.source_user) || !is_name(account.target_user)) std::abort();
    if (account.line <= last) std::abort();
    last = account.line;
  }
  if (!problems.empty() && problems.error().what.empty()) std::abort();
  if (accounts.empty() && problems.empty()) std::abort();
  if (accounts.empty()) return 0;
  Problems none;
  const auto again =
      parse_accounts(written(accounts), "again.csv", settings.format == AccountsFormat::csv ? settings : AccountSettings(), none);
  if (!none.empty() || !std::ranges::equal(accounts, again, is_same)) std::abort();
  return 0;
}
