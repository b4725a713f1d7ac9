// SPDX-License-Identifier: Apache-2.0
#include "sync/source_pump.h"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>

#include "base/error_code.h"
#include "sync/doubt.h"

namespace godwit::sync {
namespace {

// What one takes in memory, about, besides the message's body: without it a budget of bytes would hold too many tiny messages.
constexpr std::uint64_t message_overhead = 512;

// A group is closed when it has so many folders, or may have so many messages.
constexpr std::size_t most_folders = 16;
constexpr std::uint64_t enough_messages = 500;

// A server gives messages in ascending order, whatever was asked for. The newest are asked for by few, the oldest by many.
constexpr std::uint64_t first_of_newest = 50;

constexpr int times_asked = 3;         // for a message that the server fails to give
constexpr std::size_t most_faults_in_row = 20;

}  // namespace

SourcePump::SourcePump(const RoundContext& context, endpoint::Session& session, std::function<FolderWork*()> next_work,
                       Channel<Traffic>& channel, Budget& budget)
    : context_(context), session_(session), next_work_(std::move(next_work)), channel_(channel), budget_(budget) {}

void SourcePump::abandon() {
  abandoned_ = true;
  if (handover_) handover_->changed.notify();
}

SourcePump::Group SourcePump::take_group() {
  Group group;
  std::uint64_t messages = 0;
  while (group.size() < most_folders && messages < enough_messages) {
    FolderWork* const work = next_work_();
    if (work == nullptr) break;
    Opened opened;
    opened.work = work;
    if (!work->wanted.empty()) {
      opened.view = session_.open(work->pair.source);
      ask_for_messages(opened);
    }
    messages += work->expected;
    group.push_back(std::move(opened));
  }
  return group;
}

void SourcePump::ask_for_messages(Opened& opened) {
  UidSet rest = opened.work->readable();
  if (rest.empty()) return;
  if (context_.options.rules.order == MessageOrder::newest_first) {
    for (std::uint64_t some = first_of_newest; rest.size() > some; some *= 2) {
      UidSet older = rest.take_first(rest.size() - some);
      opened.readers.push_back(opened.view->fetch(rest));
      rest = std::move(older);
    }
  }
  opened.readers.push_back(opened.view->fetch(rest));
}

Task<Result<>> SourcePump::run() {
  Group current = take_group();
  while (!current.empty()) {
    // To adapt, the session needs a moment in which the next group is not asked for yet.
    const bool adapts = session_.wants_to_adapt();
    Group next;
    if (!adapts) next = take_group();
    GODWIT_CO_CHECK(co_await session_.flush());
    for (Opened& opened : current) {
      FolderWork& work = *opened.work;
      channel_.push(FolderBegins{&work});
      bool is_complete = true;
      auto valid = !opened.readers.empty() ? co_await check_validity(opened) : Result<>{};
      if (!valid && reaction_to(valid.error().kind) != Reaction::skip_item) co_return valid;
      if (!valid) context_.pass_over(work, valid.error());
      if (valid && !opened.readers.empty()) {
        GODWIT_CO_TRY(is_complete, co_await drain(opened));
      }
      if (valid) report_deadly(work);
      if (is_complete) channel_.push(FolderEnds{&work});
    }
    if (adapts) {
      GODWIT_CO_CHECK(co_await session_.adapt());
      next = take_group();
    }
    current = std::move(next);
  }
  for (Rest& rest : rests_) GODWIT_CO_CHECK(co_await read_rest(std::move(rest)));
  co_return Result<>{};
}

Task<Result<>> SourcePump::check_validity(Opened& opened) {
  GODWIT_CO_TRY(const FolderToken state, co_await opened.view->state());
  if (state.uid_validity != opened.work->record.source_uid_validity) {
    co_return fail(codes::source_folder_replaced, "the folder's UIDVALIDITY changed while it was being copied: " + opened.work->name());
  }
  co_return Result<>{};
}

Task<Result<bool>> SourcePump::drain(Opened& opened) {
  UidSet delivered;
  while (!opened.readers.empty()) {
    if (context_.is_stopped()) co_return std::unexpected(stopped());
    endpoint::MessageReader& reader = *opened.readers.front();
    auto message = co_await reader.next();
    if (!message && reaction_to(message.error().kind) != Reaction::skip_item) {
      note_loss(*opened.work, delivered, message.error());
      const bool is_passing = co_await is_fault_of_message(message.error());
      if (!is_passing) co_return std::unexpected(std::move(message).error());
    }
    if (!message || !*message) {  // where the server gave up in the middle, what is missing is asked for singly
      opened.readers.pop_front();
      continue;
    }
    if (delivered.contains((*message)->uid)) continue;  // some servers give a message twice
    delivered.add((*message)->uid);
    GODWIT_CO_CHECK(co_await hand_over(reader, *std::move(*message), false));
  }
  if (delivered.size() >= opened.work->expected && read_again_.empty()) co_return true;
  rests_.push_back({std::move(opened), std::move(delivered), std::exchange(read_again_, {})});
  co_return false;
}

// In ascending order nothing but the message that was awaited can be to blame.
void SourcePump::note_loss(FolderWork& work, const UidSet& delivered, const Error& error) const {
  const bool is_ascending = context_.options.rules.order == MessageOrder::ascending_uid;
  if (reaction_to(error.kind) != Reaction::reconnect || !is_ascending) return;
  const UidSet asked = work.readable();
  if (const Uid uid = DeadlyMessages::awaited(asked, delivered.empty() ? 0 : delivered.last()); uid != 0) work.deadly_on_source.note_loss(uid);
}

void SourcePump::report_deadly(const FolderWork& work) {
  const UidSet deadly = work.deadly_on_source.found().intersect(work.wanted);
  for (const UidRange& range : deadly.ranges()) {
    for (Uid uid = range.first; uid != 0 && uid <= range.last; ++uid) {
      channel_.push(UnreadableMessage{uid, {ErrorKind::not_found, "the source ends the session whenever this message is read; look at it "
                                                                  "on the source", {}, {}}});
    }
  }
}

Task<Result<>> SourcePump::read_rest(Rest rest) {
  FolderWork& work = *rest.folder.work;
  channel_.push(FolderBegins{&work});
  const auto view = session_.open(work.pair.source);
  GODWIT_CO_TRY(const UidSet present, co_await view->uids(work.wanted.first())->get());
  GODWIT_CO_CHECK(co_await read_singly(work, std::move(rest.read_again), true));
  GODWIT_CO_CHECK(co_await read_singly(work, present.intersect(work.readable()).without(rest.delivered), false));
  channel_.push(FolderEnds{&work});
  co_return Result<>{};
}

Task<bool> SourcePump::is_fault_of_message(const Error& error) {
  const std::uint16_t code = code_of(error);
  if (code != codes::server_fault.number && code != codes::unavailable.number) co_return false;
  co_return (co_await session_.flush()).has_value();
}

Task<Result<>> SourcePump::read_singly(FolderWork& work, UidSet uids, bool looked_up) {
  if (uids.empty()) co_return Result<>{};
  const auto view = session_.open(work.pair.source);
  // A message that cannot be read is its own fault; many in a row are the server's, and nothing is said of them.
  std::vector<UnreadableMessage> faults;
  const auto report = [this, &faults] {
    for (UnreadableMessage& fault : std::exchange(faults, {})) channel_.push(std::move(fault));
  };
  while (!uids.empty()) {
    const UidSet one = uids.take_first(1);
    GODWIT_CO_TRY(auto error, co_await read_patiently(*view, one, looked_up));
    if (error && reaction_to(error->kind) == Reaction::retry_later) {
      if (faults.size() >= most_faults_in_row) co_return std::unexpected(*std::move(error));
      std::string what = fmt::format("the source was asked {} times for this message, and failed each time; look at it there",
                                     times_asked);
      faults.push_back({one.first(), make_error(codes::source_cannot_read, std::move(what), std::move(error->server_text))});
      continue;
    }
    report();
    if (error) channel_.push(UnreadableMessage{one.first(), *std::move(error)});
  }
  report();
  co_return Result<>{};
}

Task<Result<std::optional<Error>>> SourcePump::read_patiently(endpoint::FolderView& view, const UidSet& one, bool looked_up) {
  for (int asked = 1;; ++asked) {
    GODWIT_CO_TRY(auto error, co_await read_one(view, one, looked_up));
    if (!error || reaction_to(error->kind) != Reaction::retry_later || asked == times_asked) co_return error;
    GODWIT_CO_CHECK(co_await pause(context_.stop, context_.options.quiet_time));
  }
}

Task<Result<std::optional<Error>>> SourcePump::read_one(endpoint::FolderView& view, const UidSet& one, bool looked_up) {
  const auto reader = view.fetch(one);
  auto message = co_await reader->next();
  if (message && *message) {
    GODWIT_CO_CHECK(co_await hand_over(*reader, *std::move(*message), looked_up));
    message = co_await reader->next();
    if (message) co_return std::nullopt;
  }
  if (message) {
    co_return Error{ErrorKind::not_found, "the source lists this message but does not give it; look at it on the source", {}, {}};
  }
  if (reaction_to(message.error().kind) == Reaction::skip_item) co_return std::move(message).error();
  const bool is_passing = co_await is_fault_of_message(message.error());
  if (!is_passing) co_return std::unexpected(std::move(message).error());
  co_return std::move(message).error();
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
  while (handover_->is_being_read || (handover_->verdict == StreamedMessage::Verdict::pending && !abandoned_)) {
    co_await handover_->changed.wait();
  }
  if (abandoned_) co_return fail(ErrorKind::canceled, "the writing half stopped");
  if (handover_->verdict == StreamedMessage::Verdict::read_again) read_again_.add(uid);
  co_return Result<>{};
}

}  // namespace godwit::sync
