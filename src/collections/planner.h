// SPDX-License-Identifier: Apache-2.0
// Decides what has to be done for one collection: a pure function over what happened on the source, what the ledger has on record, and
// what happened on the target. It never sees an item; where versions alone do not say it, it asks for a look at the items.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "endpoint/collections.h"
#include "ledger/collections.h"

namespace godwit::collections {

// A row whose item the source changed since, or has anew.
struct SourceChange {
  ledger::ResourceRecord row;  // number 0: there is none yet; then only source_name counts
  endpoint::Resource source;   // as it is now
};
// Its version on the target is not the one on record: people changed it, or godwit did and was cut off before it was on record.
struct Look {
  ledger::ResourceRecord row;
  endpoint::Resource target;
  std::optional<endpoint::Resource> source;  // where that changed, too
};

struct Plan {
  std::vector<SourceChange> create;   // not on the target, as far as is known
  std::vector<SourceChange> update;   // on the target as it was left there, or people's own since long
  std::vector<Look> look;
  std::vector<SourceChange> withdrawn; // on record as on the target, and not there any more; `source` without a name: it did not change
  std::vector<endpoint::Resource> strangers;  // on the target alone, new or changed
  std::vector<std::string> strangers_gone;    // or never heard of
  std::vector<ledger::ResourceRecord> notes;  // rows that only have to be written: seen on the target, gone on the source, back on it
  std::vector<ledger::ResourceRecord> orphans; // gone on the source; whether godwit had put them on the target nobody knows
  std::vector<ledger::ResourceNumber> forget; // gone on both sides
  [[nodiscard]] bool empty() const {
    return create.empty() && update.empty() && look.empty() && withdrawn.empty() && strangers.empty() && strangers_gone.empty() &&
           notes.empty() && orphans.empty() && forget.empty();
  }
};

class Planner {
 public:
  Planner(endpoint::ResourceChanges source, endpoint::ResourceChanges target);

  // True: every row of the collection has to be fed. Else those that are open, and those that have these names.
  [[nodiscard]] bool needs_every_row() const { return source_.is_whole || target_.is_whole; }
  [[nodiscard]] std::vector<std::string> source_names() const { return source_.names(); }
  [[nodiscard]] std::vector<std::string> target_names() const { return target_.names(); }

  // In any order; one that was fed before is passed over.
  void feed(ledger::ResourceRecord row);
  // When all were fed.
  [[nodiscard]] Plan finish();

 private:
  enum class State { not_told, same, changed, gone };
  struct Side {
    explicit Side(endpoint::ResourceChanges changes);
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] const endpoint::Resource* find(const std::string& name) const;
    bool is_whole;
    std::unordered_map<std::string, endpoint::Resource> present;
    std::unordered_set<std::string> gone;
    std::unordered_set<std::string> known;  // names that rows have
  };
  [[nodiscard]] static State state_of(const Side& side, const std::string& name, const std::string& version, bool is_active,
                                      bool looks_at_mark);
  void decide_absent(ledger::ResourceRecord row, State source);
  void decide_withdrawn(ledger::ResourceRecord row, State source, State target);
  void decide_present(ledger::ResourceRecord row, State source, State target);
  [[nodiscard]] std::optional<endpoint::Resource> changed_source(const ledger::ResourceRecord& row, State source) const;

  Side source_, target_;
  std::unordered_set<ledger::ResourceNumber> fed_;
  Plan plan_;
};

}  // namespace godwit::collections
