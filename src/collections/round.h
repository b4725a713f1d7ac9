// SPDX-License-Identifier: Apache-2.0
// One round over the calendars, address books and filters of one account: brings the target up to what the source has now, without undoing
// what people did there. Safe to repeat after any interruption; see docs/decisions/0011-items-that-change-have-an-engine-of-their-own.md.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collections/meanings.h"
#include "ledger/collections.h"
#include "sync/round.h"

namespace godwit::collections {

struct RoundOptions {
  std::size_t batch_items = 50;                       // at least so many in one request, where the systems take several
  std::uint64_t batch_bytes = std::uint64_t{8} << 20; // fewer where they are known to be large
  bool read_back = false;           // prove every item at once, not only those that the target may have altered
  bool dry_run = false;             // only count what would be done; the notes say it, collection by collection
  bool allow_mass_removal = false;  // more than half of the account may be removed on the target when it is gone on the source
  int attempts = 6;                 // reconnections without any progress in between
  std::chrono::milliseconds first_pause{500};  // before the first of them; doubled for each further one
};

// Counts as they are now; read by the progress view on the same thread.
struct Progress {
  std::uint64_t collections = 0, collections_done = 0;
  std::uint64_t items = 0, items_done = 0;  // to be brought, as far as known; brought or reported
  std::uint64_t bytes_done = 0;
  std::string collection;  // being worked on
  bool is_over = false;
};

struct RoundResult {
  std::uint64_t collections = 0, collections_made = 0, collections_removed = 0;
  std::uint64_t properties_changed = 0;  // collections whose name, colour and so on were brought
  std::map<ItemKind, std::uint64_t> created;  // on the target in this round
  std::uint64_t updated = 0;
  std::uint64_t matched = 0;       // found on the target with the same meaning, not brought again
  std::uint64_t conflicts = 0;     // changed on both sides: the target's stays
  std::uint64_t withdrawn = 0;     // removed on the target by people: not brought back
  std::uint64_t removed = 0;       // gone on the source, and removed on the target
  std::uint64_t kept = 0;          // gone on the source, left on the target: not godwit's own, or changed there
  std::uint64_t removals_held = 0; // not removed yet; the notes say why
  std::uint64_t bytes = 0;         // of what was created or updated
  std::uint64_t listed = 0, proven = 0, altered = 0;  // raised to it in this round
  std::uint64_t not_moved = 0;     // problems on record for items that are not on the target, or not in their newest form
  std::vector<ledger::Problem> problems;  // the first thousand on record
  std::vector<std::string> notes;  // what an operator should know besides
  std::optional<Error> error;      // why the round ended early
  [[nodiscard]] std::uint64_t created_in_all() const;
};
// What it changed on the target, or saw change on the source.
[[nodiscard]] std::uint64_t changes_of(const RoundResult& result);
// "3 events made, 1 item updated"; empty when it brought nothing.
[[nodiscard]] std::string describe_changes(const RoundResult& result);

class Round {
 public:
  // All must outlive the round. `stop` may be set from any thread: the round then ends at the next batch with an error of kind canceled.
  Round(endpoint::CollectionSource& source, endpoint::CollectionTarget& target, ledger::Ledger& ledger, Meanings meanings,
        RoundOptions options, const std::atomic<bool>& stop, std::function<void(sync::Event)> on_event);
  ~Round();

  [[nodiscard]] Task<RoundResult> run();
  [[nodiscard]] const Progress& progress() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace godwit::collections
