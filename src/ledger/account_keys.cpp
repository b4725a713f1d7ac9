// SPDX-License-Identifier: Apache-2.0
// Numbers of messages that a side knows by names.
#include <fmt/format.h>

#include <algorithm>

#include "base/error_code.h"
#include "base/text.h"
#include "ledger/account_store.h"

namespace godwit::ledger {
namespace {

constexpr std::int64_t highest_uid = 4'294'967'295;

}  // namespace

Result<std::int64_t> AccountStore::keyed_folder_id(Side side, const std::string& name) {
  // The second in which it is first seen: another one than that of a ledger that was lost.
  GODWIT_CHECK(database().run("INSERT INTO keyed_folder (side, name, uid_validity) VALUES (?, ?, max(1, unixepoch() & 4294967295)) "
                              "ON CONFLICT DO NOTHING",
                              static_cast<int>(side), name));
  return database().number("SELECT id FROM keyed_folder WHERE side = ? AND name = ?", static_cast<int>(side), name);
}

Result<KeyedFolder> AccountStore::keyed_folder(Side side, const std::string& name) {
  GODWIT_TRY(const std::int64_t id, keyed_folder_id(side, name));
  KeyedFolder folder;
  GODWIT_TRY(const std::int64_t uid_validity, database().number("SELECT uid_validity FROM keyed_folder WHERE id = ?", id));
  folder.uid_validity = static_cast<std::uint32_t>(uid_validity);
  GODWIT_TRY(const std::int64_t next, database().number("SELECT uid_next FROM keyed_folder WHERE id = ?", id));
  folder.uid_next = static_cast<Uid>(std::min(next, highest_uid));
  GODWIT_TRY(auto query, database().prepare("SELECT uid, key FROM message_key WHERE folder = ? ORDER BY uid"));
  GODWIT_CHECK(query.bind(id).each([&](const Statement& row) {
    folder.messages.push_back({row.number<Uid>(0), std::string(row.bytes(1))});
  }));
  return folder;
}

Result<std::vector<Uid>> AccountStore::number_keys(Side side, const std::string& name, std::span<const std::string> keys) {
  GODWIT_TRY(const std::int64_t id, keyed_folder_id(side, name));
  GODWIT_TRY(std::int64_t next, database().number("SELECT uid_next FROM keyed_folder WHERE id = ?", id));
  std::vector<Uid> uids;
  for (const std::string& key : keys) {
    GODWIT_TRY(std::int64_t uid, database().number("SELECT uid FROM message_key WHERE folder = ? AND key = ?", id, Blob{key}));
    if (uid == 0) {
      if (next >= highest_uid) return fail(ErrorKind::refused, fmt::format("the folder {} has no number left for a message", printable(name)));
      uid = next++;
      GODWIT_CHECK(database().run("INSERT INTO message_key (folder, uid, key) VALUES (?, ?, ?)", id, uid, Blob{key}));
    }
    uids.push_back(static_cast<Uid>(uid));
  }
  GODWIT_CHECK(database().run("UPDATE keyed_folder SET uid_next = ? WHERE id = ?", next, id));
  return uids;
}

Result<> AccountStore::forget_keys(Side side, const std::string& name, const UidSet& uids) {
  GODWIT_TRY(const std::int64_t id, keyed_folder_id(side, name));
  for (const UidRange& range : uids.ranges()) {
    GODWIT_CHECK(database().run("DELETE FROM message_key WHERE folder = ? AND uid BETWEEN ? AND ?", id, range.first, range.last));
  }
  return {};
}

}  // namespace godwit::ledger
