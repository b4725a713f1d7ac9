// SPDX-License-Identifier: Apache-2.0
#include "sync/object_moves.h"

#include "base/error_code.h"
#include "sync/moves.h"

namespace godwit::sync {
namespace {

// All that a folder's listing gives at once; more are asked for while these are moved.
Task<Result<>> move_page(const RoundContext& context, endpoint::TargetSession& target, FolderWork& work, std::vector<endpoint::Item> items) {
  std::vector<endpoint::Message> messages;
  for (endpoint::Item& item : items) {
    messages.push_back({item.uid, std::move(item.flags), std::move(item.date), 0, false, {}, item.object_id});
  }
  std::vector<Moves::Asker> askers;
  for (const endpoint::Message& message : messages) askers.push_back({&message, nullptr});
  Moves moves(context, target);
  GODWIT_CO_TRY(auto found, co_await moves.find_by_object(work, askers));
  if (found.empty()) co_return Result<>{};
  GODWIT_CO_TRY(const auto done, co_await moves.carry_out(work, askers, std::move(found)));
  UidSet moved;
  for (const std::size_t asker : done) moved.add(messages[asker].uid);
  work.record.items += moved.size();
  work.expected -= std::min<std::uint64_t>(work.expected, moved.size());
  work.wanted = work.wanted.without(moved);
  co_return Result<>{};
}

}  // namespace

Task<Result<>> move_by_object_ids(const RoundContext& context, endpoint::Session& source, endpoint::TargetSession& target,
                                  std::span<FolderWork* const> works) {
  for (FolderWork* const work : works) {
    const bool is_there = work->pair.target.has_value() && !work->in_doubt && !work->is_impossible;
    if (work->wanted.empty() || !is_there) continue;
    const auto view = source.open(work->pair.source);
    GODWIT_CO_TRY(const FolderToken state, co_await view->state());
    if (state.uid_validity != work->record.source_uid_validity) {
      co_return fail(codes::source_folder_replaced, "the folder's UIDVALIDITY changed during the round: " + work->name());
    }
    const auto reader = view->list(work->wanted, 0, {.date = true, .object_id = true});
    while (true) {
      if (context.is_stopped()) co_return std::unexpected(stopped());
      GODWIT_CO_TRY(auto items, co_await reader->next());
      if (items.empty()) break;
      GODWIT_CO_CHECK(co_await move_page(context, target, *work, std::move(items)));
    }
  }
  co_return Result<>{};
}

}  // namespace godwit::sync
