// SPDX-License-Identifier: Apache-2.0
// What the tests of inventories share: accounts in memory, and their inventories.
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "adapters/memory/memory.h"
#include "inventory/inventory.h"
#include "tests/support/run_task.h"

namespace godwit::inventory {

inline std::string bytes(std::size_t size) { return std::string(size, 'x'); }

inline MessageFlags flags(std::initializer_list<const char*> names) {
  MessageFlags result;
  for (const char* const name : names) result.add(name);
  return result;
}

inline InventoryOptions options() {
  InventoryOptions result;
  result.now = std::chrono::sys_days(std::chrono::year(2025) / 1 / 1);
  result.pause = std::chrono::milliseconds(0);
  return result;
}

inline Result<AccountInventory> inventory_of(adapters::MemoryMailbox& mailbox, const InventoryOptions& settings = options(),
                                             OnProgress on_progress = {}) {
  const auto source = adapters::make_memory_source(mailbox);
  return test::run_task(take_inventory(*source, settings, std::move(on_progress)));
}

inline std::vector<std::string> codes(const std::vector<Finding>& findings) {
  std::vector<std::string> result;
  for (const Finding& finding : findings) result.push_back(finding.code);
  return result;
}

inline const Finding& finding(const AccountInventory& inventory, const std::string& code) {
  const auto found = std::ranges::find(inventory.findings, code, &Finding::code);
  static const Finding none{Severity::ok, "none", {}, {}, 0, {}};
  EXPECT_NE(found, inventory.findings.end()) << code;
  return found == inventory.findings.end() ? none : *found;
}

}  // namespace godwit::inventory
