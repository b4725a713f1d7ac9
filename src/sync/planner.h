// SPDX-License-Identifier: Apache-2.0
// Decides what has to be done for one folder. A pure function over three cursors that are sorted by source UID: what the source has
// now, what the ledger says was synced last, what the target has now of it. It holds one page of each and no more, and it does no
// I/O: it says which cursor it needs, is fed a page, and yields steps as it goes.
#pragma once

#include <deque>
#include <optional>
#include <variant>
#include <vector>

#include "base/message_flags.h"
#include "base/uid_set.h"
#include "sync/rules.h"

namespace godwit::sync {

struct SourceEntry {
  Uid uid = 0;
  std::optional<MessageFlags> flags;  // nothing: not listed; then only presence counts
  std::optional<InternalDate> date = std::nullopt;  // this and the next: as far as the rules look at them
  std::uint64_t size = 0;
  friend bool operator==(const SourceEntry&, const SourceEntry&) = default;
};

struct LedgerEntry {
  Uid uid = 0;  // of the source
  Uid target_uid = 0;
  MessageFlags flags;  // as last synced
  bool is_left_out = false;
};

// Present on the target now; sorted by the source UID under which the ledger knows it.
struct TargetEntry {
  Uid uid = 0;  // of the source
  MessageFlags flags;
};

struct CopyItem {
  Uid uid = 0;
  friend bool operator==(const CopyItem&, const CopyItem&) = default;
};

// The source's flags changed since the last sync; the target gets the same change, flag by flag. A flag that the target's user
// changed meanwhile is left as it is: what both changed is equal already, since a flag has two states only.
struct ChangeFlags {
  Uid uid = 0;
  Uid target_uid = 0;
  MessageFlags add, remove;  // both empty: only the ledger has to learn
  MessageFlags synced;       // what the ledger holds after it
  friend bool operator==(const ChangeFlags&, const ChangeFlags&) = default;
};

// The rules leave it on the source.
struct LeaveOut {
  SourceEntry item;
  Verdict reason = Verdict::taken;
  friend bool operator==(const LeaveOut&, const LeaveOut&) = default;
};

using Step = std::variant<CopyItem, ChangeFlags, LeaveOut>;

enum class Cursor { source, ledger, target };
struct Finished {};

class Planner {
 public:
  struct Options {
    // The target is known not to have changed since the last sync; its cursor is not asked for.
    bool target_is_unchanged = false;
    const Rules* rules = nullptr;  // nullptr: every message is taken
  };
  explicit Planner(Options options) : options_(options) {}

  // The next step, or which cursor has to be fed before it can be told, or the end.
  [[nodiscard]] std::variant<Step, Cursor, Finished> next();

  // From which source UID the cursor's next page has to begin; what lies below is not needed.
  [[nodiscard]] Uid wanted_from(Cursor cursor) const;

  // One page, ascending, beyond what was fed before; an empty one is the cursor's end.
  void feed(std::vector<SourceEntry> page);
  void feed(std::vector<LedgerEntry> page);
  void feed(std::vector<TargetEntry> page);

 private:
  template <class Entry>
  struct Page {
    std::deque<Entry> entries;
    Uid seen = 0;  // last UID fed
    bool ended = false;
    // Drops what lies below uid; true when the head, or the end, is known.
    bool advance_to(Uid uid);
    [[nodiscard]] const Entry* at(Uid uid) const;
    void feed(std::vector<Entry> page);
  };

  [[nodiscard]] std::optional<Step> decide_new(const SourceEntry& source, const LedgerEntry* left_out);
  [[nodiscard]] std::optional<Step> decide(const SourceEntry& source, const LedgerEntry* ledger, const TargetEntry* target);

  Options options_;
  Page<SourceEntry> source_;
  Page<LedgerEntry> ledger_;
  Page<TargetEntry> target_;
};

}  // namespace godwit::sync
