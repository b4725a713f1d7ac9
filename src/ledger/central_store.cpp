// SPDX-License-Identifier: Apache-2.0
#include "ledger/central_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error_code.h"
#include "base/text.h"
#include "ledger/schema.h"

namespace godwit::ledger {
namespace {

// "<n>.sqlite"; 0: the file is none of ours.
AccountId account_of(const std::filesystem::path& file) {
  if (file.extension() != ".sqlite") return 0;
  return static_cast<AccountId>(parse_number<std::uint32_t>(file.stem().native()).value_or(0));
}

}  // namespace

Result<std::shared_ptr<CentralStore>> CentralStore::open(const std::filesystem::path& file) {
  GODWIT_TRY(const FileState state, recognise(file, central_file));
  const std::filesystem::path directory = std::filesystem::path(file) += ".accounts";
  GODWIT_CHECK(make_directory(directory));
  if (state != FileState::present) {
    GODWIT_CHECK(make_store_file(file, central_file, [](Database&) { return Result<>(); }));
  }
  GODWIT_TRY(Database database, open_store_file(file, central_file));
  GODWIT_CHECK(database.execute("PRAGMA secure_delete = ON"));  // for the sealed passwords
  auto store = std::make_shared<CentralStore>(std::move(database), directory);
  GODWIT_CHECK(store->empty_log());  // a kill may have come before that at the end of an erasure
  GODWIT_CHECK(store->take_over_stores());
  return store;
}

Result<std::vector<AccountIdentity>> CentralStore::accounts(const std::string& target) {
  std::vector<AccountIdentity> accounts;
  GODWIT_TRY(Statement query, database().prepare(target.empty() ? "SELECT source, target FROM account ORDER BY id"
                                                                : "SELECT source, target FROM account WHERE target = ? ORDER BY id"));
  if (!target.empty()) query.bind(std::string_view(target));
  GODWIT_CHECK(query.each([&](const Statement& row) {
    accounts.push_back({std::string(row.bytes(0)), std::string(row.bytes(1))});
  }));
  return accounts;
}

std::filesystem::path CentralStore::file_of(AccountId account) const { return directory_ / fmt::format("{}.sqlite", account); }

Result<> CentralStore::take_over_stores() {
  GODWIT_TRY(highest_account_, database().number("SELECT max(id) FROM account"));
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, failed)) {
    const AccountId account = account_of(entry.path());
    if (account == 0) continue;
    highest_account_ = std::max(highest_account_, account);
    GODWIT_TRY(const std::int64_t known, database().number("SELECT count(*) FROM account WHERE id = ?", account));
    if (known != 0) continue;
    auto store = AccountStore::open(entry.path());
    if (!store) {
      store.error().what += fmt::format("; {} does not know this store and cannot take it over; move it elsewhere to go on "
                                        "without it", printable(database().file().native()));
      return std::unexpected(std::move(store).error());
    }
    const Identity& identity = (*store)->identity();
    GODWIT_CHECK(database().run("INSERT INTO account (id, source, target, mirrored) VALUES (?, ?, ?, -1) "
                                "ON CONFLICT DO NOTHING",
                                account, std::string_view(identity.source), std::string_view(identity.target)));
  }
  if (failed) {
    return fail(codes::disk_fault, fmt::format("{}: the directory cannot be read ({})", printable(directory_.native()),
                                               failed.message()));
  }
  return {};
}

Result<std::shared_ptr<AccountStore>> CentralStore::account(const std::string& source, const std::string& target) {
  GODWIT_TRY(const AccountId known, database().number("SELECT id FROM account WHERE source = ? AND target = ?",
                                                      std::string_view(source), std::string_view(target)));
  Identity identity{known, source, target};
  if (known == 0) {
    GODWIT_TRY(identity, add_account(source, target));
  } else if (auto open = open_accounts_[known].lock()) {
    return open;
  }
  GODWIT_TRY(auto store, open_account(identity));
  GODWIT_CHECK(mirror(*store));
  open_accounts_[identity.account] = store;
  return store;
}

Result<Identity> CentralStore::add_account(const std::string& source, const std::string& target) {
  Identity identity{++highest_account_, source, target};
  GODWIT_CHECK(AccountStore::make(file_of(identity.account), identity));
  GODWIT_CHECK(database().run("INSERT INTO account (id, source, target, mirrored) VALUES (?, ?, ?, 0)", identity.account,
                              std::string_view(source), std::string_view(target)));
  return identity;
}

