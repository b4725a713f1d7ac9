// SPDX-License-Identifier: Apache-2.0
// Can this account be moved, and what will become of it? Asked of both sides before the migration; nothing on them changes by it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "endpoint/session.h"
#include "inventory/inventory.h"
#include "sync/folder_map.h"

namespace godwit::inventory {

// Where a folder goes, and why there.
struct Placement {
  enum class Why : std::uint8_t {
    same,         // it keeps its path
    special_use,  // to the target's folder for the same use, or below one
    rule,         // as the rules say
    numbered,     // another folder has the name already: it gets a number behind it
  };
  endpoint::FolderPath source, target;
  std::string target_name;  // as the target writes it
  Why why = Why::same;
  bool is_altered = false;  // the target cannot write the name as it is
  bool exists = false;      // on the target
};
[[nodiscard]] std::string_view name_of(Placement::Why why);

// The target as it was found.
struct TargetState {
  std::string account;  // Target::identity()
  endpoint::ServerFacts server;
  endpoint::Traits traits;
  std::vector<endpoint::Folder> folders;
  std::uint64_t messages = 0;        // that are there already, as it tells
  std::optional<Error> inbox_error;  // why its INBOX could not be opened
};

struct CheckReport {
  AccountInventory source;
  TargetState target;
  std::vector<Placement> placements;  // INBOX first
  std::vector<Finding> findings;      // of the check and of the inventory, the worst first
};

struct CheckOptions {
  InventoryOptions inventory;       // with the rules that will be given to godwit copy
  std::chrono::days certificate{14};  // a certificate that is valid for less than this is a warning
};

// Errors: of the login and the connection, and of a session that is lost again and again. What is wrong with the account is a
// finding.
[[nodiscard]] Task<Result<CheckReport>> check_account(endpoint::Source& source, endpoint::Target& target, CheckOptions options = {},
                                                      OnProgress on_progress = {});

// The same for one of many accounts: what can be looked at is, and a side that cannot is a finding. `target` of the report is empty
// then, or `source` but for its account.
struct AccountCheck {
  CheckReport report;
  std::optional<Error> source_error, target_error;
};
// Error: only of kind canceled.
[[nodiscard]] Task<Result<AccountCheck>> check_sides(endpoint::Source& source, endpoint::Target& target, CheckOptions options = {},
                                                     OnProgress on_progress = {});

// "The source cannot be used", with the error and what to do about it; `side`: "source" or "target". A stop.
[[nodiscard]] Finding finding_of(std::string_view side, const Error& error);

// The parts of it, as pure functions.
[[nodiscard]] std::vector<Placement> place_folders(const AccountInventory& source, std::span<const endpoint::Folder> target,
                                                   const std::function<std::string(const endpoint::FolderPath&)>& name_for,
                                                   const sync::Rules& rules, sync::CaseRule case_rule = sync::CaseRule::exact);
[[nodiscard]] std::vector<Finding> judge(const AccountInventory& source, const TargetState& target, std::span<const Placement> placements,
                                         const CheckOptions& options);

}  // namespace godwit::inventory
