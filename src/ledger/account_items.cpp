// SPDX-License-Identifier: Apache-2.0
// The item rows of an account's store.
#include <algorithm>

#include "ledger/account_store.h"
#include "ledger/schema.h"

namespace godwit::ledger {
namespace {

constexpr int keyword_list_shift = 5;  // five system flags
constexpr int hazards_shift = 1;       // brought
constexpr int left_out_shift = 9;      // eight bits of hazards
constexpr std::size_t remembered_keyword_lists = 4096;

std::string join(const std::vector<std::string>& keywords) {
  std::string text;
  for (const std::string& keyword : keywords) text.append(text.empty() ? "" : "\n").append(keyword);
  return text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> keywords;
  while (true) {
    const std::size_t end = text.find('\n');
    keywords.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return keywords;
    text.remove_prefix(end + 1);
  }
}

// Sorted here: without an index SQLite would sort rows in memory instead of numbers.
UidSet to_set(std::vector<Uid> uids) {
  if (!std::ranges::is_sorted(uids)) std::ranges::sort(uids);
  UidSet set;
  for (const Uid uid : uids) set.add(uid);
  return set;
}

Result<UidSet> read_uids(Statement& query) {
  std::vector<Uid> uids;
  GODWIT_CHECK(query.each([&](const Statement& row) { uids.push_back(row.number<Uid>(0)); }));
  return to_set(std::move(uids));
}

}  // namespace

Result<std::int64_t> AccountStore::flags_to_number(const MessageFlags& flags) {
  if (flags.keywords.empty()) return flags.system;
  const std::string text = join(flags.keywords);
  auto known = keyword_ids_.find(text);
  if (known == keyword_ids_.end()) {
    GODWIT_CHECK(database().run("INSERT INTO keyword_list (keywords) VALUES (?) ON CONFLICT DO NOTHING",
                                std::string_view(text)));
    GODWIT_TRY(const std::int64_t id,
               database().number("SELECT id FROM keyword_list WHERE keywords = ?", std::string_view(text)));
    if (keyword_ids_.size() >= remembered_keyword_lists) keyword_ids_.clear();
    known = keyword_ids_.emplace(text, id).first;
  }
  return known->second << keyword_list_shift | flags.system;
}

Result<MessageFlags> AccountStore::flags_from_number(std::int64_t number) {
  MessageFlags flags{.system = static_cast<std::uint8_t>(number & ((1 << keyword_list_shift) - 1)), .keywords = {}};
  const std::int64_t list = number >> keyword_list_shift;
  if (list == 0) return flags;
  auto known = keyword_lists_.find(list);
  if (known == keyword_lists_.end()) {
    std::vector<std::string> keywords;
    GODWIT_TRY(Statement query, database().prepare("SELECT keywords FROM keyword_list WHERE id = ?"));
    query.bind(list);
    GODWIT_CHECK(query.each([&](const Statement& row) { keywords = split(row.bytes(0)); }));
    if (keyword_lists_.size() >= remembered_keyword_lists) keyword_lists_.clear();
    known = keyword_lists_.emplace(list, std::move(keywords)).first;
  }
  flags.keywords = known->second;
  return flags;
}

Result<> AccountStore::put_items(FolderId folder, std::span<const ItemRecord> items, Change& change) {
  GODWIT_TRY(Statement insert,
             database().prepare("INSERT INTO item (folder, " GODWIT_ITEM_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                                "ON CONFLICT DO NOTHING"));
  for (const ItemRecord& item : items) {
    GODWIT_TRY(const std::int64_t flags, flags_to_number(item.flags));
    const auto date = item.date.transform([](const InternalDate& value) { return value.packed(); });
    insert.bind(folder, item.source_uid, item.target_uid, item.size, Blob{item.digest.view()}, flags,
                static_cast<int>(item.level), date, (item.brought ? 1 : 0) | item.hazards << hazards_shift | item.left_out << left_out_shift,
                item.object_id);
    GODWIT_CHECK(insert.run());
    if (database().changes() == 0) {  // there is one already
      GODWIT_CHECK(erase_items(folder, item.source_uid, item.source_uid, change));
      GODWIT_CHECK(insert.run());
    }
    change.items += 1;
    change.located += item.target_uid != 0 ? 1 : 0;
    change.bytes += static_cast<std::int64_t>(item.size);
    change.by_level.at(static_cast<std::size_t>(item.level)) += 1;
    if (item.level == Level::accepted) change.accepted_from = std::min(change.accepted_from, std::int64_t{item.source_uid});
  }
  return {};
}

Result<> AccountStore::erase_items(FolderId folder, std::int64_t first, std::int64_t last, Change& change) {
  {
    GODWIT_TRY(Statement sums, database().prepare("SELECT level, count(*), sum(target_uid <> 0), sum(size) FROM item "
                                                  "WHERE folder = ? AND source_uid BETWEEN ? AND ? GROUP BY level"));
    sums.bind(folder, first, last);
    GODWIT_CHECK(sums.each([&](const Statement& row) {
      change.by_level.at(row.number<std::size_t>(0)) -= row.number<std::int64_t>(1);
      change.items -= row.number<std::int64_t>(1);
      change.located -= row.number<std::int64_t>(2);
      change.bytes -= row.number<std::int64_t>(3);
    }));
  }
  return database().run("DELETE FROM item WHERE folder = ? AND source_uid BETWEEN ? AND ?", folder, first, last);
}

Result<std::int64_t> AccountStore::end_of_slice(FolderId folder, std::int64_t from, std::int64_t rows) {
  return database().number("SELECT source_uid FROM item WHERE folder = ? AND source_uid >= ? ORDER BY source_uid "
                           "LIMIT 1 OFFSET ?",
                           folder, from, rows);
}

Result<bool> AccountStore::restart_slice(FolderId folder, std::uint32_t source_uid_validity,
                                         std::uint32_t target_uid_validity) {
  Change change{.fence = 1};
  GODWIT_TRY(const std::int64_t end, end_of_slice(folder, 0, slice_rows));
  GODWIT_CHECK(erase_items(folder, 0, end != 0 ? end - 1 : no_uid, change));
  GODWIT_TRY(const bool more_in_pool, erase_pool_of(folder, change));
  const bool more = end != 0 || more_in_pool;
  GODWIT_CHECK(database().run("DELETE FROM flag_intent WHERE folder = ?", folder));
  GODWIT_CHECK(database().run("DELETE FROM batch WHERE folder = ?", folder));
  change.open_batches = -static_cast<std::int64_t>(database().changes());
  GODWIT_CHECK(erase_problems(folder, 0, no_uid, change));
  // Until the last slice the folder is one of unknown validity: a kill in between makes the caller restart it again.
  GODWIT_CHECK(database().run(
      "UPDATE folder SET made = iif(target_uid_validity = 0, made, 0), source_uid_validity = ?2, target_uid_validity = ?3, "
      "accepted_from = ?4, "
      "source_token_uid_validity = 0, source_token_uid_next = 0, source_token_messages = 0, source_token_highest_modseq = 0, "
      "target_token_uid_validity = 0, target_token_uid_next = 0, target_token_messages = 0, target_token_highest_modseq = 0 "
      "WHERE id = ?1",
      folder, more ? 0 : source_uid_validity, more ? 0 : target_uid_validity, more ? 0 : no_uid));
  GODWIT_CHECK(change_folder(folder, change));
  return more;
}

Result<ItemRecord> AccountStore::read_item(const Statement& row, int column) {
  ItemRecord item;
  item.source_uid = row.number<Uid>(column);
  item.target_uid = row.number<Uid>(column + 1);
  item.size = row.number<std::uint64_t>(column + 2);
  item.digest = Digest::from(row.bytes(column + 3));
  GODWIT_TRY(item.flags, flags_from_number(row.number<std::int64_t>(column + 4)));
  item.level = static_cast<Level>(row.number<int>(column + 5));
  item.date = row.optional_number(column + 6).transform(InternalDate::from_packed);
  const int marks = row.number<int>(column + 7);
  item.hazards = static_cast<std::uint8_t>(marks >> hazards_shift);
  item.left_out = static_cast<std::uint8_t>(marks >> left_out_shift);
  item.brought = (marks & 1) != 0;
  item.object_id = row.number<std::uint64_t>(column + 8);
  return item;
}

Result<std::vector<ItemRecord>> AccountStore::read_items(Statement& query) {
  std::vector<ItemRecord> items;
  while (true) {
    GODWIT_TRY(const bool more, query.step());
    if (!more) return items;
    GODWIT_TRY(ItemRecord item, read_item(query, 0));
    items.push_back(std::move(item));
  }
}

Result<std::vector<ItemRecord>> AccountStore::items(FolderId folder, Uid from, std::size_t limit) {
  GODWIT_TRY(Statement query,
             database().prepare("SELECT " GODWIT_ITEM_COLUMNS " FROM item "
                                "WHERE folder = ? AND source_uid >= ? ORDER BY source_uid LIMIT ?"));
  return read_items(query.bind(folder, from, limit));
}

Result<UidSet> AccountStore::source_uids(FolderId folder) {
  UidSet uids;
  GODWIT_TRY(Statement query, database().prepare("SELECT source_uid FROM item WHERE folder = ? ORDER BY source_uid"));
  query.bind(folder);
  GODWIT_CHECK(query.each([&](const Statement& row) { uids.add(row.number<Uid>(0)); }));
  return uids;
}

Result<UidSet> AccountStore::target_uids(FolderId folder, Uid from) {
  GODWIT_TRY(Statement query,
             database().prepare("SELECT target_uid FROM item WHERE folder = ?1 AND target_uid >= max(?2, 1) UNION ALL "
                                "SELECT target_uid FROM vanished WHERE folder = ?1 AND target_uid >= max(?2, 1)"));
  return read_uids(query.bind(folder, from));
}

Result<UidSet> AccountStore::target_uids_at(FolderId folder, Level level) {
  GODWIT_TRY(Statement query,
             database().prepare("SELECT target_uid FROM item WHERE folder = ?1 AND level = ?2 AND target_uid > 0 "
                                "AND source_uid >= iif(?2 = 1, (SELECT accepted_from FROM folder WHERE id = ?1), 0)"));
  return read_uids(query.bind(folder, static_cast<int>(level)));
}

Result<std::map<std::uint8_t, UidSet>> AccountStore::accepted_by_hazards(FolderId folder) {
  std::map<std::uint8_t, std::vector<Uid>> uids;
  GODWIT_TRY(Statement query,
             database().prepare("SELECT marks, target_uid FROM item WHERE folder = ?1 AND level = 1 AND target_uid > 0 "
                                "AND source_uid >= (SELECT accepted_from FROM folder WHERE id = ?1)"));
  query.bind(folder);
  GODWIT_CHECK(query.each([&](const Statement& row) {
    uids[static_cast<std::uint8_t>(row.number<int>(0) >> hazards_shift)].push_back(row.number<Uid>(1));
  }));
  std::map<std::uint8_t, UidSet> sets;
  for (auto& [hazards, each] : uids) sets.emplace(hazards, to_set(std::move(each)));
  return sets;
}

Result<std::vector<ItemRecord>> AccountStore::items_by_target(FolderId folder, const UidSet& target_uids, Uid from,
                                                              std::size_t limit) {
  if (target_uids.empty()) return std::vector<ItemRecord>();
  GODWIT_TRY(Statement query,
             database().prepare("SELECT " GODWIT_ITEM_COLUMNS " FROM item WHERE folder = ? AND source_uid >= ? "
                                "AND target_uid BETWEEN ? AND ? AND uid_in(target_uid, ?) ORDER BY source_uid LIMIT ?"));
  return read_items(query.bind(folder, from, target_uids.first(), target_uids.last(), target_uids, limit));
}

// What leaves its level by it; to listed, as every message of a first round goes, that is accepted alone, and need not be counted.
Result<AccountStore::Change> AccountStore::count_raise(FolderId folder, std::int64_t begin, std::int64_t end,
                                                       const UidSet& target_uids, Level level) {
  Change change;
  if (level == Level::listed) return change;
  GODWIT_TRY(Statement query, database().prepare("SELECT level, count(*) FROM item WHERE folder = ?2 AND source_uid >= ?3 AND "
                                                 "source_uid < ?4 AND level < ?1 AND uid_in(target_uid, ?5) GROUP BY level"));
  query.bind(static_cast<int>(level), folder, begin, end, target_uids);
  GODWIT_CHECK(query.each([&](const Statement& row) {
    change.by_level.at(row.number<std::size_t>(0)) -= row.number<std::int64_t>(1);
  }));
  return change;
}

Result<Uid> AccountStore::raise_slice(FolderId folder, Uid from, const UidSet& target_uids, Level level) {
  GODWIT_TRY(const std::int64_t accepted_from,
             database().number("SELECT accepted_from FROM folder WHERE id = ?", folder));
  // Below listed there is accepted only.
  const std::int64_t begin = level == Level::listed ? std::max<std::int64_t>(from, accepted_from) : from;
  GODWIT_TRY(const std::int64_t found, end_of_slice(folder, begin, slice_rows));
  const std::int64_t end = found != 0 ? found : no_uid;
  GODWIT_TRY(Change change, count_raise(folder, begin, end, target_uids, level));
  GODWIT_CHECK(database().run("UPDATE item SET level = ?1 WHERE folder = ?2 AND source_uid >= ?3 AND source_uid < ?4 "
                              "AND level < ?1 AND uid_in(target_uid, ?5)",
                              static_cast<int>(level), folder, begin, end, target_uids));
  const auto raised = static_cast<std::int64_t>(database().changes());
  change.by_level.at(static_cast<std::size_t>(level)) += raised;
  if (level == Level::listed) change.by_level.at(static_cast<std::size_t>(Level::accepted)) -= raised;
  if (raised > 0) GODWIT_CHECK(change_folder(folder, change));
  if (accepted_from >= begin && accepted_from < end) {
    GODWIT_TRY(const std::int64_t left,
               database().number("SELECT source_uid FROM item WHERE folder = ? AND source_uid >= ? AND source_uid < ? "
                                 "AND level = 1 ORDER BY source_uid LIMIT 1",
                                 folder, accepted_from, end));
    GODWIT_CHECK(database().run("UPDATE folder SET accepted_from = ? WHERE id = ?", left != 0 ? left : end, folder));
  }
  return static_cast<Uid>(found);
}

Result<> AccountStore::begin_flags(std::span<const FlagIntent> intents) {
  GODWIT_TRY(Statement insert,
             database().prepare("INSERT OR REPLACE INTO flag_intent (folder, source_uid, target_uid, add_flags, remove_flags, synced) "
                                "VALUES (?, ?, ?, ?, ?, ?)"));
  for (const FlagIntent& intent : intents) {
    GODWIT_TRY(const std::int64_t add, flags_to_number(intent.add));
    GODWIT_TRY(const std::int64_t remove, flags_to_number(intent.remove));
    GODWIT_TRY(const std::int64_t synced, flags_to_number(intent.synced));
    GODWIT_CHECK(insert.bind(intent.folder, intent.source_uid, intent.target_uid, add, remove, synced).run());
  }
  return {};
}

Result<std::vector<FlagIntent>> AccountStore::flag_intents() {
  std::vector<FlagIntent> intents;
  GODWIT_TRY(Statement query, database().prepare("SELECT folder, source_uid, target_uid, add_flags, remove_flags, synced FROM flag_intent"));
  while (true) {
    GODWIT_TRY(const bool more, query.step());
    if (!more) return intents;
    FlagIntent& intent = intents.emplace_back();
    intent.folder = query.number<FolderId>(0);
    intent.source_uid = query.number<Uid>(1);
    intent.target_uid = query.number<Uid>(2);
    GODWIT_TRY(intent.add, flags_from_number(query.number<std::int64_t>(3)));
    GODWIT_TRY(intent.remove, flags_from_number(query.number<std::int64_t>(4)));
    GODWIT_TRY(intent.synced, flags_from_number(query.number<std::int64_t>(5)));
  }
}

Result<> AccountStore::set_flags(FolderId folder, std::span<const std::pair<Uid, MessageFlags>> by_source_uid) {
  GODWIT_TRY(Statement end, database().prepare("DELETE FROM flag_intent WHERE folder = ? AND source_uid = ?"));
  for (const auto& [source_uid, flags] : by_source_uid) GODWIT_CHECK(end.bind(folder, source_uid).run());
  GODWIT_TRY(Statement update, database().prepare("UPDATE item SET flags = ? WHERE folder = ? AND source_uid = ?"));
  for (const auto& [source_uid, flags] : by_source_uid) {
    GODWIT_TRY(const std::int64_t number, flags_to_number(flags));
    GODWIT_CHECK(update.bind(number, folder, source_uid).run());
  }
  return {};
}

Result<> AccountStore::forget_items(FolderId folder, const UidSet& source_uids) {
  Change change;
  for (const UidRange& range : source_uids.ranges()) GODWIT_CHECK(erase_items(folder, range.first, range.last, change));
  return change_folder(folder, change);
}

}  // namespace godwit::ledger
