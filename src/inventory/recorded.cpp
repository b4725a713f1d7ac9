// SPDX-License-Identifier: Apache-2.0
#include "inventory/recorded.h"

#include <algorithm>

namespace godwit::inventory {
namespace {

using ledger::AccountLedger;
using ledger::FolderRecord;
using ledger::ItemRecord;

constexpr std::size_t page_size = 10'000;

Task<Result<Tally>> count_items(AccountLedger& account, ledger::FolderId folder, const UidSet& present) {
  Tally done;
  Uid from = 1;
  while (true) {
    GODWIT_CO_TRY(const std::vector<ItemRecord> page, co_await account.items(folder, from, page_size));
    for (const ItemRecord& item : page) {
      if (item.level != ledger::Level::left_out && present.contains(item.source_uid)) done.add(item.size);
    }
    if (page.size() < page_size) co_return done;
    from = page.back().source_uid + 1;
  }
}

}  // namespace

Task<Result<Recorded>> count_recorded(ledger::Ledger& ledger, ledger::AccountIdentity identity, const AccountInventory& inventory) {
  Recorded recorded;
  GODWIT_CO_TRY(const auto known, co_await ledger.accounts(identity.target));
  if (std::ranges::find(known, identity) == known.end()) co_return recorded;
  GODWIT_CO_TRY(const auto account, co_await ledger.account(identity.source, identity.target));
  GODWIT_CO_TRY(const auto counters, co_await account->counters());
  recorded.not_moved = counters.not_moved;
  GODWIT_CO_TRY(const auto folders, co_await account->folders());
  for (const FolderInventory& row : inventory.folders) {
    const auto record = std::ranges::find(folders, row.name, &FolderRecord::source_name);
    if (record == folders.end() || record->source_uid_validity != row.uid_validity || row.uids.empty()) continue;
    GODWIT_CO_TRY(const Tally done, co_await count_items(*account, record->id, row.uids));
    recorded.done += done;
  }
  co_return recorded;
}

}  // namespace godwit::inventory
