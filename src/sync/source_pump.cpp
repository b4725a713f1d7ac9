// SPDX-License-Identifier: Apache-2.0
#include "sync/source_pump.h"

#include <boost/asio/this_coro.hpp>

namespace godwit::sync {
namespace {

constexpr std::size_t ledger_page = 1000;
// What one takes in memory, about, besides the message's body: without it a budget of bytes would hold too many tiny messages.
constexpr std::uint64_t flag_change_size = 256, message_overhead = 512;

// A group is closed when it has so many folders, or may have so many messages.
constexpr std::size_t most_folders = 16;
constexpr std::uint64_t enough_messages = 500;

}  // namespace

SourcePump::SourcePump(const RoundContext& context, endpoint::Session& session, std::function<FolderWork*()> next_work,
                       Channel<Traffic>& channel, Budget& budget)
    : context_(context), session_(session), next_work_(std::move(next_work)), channel_(channel), budget_(budget) {}

void SourcePump::abandon() {
  abandoned_ = true;
  if (handover_) handover_->changed.notify();
}

bool SourcePump::tells_changes(const FolderWork& work) const {
  return session_.traits().tells_changes && work.record.source_token.highest_modseq > 0;
}

SourcePump::Group SourcePump::take_group() {
  Group group;
  std::uint64_t messages = 0;
  while (group.size() < most_folders && messages < enough_messages) {
    FolderWork* const work = next_ != nullptr ? std::exchange(next_, nullptr) : next_work_();
    if (work == nullptr) break;
    const bool is_fresh = work->record.items == 0;
    // A folder that must be compared as a whole is a group of its own: its listing takes several steps.
    const bool goes_alone = !is_fresh && !tells_changes(*work);
    if (goes_alone && !group.empty()) {
      next_ = work;
      break;
    }
    Opened opened;
    opened.work = work;
    if (!is_fresh) opened.view = session_.open(work->pair.source);
    if (!is_fresh && !goes_alone) {
      opened.changes = opened.view->list(UidSet::of_range(1, ~Uid{0} - 1), work->record.source_token.highest_modseq);
    }
    const std::uint64_t present = work->pair.source.state.messages;
    messages += present - std::min<std::uint64_t>(present, work->record.items);
    group.push_back(std::move(opened));
    if (goes_alone) break;
  }
  return group;
}

Task<Result<>> SourcePump::run() {
  Group current = take_group();
  GODWIT_CO_CHECK(co_await plan(current));
  while (!current.empty()) {
    // To adapt, the session needs a moment in which the next group is not asked for yet.
    const bool adapts = session_.wants_to_adapt();
    Group next;
    if (!adapts) next = take_group();
    GODWIT_CO_CHECK(co_await session_.flush());
    for (Opened& opened : current) {
      FolderWork& work = *opened.work;
      channel_.push(FolderBegins{&work});
      GODWIT_CO_CHECK(co_await check_validity(opened));
      bool is_complete = true;
      if (opened.reader) {
        GODWIT_CO_TRY(is_complete, co_await drain(opened));
      }
      if (is_complete) channel_.push(FolderEnds{&work});
    }
    if (adapts) {
      GODWIT_CO_CHECK(co_await session_.adapt());
      next = take_group();
    }
    GODWIT_CO_CHECK(co_await plan(next));
    current = std::move(next);
  }
  for (Rest& rest : rests_) GODWIT_CO_CHECK(co_await read_rest(std::move(rest)));
  co_return Result<>{};
}

Task<Result<>> SourcePump::check_validity(Opened& opened) {
  if (!opened.view) co_return Result<>{};
  GODWIT_CO_TRY(const FolderToken state, co_await opened.view->state());
  if (state.uid_validity != opened.work->record.source_uid_validity) {
    co_return fail(ErrorKind::network, "the folder's UIDVALIDITY changed while it was being copied: " + opened.work->name());
  }
  co_return Result<>{};
}

Task<Result<>> SourcePump::plan(Group& group) {
  for (Opened& opened : group) {
    if (opened.view) GODWIT_CO_CHECK(co_await plan(opened));
  }
  for (Opened& opened : group) {
    const FolderToken& state = opened.work->pair.source.state;
    const bool is_fresh = !opened.view;
    if (is_fresh && state.messages > 0) opened.wanted = UidSet::of_range(1, state.uid_next > 0 ? state.uid_next - 1 : ~Uid{0} - 1);
    if (opened.wanted.empty()) continue;
    opened.expected = is_fresh ? state.messages : opened.wanted.size();
    opened.view = session_.open(opened.work->pair.source);
    opened.reader = opened.view->fetch(opened.wanted);
  }
  co_return Result<>{};
}

Task<Result<>> SourcePump::plan(Opened& opened) {
  GODWIT_CO_CHECK(co_await check_validity(opened));
  channel_.push(FolderBegins{opened.work});
  const bool is_delta = opened.changes != nullptr;
  Planner planner({.target_is_unchanged = true});
  if (!is_delta) {
    GODWIT_CO_TRY(const UidSet uids, co_await opened.view->uids(1)->get());
    GODWIT_CO_CHECK(co_await forget_problems(*opened.work, uids));
    opened.changes = opened.view->list(uids, 0);
  }
  while (true) {
    auto next = planner.next();
    if (std::holds_alternative<Finished>(next)) break;
    if (const auto* cursor = std::get_if<Cursor>(&next)) {
      GODWIT_CO_CHECK(co_await feed(planner, *cursor, opened));
    } else if (auto* copy = std::get_if<CopyItem>(&std::get<Step>(next))) {
      opened.wanted.add(copy->uid);
    } else {
      auto share = co_await take_room(flag_change_size);
      channel_.push(FlagsChanged{std::get<ChangeFlags>(std::get<Step>(std::move(next))), std::move(share)});
    }
  }
  co_return Result<>{};
}

// Of items that are gone on the source: there is nothing left to be moved.
Task<Result<>> SourcePump::forget_problems(const FolderWork& work, const UidSet& present) {
  GODWIT_CO_TRY(const ledger::Counters counters, co_await context_.account.counters());
  UidSet reported;
  for (std::size_t offset = 0; offset < counters.problems; offset += ledger_page) {
    GODWIT_CO_TRY(const auto problems, co_await context_.account.problems(offset, ledger_page));
    for (const ledger::Problem& problem : problems) {
      if (problem.folder == work.record.id) reported.add(problem.source_uid);
    }
  }
  UidSet gone = reported.without(present);
  if (gone.empty()) co_return Result<>{};
  co_return co_await context_.account.forget_problems(work.record.id, std::move(gone));
}

Task<Result<>> SourcePump::feed(Planner& planner, Cursor cursor, Opened& opened) {
  if (cursor == Cursor::source) {
    GODWIT_CO_TRY(auto items, co_await opened.changes->next());
    std::vector<SourceEntry> page;
    page.reserve(items.size());
    for (auto& item : items) page.push_back({item.uid, std::move(item.flags)});
    planner.feed(std::move(page));
    co_return Result<>{};
  }
  GODWIT_CO_TRY(auto rows, co_await context_.account.items(opened.work->record.id, planner.wanted_from(cursor), ledger_page));
  std::vector<LedgerEntry> page;
  page.reserve(rows.size());
  for (auto& row : rows) page.push_back({row.source_uid, row.target_uid, std::move(row.flags)});
  planner.feed(std::move(page));
  co_return Result<>{};
}

Task<Result<bool>> SourcePump::drain(Opened& opened) {
  UidSet delivered;
  while (true) {
    if (context_.is_stopped()) co_return std::unexpected(stopped());
    auto message = co_await opened.reader->next();
    if (!message) {
      if (reaction_to(message.error().kind) != Reaction::skip_item) co_return std::unexpected(std::move(message).error());
      break;  // the server gave up in the middle; what is missing is asked for singly
    }
    if (!*message) break;
    if (delivered.contains((*message)->uid)) continue;  // some servers give a message twice
    delivered.add((*message)->uid);
    GODWIT_CO_CHECK(co_await hand_over(*opened.reader, *std::move(*message), false));
  }
  if (delivered.size() >= opened.expected && read_again_.empty()) co_return true;
  rests_.push_back({std::move(opened), std::move(delivered), std::exchange(read_again_, {})});
  co_return false;
}

Task<Result<>> SourcePump::read_rest(Rest rest) {
  FolderWork& work = *rest.folder.work;
  channel_.push(FolderBegins{&work});
  const auto view = session_.open(work.pair.source);
  GODWIT_CO_TRY(const UidSet present, co_await view->uids(rest.folder.wanted.first())->get());
  GODWIT_CO_CHECK(co_await read_singly(work, std::move(rest.read_again), true));
  GODWIT_CO_CHECK(co_await read_singly(work, present.intersect(rest.folder.wanted).without(rest.delivered), false));
  channel_.push(FolderEnds{&work});
  co_return Result<>{};
}

Task<Result<>> SourcePump::read_singly(FolderWork& work, UidSet uids, bool looked_up) {
  if (uids.empty()) co_return Result<>{};
  const auto view = session_.open(work.pair.source);
  while (!uids.empty()) {
    const UidSet one = uids.take_first(1);
    const auto reader = view->fetch(one);
    auto message = co_await reader->next();
    if (message && *message) {
      GODWIT_CO_CHECK(co_await hand_over(*reader, *std::move(*message), looked_up));
      message = co_await reader->next();
      if (message) continue;
    }
    if (!message && reaction_to(message.error().kind) != Reaction::skip_item) {
      co_return std::unexpected(std::move(message).error());
    }
    Error error{ErrorKind::not_found, "the source lists this message but does not give it; look at it on the source", {}, {}};
    if (!message) error = std::move(message).error();
    channel_.push(UnreadableMessage{one.first(), std::move(error)});
  }
  co_return Result<>{};
}

Task<Budget::Share> SourcePump::take_room(std::uint64_t bytes) {
  return budget_.acquire(bytes, [this] { channel_.push(MoreRoom{}); });
}

Task<Result<>> SourcePump::hand_over(endpoint::MessageReader& reader, endpoint::Message message, bool looked_up) {
  if (!message.streamed) {
    auto share = co_await take_room(message.bytes.size() + message_overhead);
    channel_.push(WholeMessage(context_.background, std::move(message), std::move(share)));
    if (abandoned_) co_return fail(ErrorKind::canceled, "the writing half stopped");
    co_return Result<>{};
  }
  const Uid uid = message.uid;
  auto share = co_await take_room(message_overhead);
  handover_ = std::make_shared<StreamedMessage::Handover>(co_await boost::asio::this_coro::executor);
  channel_.push(StreamedMessage{std::move(message), &reader, looked_up, handover_, std::move(share)});
  while (handover_->verdict == StreamedMessage::Verdict::pending && !abandoned_) co_await handover_->changed.wait();
  if (abandoned_) co_return fail(ErrorKind::canceled, "the writing half stopped");
  if (handover_->verdict == StreamedMessage::Verdict::read_again) read_again_.add(uid);
  co_return Result<>{};
}

}  // namespace godwit::sync
