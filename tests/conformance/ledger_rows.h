// SPDX-License-Identifier: Apache-2.0
// Rows and problems for the conformance suite of ledgers.
#pragma once

#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.h"

namespace godwit::ledger {

inline void PrintTo(const ItemRecord& item, std::ostream* out) {
  *out << item.source_uid << "->" << item.target_uid << " size " << item.size << " level " << static_cast<int>(item.level)
       << " (" << item.flags.to_string() << ") " << (item.date ? item.date->to_string() : "no date") << " hazards "
       << static_cast<int>(item.hazards) << (item.brought ? " brought" : " matched") << " object " << item.object_id;
}

inline void PrintTo(const Problem& problem, std::ostream* out) {
  *out << problem.folder << "/" << problem.source_uid << " " << problem.kind << ": " << problem.reason;
}

inline void PrintTo(const VanishedItem& entry, std::ostream* out) {
  *out << "entry " << entry.id << " of folder " << entry.folder << (entry.by_restart ? " by restart: " : ": ");
  PrintTo(entry.item, out);
}

inline Digest digest_of(Uid number) { return sha256(std::to_string(number)); }

inline ItemRecord item(Uid source_uid, Uid target_uid, Level level = Level::accepted) {
  ItemRecord row;
  row.source_uid = source_uid;
  row.target_uid = target_uid;
  row.size = 1000 + source_uid;
  row.digest = digest_of(source_uid);
  row.level = level;
  return row;
}

inline std::vector<ItemRecord> items(Uid first, Uid last, Uid shift = 0) {
  std::vector<ItemRecord> rows;
  for (Uid uid = first; uid <= last; ++uid) rows.push_back(item(uid, uid + shift));
  return rows;
}

inline Problem problem(FolderId folder, Uid source_uid, std::string kind = "refused") {
  return {.folder = folder, .folder_name = "Läden/Berlin", .source_uid = source_uid, .size = 12 + source_uid,
          .kind = std::move(kind), .reason = "the server refused it; repair it or leave it",
          .server_text = "NO [CANNOT] \"sorry\"",
          .subject = "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", .from = "Bob <bob@example.com>", .date = "Mon, 1 Jan 2001 00:00:00 +0000"};
}

inline MessageFlags flags(std::initializer_list<std::string_view> names) {
  MessageFlags set;
  for (const auto name : names) set.add(name);
  return set;
}

inline std::vector<Uid> source_uids(const std::vector<ItemRecord>& rows) {
  std::vector<Uid> uids;
  for (const ItemRecord& row : rows) uids.push_back(row.source_uid);
  return uids;
}

}  // namespace godwit::ledger
