// SPDX-License-Identifier: Apache-2.0
// One round's work on one collection. What the planner asks for is done batch by batch: read, understood, intended, put, recorded.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "collections/planner.h"
#include "collections/work.h"

namespace godwit::collections {

struct ReadItem {
  endpoint::ResourceContent content;
  groupware::Meaning meaning;
};

using ReadItems = std::vector<Result<ReadItem>>;

class Pass {
 public:
  Pass(const Work& work, Pair& pair) : work_(work), pair_(pair) {}
  [[nodiscard]] Task<Result<>> run();

 private:
  // An item that is about to be put.
  struct Draft {
    ledger::ResourceRecord row;
    ReadItem item;
    [[nodiscard]] bool is_new() const { return row.target_name.empty(); }
  };

  [[nodiscard]] bool is_unchanged() const;
  [[nodiscard]] Task<Result<Plan>> plan(endpoint::ResourceChanges source, endpoint::ResourceChanges target);
  [[nodiscard]] Task<Result<>> carry_out(Plan plan);
  [[nodiscard]] Task<Result<>> confirm(std::string& target_state);
  [[nodiscard]] Task<Result<>> settle_accepted();
  void tell_dry_run(const Plan& plan);

  // In pass_looks.cpp.
  [[nodiscard]] Task<Result<>> meet_strangers(std::vector<endpoint::Resource> strangers);
  [[nodiscard]] Task<Result<>> place_orphans(std::vector<ledger::ResourceRecord> orphans);
  [[nodiscard]] Task<Result<>> confirm_withdrawn(std::vector<SourceChange> missing);
  [[nodiscard]] Task<Result<>> look(std::vector<Look> looks);
  [[nodiscard]] Task<Result<>> look_at_batch(std::span<const Look> looks);
  void judge(const Look& look, const Result<ReadItem>& target, const ReadItem* source);
  void judge_changed(ledger::ResourceRecord row, const ReadItem& target, const Look& look, const ReadItem* source);

  // In pass_puts.cpp.
  [[nodiscard]] Task<Result<>> update(std::vector<SourceChange> changes);
  [[nodiscard]] Task<Result<>> update_batch(std::span<const SourceChange> changes, ReadItems items);
  [[nodiscard]] Task<Result<>> create(std::vector<SourceChange> changes);
  [[nodiscard]] Task<Result<>> create_batch(std::span<const SourceChange> changes, ReadItems items);
  using Bring = Task<Result<>> (Pass::*)(std::span<const SourceChange>, ReadItems);
  [[nodiscard]] Task<Result<>> bring_batches(std::vector<SourceChange> changes, Bring bring);
  [[nodiscard]] Task<Result<>> find_place(Draft draft, std::vector<Draft>& to_put);
  [[nodiscard]] Task<Result<bool>> meet_row_of_same_uid(Draft& draft);
  [[nodiscard]] Task<Result<>> meet_stranger(Draft draft, const ledger::Stranger& stranger);
  [[nodiscard]] Task<Result<>> put(std::vector<Draft> drafts);
  [[nodiscard]] Task<Result<>> intend(std::vector<Draft>& drafts);
  [[nodiscard]] Task<Result<>> settle(Draft draft, const endpoint::PutOutcome& outcome);
  [[nodiscard]] Task<Result<>> meet_what_exists(Draft draft, const std::string& name);
  [[nodiscard]] Task<Result<>> read_back();

  // One for each name, in order. Errors in their places: not there, not readable, not understood.
  [[nodiscard]] Task<Result<ReadItems>> read(endpoint::CollectionSession& session, const endpoint::Collection& collection,
                                                                 std::vector<std::string> names);
  [[nodiscard]] ledger::Problem problem_of(const ledger::ResourceRecord& row, std::string kind, std::string reason,
                                           const std::string& title, std::string server_text = {}) const;
  // Of a row whose item could not be read or put: it waits for the next round.
  void wait_with(ledger::ResourceRecord row, const Error& error, const std::string& title);
  void conflict(ledger::ResourceRecord row, const endpoint::Resource& source, const ReadItem* source_item, const ReadItem* target_item);
  void keep(ledger::ResourceRecord row, std::optional<ledger::Problem> problem = std::nullopt) {
    kept_.push_back({std::move(row), std::move(problem), false});
  }
  void keep_with_problem(ledger::ResourceRecord row) { kept_.push_back({std::move(row), std::nullopt, true}); }
  [[nodiscard]] Task<Result<>> flush();  // records what was kept and forgotten

  const Work& work_;
  Pair& pair_;
  bool has_put_ = false;  // since the target was last asked what changed
  std::vector<ledger::RecordedResource> kept_;
  std::vector<ledger::ResourceNumber> forgotten_;
  std::vector<std::string> met_;           // strangers that are strangers no more
  std::vector<Draft> to_read_back_;
  std::vector<SourceChange> to_update_;    // found to be needed while something else was done
  std::vector<Look> to_look_at_;
};

// In batches of so many items, and bytes where they are known.
template <class Item, class SizeOf>
[[nodiscard]] std::vector<std::span<const Item>> batches_of(const std::vector<Item>& all, std::size_t items, std::uint64_t bytes,
                                                            SizeOf size_of) {
  std::vector<std::span<const Item>> batches;
  for (std::size_t begin = 0; begin < all.size();) {
    std::uint64_t sum = 0;
    std::size_t end = begin;
    while (end < all.size() && end - begin < items && (end == begin || sum + size_of(all[end]) <= bytes)) sum += size_of(all[end++]);
    batches.push_back(std::span(all).subspan(begin, end - begin));
    begin = end;
  }
  return batches;
}

}  // namespace godwit::collections
