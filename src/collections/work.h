// SPDX-License-Identifier: Apache-2.0
// What the parts of a round share, and what each of them asks of the two systems.
#pragma once

#include <algorithm>

#include "collections/round.h"

namespace godwit::collections {

struct Work {
  endpoint::CollectionSession& source;
  endpoint::CollectionTargetSession& target;
  ledger::AccountLedger& account;
  ledger::CollectionLedger& ledger;
  const Meanings& meanings;
  const RoundOptions& options;
  const std::atomic<bool>& stop;
  RoundResult& result;
  Progress& progress;
  const std::function<void(sync::Event)>& on_event;

  void tell(std::string text, std::string collection) const {
    on_event({.kind = sync::Event::Kind::step, .text = std::move(text), .folder = std::move(collection), .code = 0});
  }
  void note(std::string text) const { result.notes.push_back(std::move(text)); }
  [[nodiscard]] Result<> check_stop() const {
    if (!stop) return {};
    return fail(ErrorKind::canceled, "stopped; what was done is on record, the same command again goes on");
  }
  [[nodiscard]] std::size_t batch() const {
    return std::max({options.batch_items, source.traits().batch_items, target.traits().batch_items});
  }
};

// One collection of the source with its record and, where there is one, its place on the target.
struct Pair {
  endpoint::Collection source;
  endpoint::Collection target;
  ledger::CollectionRecord record;
  [[nodiscard]] std::string name() const { return record.display_name; }
};

// Brings what is new, changed or gone; removals on the target are left for remove_gone(). An error ends the session.
[[nodiscard]] Task<Result<>> bring(const Work& work, Pair& pair);

// A collection that the source has no more: all its items are.
[[nodiscard]] Task<Result<>> mark_all_gone(const Work& work, const ledger::CollectionRecord& record);

// The last step of a round: what is gone on the source is removed on the target, where godwit made it, nobody changed it, and the
// account's new mail still goes to the old system; all else is left there and belongs to its people from now on. It holds back where more
// than half of the account would go. `source`: what the source lists, `target`: the target, both by their names.
[[nodiscard]] Task<Result<>> remove_gone(const Work& work, std::span<const endpoint::Collection> source,
                                         std::span<const endpoint::Collection> target);

}  // namespace godwit::collections