Result<std::shared_ptr<AccountStore>> CentralStore::open_account(const Identity& identity) {
  auto store = AccountStore::open(file_of(identity.account));
  const std::string central = printable(database().file().native());
  if (!store) {
    store.error().what += fmt::format("; it is the record of what was copied from {} to {}, and without it nothing is copied "
                                      "for this account. Put it back from a backup, without a -wal file beside it; or remove "
                                      "{} and this file: then the other accounts' stores are taken over, and this account "
                                      "starts again by matching what is on the target",
                                      printable(identity.source), printable(identity.target), central);
    return store;
  }
  const Identity& found = (*store)->identity();
  if (found.source == identity.source && found.target == identity.target) return store;
  return fail(codes::ledger_store_swapped, fmt::format("{}: this store belongs to {} and {}, but {} has it for {} and {}; put the right "
                                                       "files back from a backup",
                                                       printable(file_of(identity.account).native()), printable(found.source),
                                                       printable(found.target), central, printable(identity.source),
                                                       printable(identity.target)));
}

Result<> CentralStore::mirror(AccountStore& account) {
  const AccountId id = account_of(account.database().file());
  GODWIT_TRY(const std::int64_t mirrored, database().number("SELECT mirrored FROM account WHERE id = ?", id));
  GODWIT_TRY(const std::int64_t last, account.last_change());
  if (mirrored == last) return {};
  // Ahead of the store: it lost its last commits or is from a backup, and what we have of it may be of changes that never
  // were.
  const std::int64_t shown = mirrored < last ? mirrored : -1;
  GODWIT_TRY(const std::int64_t last_of_account, account.last_change_of_account());
  if (last_of_account > shown) GODWIT_CHECK(mirror_account(account));
  GODWIT_TRY(const auto folders, account.folders_changed_after(shown));
  for (const FolderSummary& folder : folders) {
    GODWIT_CHECK(mirror_folder(account, folder));
  }
  return database().run("UPDATE account SET mirrored = ? WHERE id = ?", last, id);
}

Result<> CentralStore::mirror_account(AccountStore& account) {
  const AccountId id = account_of(account.database().file());
  GODWIT_TRY(const Route route, account.route());
  GODWIT_CHECK(database().run("UPDATE account SET route = ? WHERE id = ?", static_cast<int>(route), id));
  std::set<FolderId> gone;
  {
    GODWIT_TRY(Statement query, database().prepare("SELECT id FROM folder WHERE account = ?"));
    query.bind(id);
    GODWIT_CHECK(query.each([&](const Statement& row) { gone.insert(row.number<FolderId>(0)); }));
  }
  GODWIT_TRY(const auto folders, account.folders_changed_after(-1));
  for (const FolderSummary& folder : folders) gone.erase(folder.id);
  for (const FolderId folder : gone) {
    GODWIT_CHECK(database().run("DELETE FROM problem WHERE account = ? AND folder = ?", id, folder));
    GODWIT_CHECK(database().run("DELETE FROM folder WHERE account = ? AND id = ?", id, folder));
  }
  return {};
}

Result<> CentralStore::mirror_folder(AccountStore& account, const FolderSummary& folder) {
  const AccountId id = account_of(account.database().file());
  GODWIT_CHECK(database().run("INSERT INTO folder (account, id, source_name, items, bytes, problems, not_moved, open_batches) "
                              "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET source_name = excluded.source_name, "
                              "items = excluded.items, bytes = excluded.bytes, problems = excluded.problems, "
                              "not_moved = excluded.not_moved, open_batches = excluded.open_batches",
                              id, folder.id, std::string_view(folder.source_name), folder.items, folder.bytes, folder.problems,
                              folder.not_moved, folder.open_batches));
  GODWIT_CHECK(database().run("DELETE FROM problem WHERE account = ? AND folder = ?", id, folder.id));
  GODWIT_TRY(const auto problems, account.problems_of(folder.id));
  GODWIT_TRY(Statement insert,
             database().prepare("INSERT INTO problem (account, folder, source_uid, folder_name, size, kind, reason, "
                                "server_text, subject, sender, date) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  for (const Problem& problem : problems) {
    insert.bind(id, folder.id, problem.source_uid, std::string_view(problem.folder_name), problem.size,
                std::string_view(problem.kind), std::string_view(problem.reason), std::string_view(problem.server_text),
                std::string_view(problem.subject), std::string_view(problem.from), std::string_view(problem.date));
    GODWIT_CHECK(insert.run());
  }
  return {};
}

Result<std::optional<std::string>> CentralStore::host_fact(const std::string& host, const std::string& key) {
  std::optional<std::string> value;
  GODWIT_TRY(Statement query, database().prepare("SELECT value FROM host_fact WHERE host = ? AND key = ?"));
  query.bind(std::string_view(host), std::string_view(key));
  GODWIT_CHECK(query.each([&](const Statement& row) { value = std::string(row.bytes(0)); }));
  return value;
}

Result<> CentralStore::set_host_fact(const std::string& host, const std::string& key, const std::string& value) {
  return database().run("INSERT INTO host_fact (host, key, value) VALUES (?1, ?2, ?3) "
                        "ON CONFLICT DO UPDATE SET value = ?3", std::string_view(host), std::string_view(key),
                        std::string_view(value));
}

}  // namespace godwit::ledger
