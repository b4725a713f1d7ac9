// SPDX-License-Identifier: Apache-2.0
// Accounts as a person's file has them: CSV, or the bulk form of one "user:password" a line. docs/plan.md describes both.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "plan/plan.h"
#include "plan/problems.h"

namespace godwit::plan {

struct Account {
  std::string source_user, target_user;
  Secret source_password, target_password;  // may be empty
  std::string wave;
  int priority = 0;  // higher ones go first
  std::string source, target;  // names of endpoints
  std::string name;            // of the person, for reports; may be empty
  std::string file;
  std::size_t line = 0;  // from 1
};
constexpr int lowest_priority = -1000, highest_priority = 1000;

// What the file says and nothing more: whatever it leaves out is empty. `file` is its name, for problems. Each line that is wrong
// is a problem and no account.
[[nodiscard]] std::vector<Account> parse_accounts(std::string_view text, const std::string& file, const AccountSettings& settings,
                                                  Problems& problems);

}  // namespace godwit::plan
