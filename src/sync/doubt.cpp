// SPDX-License-Identifier: Apache-2.0
#include "sync/doubt.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace godwit::sync {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// What was seen of the folder since the doubt arose counts: UIDNEXT never falls, so two equal looks mean that nothing came between.
Task<Result<>> wait_until_quiet(const RoundContext& context, endpoint::TargetSession& target, FolderWork& work) {
  context.step("folder " + work.name() + ": an earlier attempt ended in doubt; watching the target until it is quiet",
               work.name());
  bool was_seen = work.seen.uid_next > 0;  // without a UIDNEXT only looking again and again tells
  while (true) {
    const auto view = target.open(work.target);
    GODWIT_CO_TRY(const FolderToken now, co_await view->state());
    if (!was_seen || now.uid_next != work.seen.uid_next || now.messages != work.seen.messages) work.note_look(now);
    was_seen = true;
    if (steady_clock::now() - work.seen_at >= context.options.quiet_time) co_return Result<>{};
    GODWIT_CO_CHECK(co_await pause(context.stop, std::min(context.options.quiet_time, milliseconds(250))));
  }
}

}  // namespace

Task<Result<>> pause(const std::atomic<bool>& stop, milliseconds time) {
  const auto end = steady_clock::now() + time;
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  while (steady_clock::now() < end) {
    if (stop.load(std::memory_order_relaxed)) co_return std::unexpected(stopped());
    timer.expires_at(std::min(end, steady_clock::now() + milliseconds(100)));
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
  co_return Result<>{};
}

Task<Result<UidSet>> known_uids(const RoundContext& context, const FolderWork& work, Uid from) {
  GODWIT_CO_TRY(UidSet known, co_await context.account.target_uids(work.record.id, from));
  for (const auto& sibling : context.siblings) {
    GODWIT_CO_TRY(const auto folders, co_await sibling->folders());
    for (const ledger::FolderRecord& folder : folders) {
      if (folder.target_name != work.target.name || folder.target_uid_validity != work.record.target_uid_validity) continue;
      GODWIT_CO_TRY(const UidSet theirs, co_await sibling->target_uids(folder.id, from));
      known.add(theirs);
    }
  }
  co_return known;
}

Task<Result<bool>> is_shared(const RoundContext& context, const std::string& target_name) {
  for (const auto& sibling : context.siblings) {
    GODWIT_CO_TRY(const auto folders, co_await sibling->folders());
    if (std::ranges::find(folders, target_name, &ledger::FolderRecord::target_name) != folders.end()) co_return true;
  }
  co_return false;
}

Task<Result<RepairedDigests>> repaired_digests(ledger::AccountLedger& account) {
  RepairedDigests digests;
  GODWIT_CO_CHECK(co_await account.each_problem([&digests](const ledger::Problem& problem) {
    if (problem.stored) digests.emplace(std::pair(problem.folder, problem.source_uid), *problem.stored);
  }));
  co_return digests;
}

Task<Result<>> read_body(endpoint::MessageReader& reader, const endpoint::Message& message,
                         const std::function<void(std::string_view)>& sink) {
  if (!message.streamed) {
    sink(message.bytes);
    co_return Result<>{};
  }
  while (true) {
    GODWIT_CO_TRY(const auto piece, co_await reader.read());
    if (piece.empty()) co_return Result<>{};
    sink(std::string_view(piece.data(), piece.size()));
  }
}

Task<Result<Candidates>> read_unknown(const RoundContext& context, endpoint::TargetSession& target,
                                      const FolderWork& work, std::uint32_t fence) {
  const auto view = target.open(work.target);
  GODWIT_CO_TRY(const UidSet present, co_await view->uids(fence)->get());
  GODWIT_CO_TRY(const UidSet known, co_await known_uids(context, work, fence));
  const UidSet unknown = present.without(known);
  Candidates candidates(unknown.size());
  if (unknown.empty()) co_return candidates;
  const auto reader = view->fetch(unknown);
  Sha256 exact;
  mime::LooseDigest loose;
  Uid last = 0;
  while (true) {
    if (context.is_stopped()) co_return std::unexpected(stopped());
    auto next = co_await reader->next();
    if (!next && reaction_to(next.error().kind) == Reaction::reconnect) {
      // It may not be passed over: it may be one of ours, and would be sent again.
      const Uid uid = DeadlyMessages::awaited(unknown, last);
      next.error().what += fmt::format(", while message UID {} of the target's folder {} was read; if that happens again, look at it there",
                                       uid, work.target.path.display());
    }
    if (!next) co_return std::unexpected(std::move(next).error());
    const std::optional<endpoint::Message> message = *std::move(next);
    if (!message) break;
    last = message->uid;
    GODWIT_CO_CHECK(co_await read_body(*reader, *message, [&](std::string_view piece) {
      exact.update(piece);
      loose.update(piece);
    }));
    candidates.add(message->uid, exact.finish(), loose.finish(), message->size, message->flags);
  }
  candidates.seal();
  co_return candidates;
}

Task<Result<>> load_candidates(const RoundContext& context, endpoint::TargetSession& target, FolderWork& work) {
  if (work.in_doubt) {
    work.doubt_fence = work.was_in_doubt ? std::min(work.doubt_fence, work.record.target_uid_next) : work.record.target_uid_next;
    work.was_in_doubt = true;
    GODWIT_CO_CHECK(co_await wait_until_quiet(context, target, work));
  }
  const auto view = target.open(work.target);
  GODWIT_CO_TRY(const FolderToken state, co_await view->state());
  work.looked_until = state.uid_next;
  GODWIT_CO_TRY(work.candidates, co_await read_unknown(context, target, work, work.record.target_uid_next));
  work.settled_below_fence = work.candidates.empty();
  if (work.in_doubt) {
    GODWIT_CO_TRY(const auto open, co_await context.account.open_batches(work.record.id));
    for (const ledger::Batch& batch : open) {
      if (!work.is_restarted) work.intended.add(batch.source_uids);
    }
    GODWIT_CO_CHECK(co_await context.account.settle(work.record.id, work.record.target_uid_next));
    work.in_doubt = false;
  }
  co_return Result<>{};
}

}  // namespace godwit::sync
