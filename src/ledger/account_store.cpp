// SPDX-License-Identifier: Apache-2.0
// Opening, folders, intents and problems; the item rows are in account_items.cpp, the pool in account_pool.cpp.
#include "ledger/account_store.h"

#include <fmt/format.h>

#include "base/error_code.h"
#include "base/text.h"
#include "ledger/schema.h"

namespace godwit::ledger {
namespace {

FolderToken read_token(const Statement& row, int column) {
  return {.uid_validity = row.number<std::uint32_t>(column),
          .uid_next = row.number<std::uint32_t>(column + 1),
          .messages = row.number<std::uint32_t>(column + 2),
          .highest_modseq = row.number<std::uint64_t>(column + 3)};
}

FolderRecord read_folder(const Statement& row) {
  return {.id = row.number<FolderId>(0),
          .source_name = std::string(row.bytes(1)),
          .target_name = std::string(row.bytes(2)),
          .source_uid_validity = row.number<std::uint32_t>(3),
          .target_uid_validity = row.number<std::uint32_t>(4),
          .target_uid_next = row.number<std::uint32_t>(5),
          .source_token = read_token(row, 6),
          .target_token = read_token(row, 10),
          .items = row.number<std::uint64_t>(14),
          .rows = row.number<std::uint64_t>(18),
          .open_batches = row.number<std::uint64_t>(15),
          .vanished = row.number<std::uint64_t>(16),
          .made_by_us = row.number<int>(17) != 0};
}

#define GODWIT_SELECT_FOLDER                                                                                      \
  "SELECT id, source_name, target_name, source_uid_validity, target_uid_validity, target_uid_next, "              \
  "source_token_uid_validity, source_token_uid_next, source_token_messages, source_token_highest_modseq, "        \
  "target_token_uid_validity, target_token_uid_next, target_token_messages, target_token_highest_modseq, located, " \
  "open_batches, vanished, made, items FROM folder "

constexpr std::string_view select_folders = GODWIT_SELECT_FOLDER "WHERE kind = 0 ORDER BY id";
constexpr std::string_view select_folder_by_name = GODWIT_SELECT_FOLDER "WHERE source_name = ? AND kind = 0";
#undef GODWIT_SELECT_FOLDER

#define GODWIT_SELECT_PROBLEM \
  "SELECT folder, source_uid, folder_name, size, kind, reason, server_text, subject, sender, date, stored, item FROM problem "

constexpr std::string_view select_problems = GODWIT_SELECT_PROBLEM "ORDER BY folder, source_uid LIMIT ? OFFSET ?";
constexpr std::string_view select_problems_of_folder = GODWIT_SELECT_PROBLEM "WHERE folder = ? ORDER BY source_uid";
constexpr std::string_view select_repairs = GODWIT_SELECT_PROBLEM "WHERE folder = ? AND source_uid = ? AND kind = 'repaired'";
#undef GODWIT_SELECT_PROBLEM

Result<std::vector<Problem>> read_problems(Statement& query) {
  std::vector<Problem> problems;
  GODWIT_CHECK(query.each([&](const Statement& row) {
    const auto text = [&](int column) { return std::string(row.bytes(column)); };
    problems.push_back({.folder = row.number<FolderId>(0), .folder_name = text(2), .source_uid = row.number<Uid>(1),
                        .size = row.number<std::uint64_t>(3), .kind = text(4), .reason = text(5), .server_text = text(6),
                        .subject = text(7), .from = text(8), .date = text(9)});
    if (const std::string_view stored = row.bytes(10); !stored.empty()) problems.back().stored = Digest::from(stored);
    problems.back().item = text(11);
  }));
  return problems;
}

}  // namespace

Result<> AccountStore::make(const std::filesystem::path& file, const Identity& identity) {
  return make_store_file(file, account_file, [&](Database& database) {
    return database.run("INSERT INTO account (id, source, target) VALUES (?, ?, ?)", identity.account,
                        std::string_view(identity.source), std::string_view(identity.target));
  });
}

Result<std::shared_ptr<AccountStore>> AccountStore::open(const std::filesystem::path& file) {
  GODWIT_TRY(const FileState state, recognise(file, account_file));
  if (state != FileState::present) {
    return fail(codes::ledger_store_missing, fmt::format("{}: the account's store is {}", printable(file.native()),
                                                         state == FileState::missing ? "missing" : "empty"));
  }
  GODWIT_TRY(Database database, open_store_file(file, account_file));
  Identity identity;
  {
    GODWIT_TRY(Statement query, database.prepare("SELECT id, source, target FROM account"));
    GODWIT_CHECK(query.each([&](const Statement& row) {
      identity = {row.number<AccountId>(0), std::string(row.bytes(1)), std::string(row.bytes(2))};
    }));
  }
  auto store = std::make_shared<AccountStore>(std::move(database), std::move(identity));
  GODWIT_CHECK(store->load_numbers());
  return store;
}

Result<> AccountStore::load_numbers() {
  GODWIT_TRY(last_change_, last_change());
  GODWIT_TRY(last_batch_, database().number("SELECT max(last_batch) FROM (SELECT last_batch FROM folder UNION ALL "
                                            "SELECT last_batch FROM account)"));
  return {};
}

void AccountStore::rolled_back() {
  keyword_ids_.clear();
  keyword_lists_.clear();
}

Result<std::vector<FolderRecord>> AccountStore::folders() {
  std::vector<FolderRecord> folders;
  GODWIT_TRY(Statement query, database().prepare(select_folders));
  GODWIT_CHECK(query.each([&](const Statement& row) { folders.push_back(read_folder(row)); }));
  return folders;
}

Result<std::optional<FolderRecord>> AccountStore::find_folder(const std::string& source_name) {
  std::optional<FolderRecord> folder;
  GODWIT_TRY(Statement query, database().prepare(select_folder_by_name));
  query.bind(std::string_view(source_name));
  GODWIT_CHECK(query.each([&](const Statement& row) { folder = read_folder(row); }));
  return folder;
}

Result<FolderRecord> AccountStore::open_folder(const std::string& source_name, const std::string& target_name) {
  GODWIT_TRY(auto known, find_folder(source_name));
  if (known && known->target_name == target_name) return *std::move(known);
  GODWIT_CHECK(database().run("INSERT INTO folder (source_name, target_name, changed) VALUES (?1, ?2, ?3) "
                              "ON CONFLICT (kind, source_name) DO UPDATE SET target_name = ?2",
                              std::string_view(source_name), std::string_view(target_name), ++last_change_));
  GODWIT_TRY(auto made, find_folder(source_name));
  return made.value();
}

Result<> AccountStore::rename_folder(FolderId folder, const std::string& source_name, const std::string& target_name) {
  GODWIT_TRY(const auto other, find_folder(source_name));
  if (other && other->id != folder) {
    return fail(ErrorKind::exists, fmt::format("the ledger has another folder {}", printable(source_name)));
  }
  GODWIT_CHECK(database().run("UPDATE folder SET source_name = ?2, target_name = ?3 WHERE id = ?1", folder,
                              std::string_view(source_name), std::string_view(target_name)));
  return change_folder(folder, {});
}

Result<> AccountStore::set_made(FolderId folder) {
  GODWIT_CHECK(database().run("UPDATE folder SET made = 1 WHERE id = ?", folder));
  return change_folder(folder, {});
}

Result<> AccountStore::set_target_validity(FolderId folder, std::uint32_t uid_validity) {
  GODWIT_CHECK(database().run("UPDATE folder SET target_uid_validity = ?2 WHERE id = ?1 AND target_uid_validity = 0", folder,
                              uid_validity));
  if (database().changes() == 0) {
    return fail(ErrorKind::bug, fmt::format("the ledger has no folder {}, or it knows its UIDVALIDITY", folder));
  }
  return change_folder(folder, {.fence = 1});
}

Result<> AccountStore::forget_folder(FolderId folder) {
  GODWIT_TRY(const std::int64_t bare,
             database().number("SELECT count(*) FROM folder WHERE id = ? AND items + vanished + open_batches = 0", folder));
  if (bare == 0) {
    return fail(ErrorKind::bug, fmt::format("the ledger has no folder {}, or it has items of it on record", folder));
  }
  GODWIT_CHECK(database().run("DELETE FROM problem WHERE folder = ?", folder));
  GODWIT_CHECK(database().run("UPDATE account SET changed = ?2, "
                              "last_batch = max(last_batch, (SELECT last_batch FROM folder WHERE id = ?1))",
                              folder, ++last_change_));
  return database().run("DELETE FROM folder WHERE id = ?", folder);
}

Result<Route> AccountStore::route() {
  GODWIT_TRY(const std::int64_t route, database().number("SELECT route FROM account"));
  return static_cast<Route>(route);
}

Result<> AccountStore::set_route(Route route) {
  return database().run("UPDATE account SET route = ?, changed = ?", static_cast<int>(route), ++last_change_);
}

Result<RoundRecord> AccountStore::last_round() {
  RoundRecord round;
  GODWIT_TRY(Statement query, database().prepare("SELECT round_began, round_ended, rules FROM account"));
  GODWIT_CHECK(query.each([&](const Statement& row) {
    round = {.began = row.optional_number(0).transform(InternalDate::from_packed),
             .ended = row.optional_number(1).transform(InternalDate::from_packed),
             .rules = std::string(row.bytes(2))};
  }));
  return round;
}

Result<> AccountStore::begin_round(const InternalDate& now, const std::string& rules) {
  GODWIT_TRY(const RoundRecord last, last_round());
  if (last.rules != rules) {
    GODWIT_CHECK(database().run("DELETE FROM item WHERE level = ?", static_cast<int>(Level::left_out)));
    GODWIT_CHECK(database().run("UPDATE folder SET items = items - left_out, left_out = 0, changed = ?, "
                                "source_token_uid_validity = 0, source_token_uid_next = 0, source_token_messages = 0, "
                                "source_token_highest_modseq = 0",
                                ++last_change_));
  }
  return database().run("UPDATE account SET round_began = ?, round_ended = NULL, rules = ?", now.packed(), std::string_view(rules));
}

Result<> AccountStore::end_round(const InternalDate& now) {
  return database().run("UPDATE account SET round_ended = ?", now.packed());
}

Result<> AccountStore::change_folder(FolderId folder, const Change& change) {
  GODWIT_CHECK(database().run(
      "UPDATE folder SET items = items + ?2, located = located + ?3, bytes = bytes + ?4, problems = problems + ?5, "
      "open_batches = open_batches + ?6, accepted_from = min(accepted_from, ?7), last_batch = max(last_batch, ?8), "
      "target_uid_next = iif(?9 > 0, ?9, target_uid_next), changed = ?10, not_moved = not_moved + ?11, "
      "vanished = vanished + ?12, accepted = accepted + ?13, listed = listed + ?14, proven = proven + ?15, "
      "altered = altered + ?16, withdrawn = withdrawn + ?17, left_out = left_out + ?18 WHERE id = ?1",
      folder, change.items, change.located, change.bytes, change.problems, change.open_batches, change.accepted_from,
      change.last_batch, change.fence, ++last_change_, change.not_moved, change.vanished, change.by_level[1], change.by_level[2],
      change.by_level[3], change.by_level[4], change.by_level[5], change.by_level[6]));
  if (database().changes() == 0) return fail(ErrorKind::bug, fmt::format("the ledger has no folder {}", folder));
  return {};
}

Result<BatchId> AccountStore::begin_batch(FolderId folder, const UidSet& source_uids, std::uint32_t target_uid_next) {
  const BatchId batch = ++last_batch_;
  GODWIT_CHECK(change_folder(folder, {.open_batches = 1, .last_batch = batch}));
  const std::string uids = source_uids.to_string();
  GODWIT_CHECK(database().run("INSERT INTO batch (id, folder, source_uids, target_uid_next) VALUES (?, ?, ?, ?)", batch, folder,
                              std::string_view(uids), target_uid_next));
  return batch;
}

Result<> AccountStore::end_batch(BatchId batch, FolderId folder, std::span<const ItemRecord> items,
                                 std::span<const Problem> problems, std::uint32_t fence) {
  GODWIT_CHECK(database().run("DELETE FROM batch WHERE id = ? AND folder = ?", batch, folder));
  if (database().changes() == 0) {
    return fail(ErrorKind::bug, fmt::format("batch {} of folder {} is not open in the ledger", batch, folder));
  }
  Change change{.open_batches = -1, .fence = fence};
  GODWIT_CHECK(put_items(folder, items, change));
  GODWIT_CHECK(put_problems(folder, items, problems, change));
  return change_folder(folder, change);
}

Result<> AccountStore::record(FolderId folder, std::span<const ItemRecord> items, std::span<const Problem> problems) {
  Change change;
  GODWIT_CHECK(put_items(folder, items, change));
  GODWIT_CHECK(put_problems(folder, items, problems, change));
  return change_folder(folder, change);
}

Result<std::vector<Batch>> AccountStore::open_batches(FolderId folder) {
  std::vector<Batch> batches;
  bool readable = true;
  GODWIT_TRY(Statement query,
             database().prepare("SELECT id, source_uids, target_uid_next FROM batch WHERE folder = ? ORDER BY id"));
  query.bind(folder);
  GODWIT_CHECK(query.each([&](const Statement& row) {
    auto uids = row.bytes(1).empty() ? UidSet() : UidSet::parse(row.bytes(1));
    readable = readable && uids.has_value();
    batches.push_back({row.number<BatchId>(0), std::move(uids).value_or(UidSet()), row.number<std::uint32_t>(2)});
  }));
  if (!readable) return fail(codes::ledger_damaged, fmt::format("{}: an intent in the ledger cannot be read; the file is damaged",
                                                                printable(database().file().native())));
  return batches;
}

Result<> AccountStore::settle(FolderId folder, std::uint32_t fence) {
  GODWIT_CHECK(database().run("DELETE FROM batch WHERE folder = ?", folder));
  return change_folder(folder, {.open_batches = -static_cast<std::int64_t>(database().changes()), .fence = fence});
}

Result<> AccountStore::finish_folder(FolderId folder, const FolderToken& source, const FolderToken& target,
                                     std::uint32_t fence) {
  GODWIT_CHECK(database().run(
      "UPDATE folder SET source_token_uid_validity = ?2, source_token_uid_next = ?3, source_token_messages = ?4, "
      "source_token_highest_modseq = ?5, target_token_uid_validity = ?6, target_token_uid_next = ?7, "
      "target_token_messages = ?8, target_token_highest_modseq = ?9 WHERE id = ?1",
      folder, source.uid_validity, source.uid_next, source.messages, source.highest_modseq, target.uid_validity,
      target.uid_next, target.messages, target.highest_modseq));
  return change_folder(folder, {.fence = fence});
}

Result<> AccountStore::put_problems(FolderId folder, std::span<const ItemRecord> moved, std::span<const Problem> problems,
                                    Change& change) {
  GODWIT_TRY(const std::int64_t before, database().number("SELECT problems FROM folder WHERE id = ?", folder));
  if (before == 0 && problems.empty()) return {};
  for (const ItemRecord& item : moved) GODWIT_CHECK(erase_problems(folder, item.source_uid, item.source_uid, change));
  GODWIT_TRY(Statement insert,
             database().prepare("INSERT INTO problem (folder, source_uid, folder_name, size, kind, reason, server_text, subject, "
                                "sender, date, not_moved, stored, item) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  for (const Problem& problem : problems) {
    GODWIT_CHECK(erase_problems(folder, problem.source_uid, problem.source_uid, change));
    const int not_moved = means_not_moved(problem.kind) ? 1 : 0;
    insert.bind(folder, problem.source_uid, std::string_view(problem.folder_name), problem.size, std::string_view(problem.kind),
                std::string_view(problem.reason), std::string_view(problem.server_text), std::string_view(problem.subject),
                std::string_view(problem.from), std::string_view(problem.date), not_moved,
                Blob{problem.stored ? problem.stored->view() : std::string_view()}, std::string_view(problem.item));
    GODWIT_CHECK(insert.run());
    change.problems += 1;
    change.not_moved += not_moved;
  }
  return {};
}

Result<> AccountStore::erase_problems(FolderId folder, std::int64_t first, std::int64_t last, Change& change) {
  GODWIT_TRY(Statement remove, database().prepare("DELETE FROM problem WHERE folder = ? AND source_uid BETWEEN ? AND ? "
                                                  "RETURNING not_moved"));
  remove.bind(folder, first, last);
  return remove.each([&](const Statement& row) {
    change.problems -= 1;
    change.not_moved -= row.number<std::int64_t>(0);
  });
}

Result<> AccountStore::forget_problems(FolderId folder, const UidSet& source_uids) {
  Change change;
  for (const UidRange& range : source_uids.ranges()) GODWIT_CHECK(erase_problems(folder, range.first, range.last, change));
  return change_folder(folder, change);
}

Result<std::vector<Problem>> AccountStore::problems(std::size_t offset, std::size_t limit) {
  GODWIT_TRY(Statement query, database().prepare(select_problems));
  return read_problems(query.bind(limit, offset));
}

Result<std::vector<Problem>> AccountStore::problems_of(FolderId folder) {
  GODWIT_TRY(Statement query, database().prepare(select_problems_of_folder));
  return read_problems(query.bind(folder));
}

Result<std::vector<Problem>> AccountStore::repairs_of(FolderId folder, Uid source_uid) {
  GODWIT_TRY(Statement query, database().prepare(select_repairs));
  return read_problems(query.bind(folder, source_uid));
}

Result<std::vector<ProblemGroup>> AccountStore::problem_groups() {
  std::vector<ProblemGroup> groups;
  GODWIT_TRY(Statement query,
             database().prepare("WITH found (kind, problems) AS (SELECT kind, count(*) FROM problem GROUP BY kind "
                                "UNION ALL SELECT 'uidl', without_unique_id FROM account WHERE without_unique_id > 0) "
                                "SELECT kind, found.problems, found.problems <= ifnull(consent.problems, 0) "
                                "FROM found LEFT JOIN consent USING (kind) ORDER BY kind"));
  GODWIT_CHECK(query.each([&](const Statement& row) {
    groups.push_back({std::string(row.bytes(0)), row.number<std::uint64_t>(1), row.number<int>(2) != 0});
  }));
  return groups;
}

Result<> AccountStore::accept_problems(const std::string& kind) {
  return database().run("INSERT INTO consent (kind, problems) SELECT ?1, count(*) + "
                        "ifnull((SELECT without_unique_id FROM account WHERE ?1 = 'uidl'), 0) FROM problem WHERE kind = ?1 "
                        "ON CONFLICT DO UPDATE SET problems = excluded.problems",
                        std::string_view(kind));
}

Result<std::string> AccountStore::extras(FolderId folder) {
  std::string extras;
  GODWIT_TRY(Statement query, database().prepare("SELECT extras FROM folder WHERE id = ?"));
  GODWIT_CHECK(query.bind(folder).each([&](const Statement& row) { extras = row.bytes(0); }));
  return extras;
}

Result<> AccountStore::set_extras(FolderId folder, const std::string& extras, const std::optional<Problem>& problem) {
  Change change;
  GODWIT_CHECK(erase_problems(folder, 0, 0, change));
  if (problem) GODWIT_CHECK(put_problems(folder, {}, std::span(&*problem, 1), change));
  GODWIT_CHECK(change_folder(folder, change));
  return database().run("UPDATE folder SET extras = ? WHERE id = ?", std::string_view(extras), folder);
}

Result<Counters> AccountStore::counters() {
  Counters counters;
  GODWIT_TRY(Statement query,
             database().prepare("SELECT sum(items), sum(bytes), sum(problems), sum(not_moved), sum(vanished), sum(open_batches), "
                                "sum(accepted), sum(listed), sum(proven), sum(altered), sum(withdrawn), sum(left_out) FROM folder"));
  GODWIT_CHECK(query.each([&](const Statement& row) {
    counters = {.items = row.number<std::uint64_t>(0),
                .bytes = row.number<std::uint64_t>(1),
                .problems = row.number<std::uint64_t>(2),
                .not_moved = row.number<std::uint64_t>(3),
                .vanished = row.number<std::uint64_t>(4),
                .open_batches = row.number<std::uint64_t>(5)};
    for (std::size_t level = 1; level < level_count; ++level) {
      counters.by_level[level] = row.number<std::uint64_t>(static_cast<int>(5 + level));
    }
  }));
  return counters;
}

Result<std::int64_t> AccountStore::last_change() {
  return database().number("SELECT max(changed) FROM (SELECT changed FROM folder UNION ALL SELECT changed FROM account)");
}

Result<std::int64_t> AccountStore::last_change_of_account() { return database().number("SELECT changed FROM account"); }

Result<std::vector<FolderSummary>> AccountStore::folders_changed_after(std::int64_t change) {
  std::vector<FolderSummary> folders;
  GODWIT_TRY(Statement query, database().prepare("SELECT id, source_name, items, bytes, problems, not_moved, open_batches "
                                                 "FROM folder WHERE changed > ?"));
  query.bind(change);
  GODWIT_CHECK(query.each([&](const Statement& row) {
    folders.push_back({.id = row.number<FolderId>(0), .source_name = std::string(row.bytes(1)),
                       .items = row.number<std::uint64_t>(2), .bytes = row.number<std::uint64_t>(3),
                       .problems = row.number<std::uint64_t>(4), .not_moved = row.number<std::uint64_t>(5),
                       .open_batches = row.number<std::uint64_t>(6)});
  }));
  return folders;
}

}  // namespace godwit::ledger
