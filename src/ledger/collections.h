// SPDX-License-Identifier: Apache-2.0
// The record of what is no message: calendars, address books and filters, and their items, which are documents that change in place.
// Calls are as those of AccountLedger: asynchronous, each one transaction, in the order in which they are awaited.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/item_kind.h"
#include "base/sha256.h"
#include "base/task.h"
#include "ledger/ledger.h"

namespace godwit::ledger {

using ResourceNumber = std::uint32_t;  // unique within its collection; never given twice

struct CollectionRecord {
  FolderId id = 0;  // of the same numbers as folders
  CollectionKind kind = CollectionKind::calendar;
  std::string source_name;
  std::string target_name;   // empty: none is chosen, or it is gone
  std::string display_name;  // for people
  bool made_by_us = false;   // godwit made the target's collection
  std::string source_seen, target_seen;    // what the listing of collections said of their states, before the last complete pass
  std::string source_state, target_state;  // from which the next pass asks for changes; empty: for everything
  std::string extras;                      // what the caller notes of its properties, in a form that only the caller understands
  std::uint64_t items = 0;                 // rows at a level
  std::uint64_t open = 0;                  // rows that a round has to look at
  friend bool operator==(const CollectionRecord&, const CollectionRecord&) = default;
};

struct ResourceRecord {
  ResourceNumber number = 0;  // 0: a new row, the ledger numbers it
  std::string uid;            // of the item, or what stands for it
  ItemKind kind = ItemKind::event;
  std::string source_name, source_version;  // the version that was brought, or refused
  std::string target_name, target_version;  // empty name: it is not on the target
  std::uint64_t size = 0;
  Digest digest;         // of the meaning of what was read from the source
  Digest target_digest;  // of the meaning of what is on the target, as far as it is known
  std::optional<Digest> intended;  // of the meaning that is about to be put on the target: stored or not, nobody knows
  std::optional<Level> level;      // accepted to withdrawn; nothing: it is not on the target, or in doubt
  bool is_active = false;  // of filters, on the source
  bool brought = false;    // godwit made it on the target; else it was found there
  bool touched = false;    // people changed it on the target: it is theirs
  bool stale = false;      // a newer version on the source is known, and not on the target yet
  bool gone = false;       // it is not on the source any more, and its removal on the target is still to be decided
  friend bool operator==(const ResourceRecord&, const ResourceRecord&) = default;
};
// Whether a round has to look at it, whatever the servers say has changed.
[[nodiscard]] inline bool is_open(const ResourceRecord& row) {
  return !row.level || *row.level == Level::accepted || row.gone || row.stale;
}

struct RecordedResource {
  ResourceRecord row;
  std::optional<Problem> problem{};  // its folder and source_uid are the ledger's to fill in
  bool keeps_problem = false;        // without a new one the one on record stays
};

// What lies in the target's collection and came from nobody but its user.
struct Stranger {
  std::string target_name, target_version;
  std::string uid;
  Digest digest;  // of its meaning
  friend bool operator==(const Stranger&, const Stranger&) = default;
};

enum class ResourceKey : std::uint8_t { source_name, target_name, uid };
enum class StrangerKey : std::uint8_t { target_name, uid, digest };

using LevelCounts = std::array<std::uint64_t, level_count>;  // of 0: what is not on the target

class CollectionLedger {
 public:
  virtual ~CollectionLedger() = default;

  [[nodiscard]] virtual Task<Result<std::vector<CollectionRecord>>> collections() = 0;
  // Makes the record where there is none of that kind and name. Returns it whole.
  [[nodiscard]] virtual Task<Result<CollectionRecord>> open_collection(CollectionKind kind, std::string source_name,
                                                                       std::string display_name) = 0;
  // Replaces everything but kind, source_name and counts.
  [[nodiscard]] virtual Task<Result<>> update_collection(CollectionRecord record) = 0;
  // The one problem that is about no item of it: replaced, or gone.
  [[nodiscard]] virtual Task<Result<>> set_problem(FolderId collection, std::optional<Problem> problem) = 0;
  // The target's collection is gone, or another one: what was in it is withdrawn, strangers and what was found of its state go.
  [[nodiscard]] virtual Task<Result<>> restart_target(FolderId collection) = 0;
  // The record goes, with all rows, strangers and problems.
  [[nodiscard]] virtual Task<Result<>> forget_collection(FolderId collection) = 0;

  // Rows with a number above `after`, ascending, at most `limit`.
  [[nodiscard]] virtual Task<Result<std::vector<ResourceRecord>>> resources(FolderId collection, ResourceNumber after,
                                                                            std::size_t limit) = 0;
  [[nodiscard]] virtual Task<Result<std::vector<ResourceRecord>>> open_resources(FolderId collection, ResourceNumber after,
                                                                                 std::size_t limit) = 0;
  // All rows that have one of these; by number, each once.
  [[nodiscard]] virtual Task<Result<std::vector<ResourceRecord>>> find_resources(FolderId collection, ResourceKey key,
                                                                                 std::vector<std::string> values) = 0;
  // Rows come or are replaced. A row's problem goes where it comes without one, unless it keeps it. Returns the rows with their numbers.
  // Error `exists`: two rows of one source_name.
  [[nodiscard]] virtual Task<Result<std::vector<ResourceRecord>>> record(FolderId collection, std::vector<RecordedResource> rows) = 0;
  // With their problems.
  [[nodiscard]] virtual Task<Result<>> forget_resources(FolderId collection, std::vector<ResourceNumber> numbers) = 0;

  [[nodiscard]] virtual Task<Result<>> put_strangers(FolderId collection, std::vector<Stranger> strangers) = 0;  // come, or are replaced
  [[nodiscard]] virtual Task<Result<>> forget_strangers(FolderId collection, std::vector<std::string> target_names) = 0;
  // By target_name, each once. A digest is given as its 32 bytes.
  [[nodiscard]] virtual Task<Result<std::vector<Stranger>>> find_strangers(FolderId collection, StrangerKey key,
                                                                           std::vector<std::string> values) = 0;
  // Names with a place above `after`, ascending, at most `limit`.
  [[nodiscard]] virtual Task<Result<std::vector<Stranger>>> strangers(FolderId collection, std::string after, std::size_t limit) = 0;

  // Of the account, by kind of item: no rows are counted for it.
  [[nodiscard]] virtual Task<Result<std::map<ItemKind, LevelCounts>>> item_counts() = 0;
};

}  // namespace godwit::ledger
