// SPDX-License-Identifier: Apache-2.0
// The names by which programs that leave mail on the server know the messages of the source's INBOX.
#include "ledger/account_store.h"

namespace godwit::ledger {
namespace {

constexpr const char* select_all =
    "SELECT unique_id.id, iif(folder.id IS NULL, 0, unique_id.source_uid), ifnull(item.target_uid, 0) FROM unique_id "
    "LEFT JOIN folder ON folder.id = unique_id.folder AND folder.source_uid_validity = unique_id.uid_validity "
    "LEFT JOIN item ON item.folder = folder.id AND item.source_uid = unique_id.source_uid AND item.level <= ?1 "
    "ORDER BY unique_id.place";

constexpr const char* count_others =
    "UPDATE account SET without_unique_id = (SELECT count(*) FROM item WHERE folder = ?1 AND level <= ?2 AND source_uid NOT IN "
    "(SELECT unique_id.source_uid FROM unique_id JOIN folder ON folder.id = unique_id.folder "
    "AND folder.source_uid_validity = unique_id.uid_validity WHERE folder.id = ?1))";

constexpr int highest_on_target = static_cast<int>(Level::altered);

}  // namespace

Result<> AccountStore::set_unique_ids(FolderId folder, std::span<const UniqueIdRecord> ids) {
  GODWIT_TRY(const std::int64_t uid_validity, database().number("SELECT source_uid_validity FROM folder WHERE id = ?", folder));
  GODWIT_CHECK(database().run("DELETE FROM unique_id"));
  GODWIT_TRY(Statement insert,
             database().prepare("INSERT INTO unique_id (place, id, folder, uid_validity, source_uid) VALUES (?, ?, ?, ?, ?)"));
  std::int64_t place = 0;
  for (const UniqueIdRecord& each : ids) {
    GODWIT_CHECK(insert.bind(++place, std::string_view(each.id), folder, uid_validity, each.source_uid).run());
  }
  return {};
}

Result<std::vector<UniqueIdRecord>> AccountStore::unique_ids() {
  std::vector<UniqueIdRecord> ids;
  GODWIT_TRY(Statement query, database().prepare(select_all));
  GODWIT_CHECK(query.bind(highest_on_target).each([&](const Statement& row) {
    ids.push_back({std::string(row.bytes(0)), row.number<Uid>(1), row.number<Uid>(2)});
  }));
  return ids;
}

Result<std::uint64_t> AccountStore::count_without_unique_id(FolderId folder) {
  GODWIT_CHECK(database().run(count_others, folder, highest_on_target));
  GODWIT_TRY(const std::int64_t count, database().number("SELECT without_unique_id FROM account"));
  return static_cast<std::uint64_t>(count);
}

}  // namespace godwit::ledger
