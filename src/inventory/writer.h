// SPDX-License-Identifier: Apache-2.0
// Inventories and checks for people, spreadsheets and programs. Names and texts of servers are made printable everywhere, so
// that they can neither move a terminal's cursor nor be taken for a spreadsheet's formula.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "inventory/check.h"
#include "inventory/organisation.h"

namespace godwit::inventory {

// Several lines, each with its line feed.
[[nodiscard]] std::string to_text(const AccountInventory& inventory);
[[nodiscard]] std::string to_text(const OrganisationInventory& inventory);
[[nodiscard]] std::string people_text(const OrganisationInventory& inventory);  // a line for each account, and their sum
[[nodiscard]] std::string causes_text(const OrganisationInventory& inventory);  // findings by cause, the worst first; of none empty
[[nodiscard]] std::string to_text(const CheckReport& report);

// Files with a line of headings, UTF-8, lines that end in CR LF.
[[nodiscard]] std::string folders_csv(std::span<const AccountInventory> accounts);  // a line for each folder
[[nodiscard]] std::string people_csv(const OrganisationInventory& inventory);       // a line for each account
[[nodiscard]] std::string findings_csv(std::span<const CheckReport> reports);       // a line for each finding
[[nodiscard]] std::string placements_csv(std::span<const CheckReport> reports);     // a line for each folder

// Sizes in bytes, dates as the server told them or as RFC 3339 in UTC.
[[nodiscard]] nlohmann::json to_json(const AccountInventory& inventory);
[[nodiscard]] nlohmann::json to_json(const OrganisationInventory& inventory);
[[nodiscard]] nlohmann::json to_json(const CheckReport& report);

}  // namespace godwit::inventory
