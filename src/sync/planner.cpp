// SPDX-License-Identifier: Apache-2.0
#include "sync/planner.h"

#include <iterator>

namespace godwit::sync {

template <class Entry>
bool Planner::Page<Entry>::advance_to(Uid uid) {
  while (!entries.empty() && entries.front().uid < uid) entries.pop_front();
  return !entries.empty() || ended || seen >= uid;
}

template <class Entry>
const Entry* Planner::Page<Entry>::at(Uid uid) const {
  return !entries.empty() && entries.front().uid == uid ? &entries.front() : nullptr;
}

template <class Entry>
void Planner::Page<Entry>::feed(std::vector<Entry> page) {
  if (page.empty()) {
    ended = true;
    return;
  }
  seen = page.back().uid;
  entries.insert(entries.end(), std::make_move_iterator(page.begin()), std::make_move_iterator(page.end()));
}

void Planner::feed(std::vector<SourceEntry> page) { source_.feed(std::move(page)); }
void Planner::feed(std::vector<LedgerEntry> page) { ledger_.feed(std::move(page)); }
void Planner::feed(std::vector<TargetEntry> page) { target_.feed(std::move(page)); }

Uid Planner::wanted_from(Cursor cursor) const {
  const Uid head = source_.entries.empty() ? 1 : source_.entries.front().uid;
  switch (cursor) {
    case Cursor::source: return source_.seen + 1;
    case Cursor::ledger: return std::max(head, ledger_.seen + 1);
    case Cursor::target: return std::max(head, target_.seen + 1);
  }
  return 1;
}

std::variant<Step, Cursor, Finished> Planner::next() {
  while (true) {
    if (source_.entries.empty()) {
      if (source_.ended) return Finished{};
      return Cursor::source;
    }
    const Uid uid = source_.entries.front().uid;
    if (!ledger_.advance_to(uid)) return Cursor::ledger;
    const LedgerEntry* const ledger = ledger_.at(uid);
    const bool asks_target = ledger != nullptr && !ledger->is_left_out && !options_.target_is_unchanged;
    if (asks_target && !target_.advance_to(uid)) return Cursor::target;
    const TargetEntry* const target = asks_target ? target_.at(uid) : nullptr;
    auto step = decide(source_.entries.front(), ledger, target);
    source_.entries.pop_front();
    if (step) return *std::move(step);
  }
}

// What was left out is looked at again when its flags have changed: it may have been for one of them.
std::optional<Step> Planner::decide_new(const SourceEntry& source, const LedgerEntry* left_out) {
  if (left_out != nullptr && (!source.flags || *source.flags == left_out->flags)) return std::nullopt;
  const bool is_judged = options_.rules != nullptr && source.flags.has_value();
  const Verdict verdict = is_judged ? options_.rules->takes(*source.flags, source.date, source.size) : Verdict::taken;
  if (verdict == Verdict::taken) return CopyItem{source.uid};
  return LeaveOut{source, verdict};
}

std::optional<Step> Planner::decide(const SourceEntry& source, const LedgerEntry* ledger, const TargetEntry* target) {
  if (ledger == nullptr || ledger->is_left_out) return decide_new(source, ledger);
  if (!source.flags || *source.flags == ledger->flags) return std::nullopt;
  ChangeFlags step{source.uid, ledger->target_uid, {}, {}, *source.flags};
  const bool gone = !options_.target_is_unchanged && target == nullptr;  // removed there by its user: it stays removed
  if (!gone && ledger->target_uid != 0) {
    step.add = source.flags->without(ledger->flags);
    step.remove = ledger->flags.without(*source.flags);
    if (target != nullptr) {
      step.add = step.add.without(target->flags);
      step.remove = step.remove.without(step.remove.without(target->flags));
    }
  }
  return step;
}

}  // namespace godwit::sync
