// SPDX-License-Identifier: Apache-2.0
// The inventories of many accounts as one.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "inventory/inventory.h"

namespace godwit::inventory {

struct PersonRow {
  std::string account;
  std::string software;  // of the server, with its version
  std::uint64_t folders = 0, folders_not_read = 0;
  Tally total;
  std::uint64_t largest = 0;  // bytes of the largest message
  std::uint64_t quota_used = 0, quota_limit = 0;  // bytes, of the first quota of storage; 0: not told
  std::uint64_t warnings = 0, stops = 0;          // findings
  Severity worst = Severity::ok;
  bool is_read = true;  // false: the account could not be looked at; a finding says why
};

// A kind of finding, over all accounts.
struct FindingTotal {
  Severity worst = Severity::ok;
  std::uint64_t accounts = 0;  // where it is ok does not count as soon as it is not somewhere
  std::uint64_t count = 0;     // of folders or messages
  std::string advice;
  // Of warnings and stops: the accounts, and what was found in each; the first most_told of them.
  struct Told {
    std::string account, what;
    friend bool operator==(const Told&, const Told&) = default;
  };
  std::vector<Told> told;
};
constexpr std::size_t most_told = 10;

struct OrganisationInventory {
  std::vector<PersonRow> people;  // in the order in which they were added
  Statistics statistics;
  std::map<std::string, FindingTotal> findings;  // by code

  void add(const AccountInventory& account) { add(account, account.findings); }
  // With other findings than the inventory's own: those of a check.
  void add(const AccountInventory& account, std::span<const Finding> of_account);
  // An account that could not be looked at.
  void add_unread(const std::string& account, const Finding& why);
  void merge(const OrganisationInventory& other);
};

}  // namespace godwit::inventory
