// SPDX-License-Identifier: Apache-2.0
#include "sync/target_writer.h"

#include <fmt/format.h>

#include "base/error_code.h"
#include "sync/doubt.h"
#include "sync/flag_changes.h"
#include "sync/message_records.h"

namespace godwit::sync {
namespace {

constexpr std::size_t ledger_batch = 500;

// Of a folder that is not there to be written to. True: there is nothing else to do about it.
bool is_passed_over(Traffic& traffic) {
  if (const auto* streamed = std::get_if<StreamedMessage>(&traffic)) {
    streamed->handover->verdict = StreamedMessage::Verdict::done;
    streamed->handover->changed.notify();
    return true;
  }
  return std::holds_alternative<WholeMessage>(traffic) || std::holds_alternative<UnreadableMessage>(traffic);
}

Error too_big(std::uint64_t size, std::uint64_t limit) {
  return {ErrorKind::too_big,
          fmt::format("the message has {} bytes, the target takes {} at most; raise its limit and run again", size, limit),
          {},
          {}};
}

}  // namespace

TargetWriter::TargetWriter(const RoundContext& context, endpoint::TargetSession& session, Channel<Traffic>& channel,
                           boost::asio::any_io_executor executor)
    : context_(context), session_(session), channel_(channel), changed_(std::move(executor)) {}

void TargetWriter::abandon() {
  abandoned_ = true;
  batch_.clear();
  flag_changes_.clear();
  in_flight_.clear();
  troubled_.clear();
  changed_.notify();
}

Task<Result<>> TargetWriter::write() {
  while (auto traffic = co_await channel_.pop()) {
    if (work_ != nullptr && work_->is_impossible && is_passed_over(*traffic)) continue;
    auto taken = co_await std::visit([this](auto&& value) { return take(std::move(value)); }, *std::move(traffic));
    if (!taken) co_return taken;
  }
  GODWIT_CO_CHECK(co_await flush());
  GODWIT_CO_CHECK(co_await resolve_troubled());
  finished_ = true;
  changed_.notify();
  co_return Result<>{};
}

Task<Result<>> TargetWriter::settle() {
  while (true) {
    while (in_flight_.empty() && !finished_ && !abandoned_) co_await changed_.wait();
    if (abandoned_) co_return fail(ErrorKind::canceled, "the lane stopped");
    if (in_flight_.empty()) co_return Result<>{};
    Batch batch = std::move(in_flight_.front());
    in_flight_.pop_front();
    is_settling_ = true;
    GODWIT_CO_TRY(auto outcome, co_await batch.pending->get());
    if (outcome.kind == endpoint::AppendOutcome::Kind::stored && is_credible(batch, outcome)) {
      GODWIT_CO_CHECK(co_await record_stored(std::move(batch), outcome));
    } else {
      troubled_.push_back({std::move(batch), std::move(outcome)});
      channel_.push(MoreRoom{});
    }
    is_settling_ = false;
    changed_.notify();
  }
}

Task<Result<>> TargetWriter::take(FolderBegins begins) {
  GODWIT_CO_CHECK(co_await flush());
  work_ = begins.work;
  context_.progress.folder = work_->name();
  co_return Result<>{};
}

Task<Result<>> TargetWriter::look_at_folder() {
  if (work_->is_looked_at) co_return Result<>{};
  work_->is_looked_at = true;
  // What the target said at the beginning of the round is out of date once there was a doubt.
  const bool was_empty = work_->target.state.uid_next > 0 && work_->target.state.uid_next <= work_->record.target_uid_next;
  if (was_empty && !work_->in_doubt && !work_->was_in_doubt) co_return Result<>{};
  GODWIT_CO_CHECK(co_await resolve_troubled());
  co_return co_await load_candidates(context_, session_, *work_);
}

Task<Result<>> TargetWriter::take(WholeMessage whole) {
  GODWIT_CO_CHECK(co_await look_at_folder());
  const endpoint::Message& message = whole.message;
  if (!work_->candidates.empty()) {
    if (const auto match = claim(work_->candidates, whole)) {
      GODWIT_CO_CHECK(co_await note_match(message, whole.inspection(), *match));
      if (matched_.size() >= ledger_batch) co_return co_await flush_records();
      co_return Result<>{};
    }
  }
  if (const auto limit = session_.traits().append_limit; limit && message.size > *limit) {
    co_return co_await record_problem(*work_, problem_of(*work_, message, too_big(message.size, *limit)));
  }
  if (batch_bytes_ + message.size > context_.options.batch_bytes) GODWIT_CO_CHECK(co_await send_batch());
  batch_bytes_ += message.size;
  batch_.push_back(std::move(whole));
  if (batch_.size() >= context_.options.batch_messages || batch_bytes_ >= context_.options.batch_bytes) {
    co_return co_await send_batch();
  }
  co_return Result<>{};
}

Task<Result<>> TargetWriter::take(StreamedMessage streamed) {
  const StreamedMessage::Reading reading(streamed.handover);
  GODWIT_CO_CHECK(co_await look_at_folder());
  GODWIT_CO_CHECK(co_await send_batch());
  auto verdict = StreamedMessage::Verdict::done;
  const endpoint::Message& message = streamed.message;
  // A candidate may differ in size where the server altered it, but not by much.
  const std::uint64_t largest = work_->candidates.largest();
  if (const auto limit = session_.traits().append_limit; limit && message.size > *limit) {
    GODWIT_CO_CHECK(co_await record_problem(*work_, problem_of(*work_, message, too_big(message.size, *limit))));
  } else if (const bool may_match = !work_->candidates.empty() && largest + largest / 8 + 4096 >= message.size;
             !streamed.looked_up && (may_match || context_.pool.streamed_sizes.contains(message.size))) {
    GODWIT_CO_TRY(verdict, co_await look_up(streamed));
  } else {
    GODWIT_CO_CHECK(co_await stream(streamed));
  }
  streamed.handover->verdict = verdict;
  streamed.handover->changed.notify();
  co_return Result<>{};
}

Task<Result<>> TargetWriter::take(UnreadableMessage message) {
  work_->has_unread = true;
  endpoint::Message unread;
  unread.uid = message.uid;
  co_return co_await record_problem(*work_, problem_of(*work_, unread, message.error));
}

Task<Result<>> TargetWriter::take(MoreRoom) {
  if (!troubled_.empty()) co_return co_await resolve_troubled();
  // Otherwise the next result gives back some.
  if (in_flight_.empty() && !is_settling_) co_return co_await flush();
  co_return Result<>{};
}

Task<Result<>> TargetWriter::take(FolderEnds ends) {
  if (ends.work->in_doubt && !ends.work->is_impossible) GODWIT_CO_CHECK(co_await look_at_folder());
  GODWIT_CO_CHECK(co_await flush());
  ends.work->has_ended = true;
  ++context_.progress.folders_done;
  co_return Result<>{};
}

Task<Result<>> TargetWriter::flush() {
  GODWIT_CO_CHECK(co_await flush_records());
  co_return co_await send_batch();
}

Task<Result<>> TargetWriter::flush_records() {
  if (!matched_.empty()) GODWIT_CO_CHECK(co_await record_matched());
  if (!flag_changes_.empty()) GODWIT_CO_CHECK(co_await send_flag_changes());
  co_return Result<>{};
}

Task<Result<>> TargetWriter::send_batch() {
  if (batch_.empty()) co_return Result<>{};
  batch_bytes_ = 0;
  if (!troubled_.empty()) GODWIT_CO_CHECK(co_await resolve_troubled());
  auto messages = std::exchange(batch_, {});
  if (!context_.pool.is_empty) GODWIT_CO_CHECK(co_await move_vanished(messages));
  if (messages.empty()) co_return Result<>{};
  co_return co_await send(*work_, std::move(messages));
}

// Takes those out of the batch that only have to be moved.
Task<Result<>> TargetWriter::move_vanished(std::vector<WholeMessage>& messages) {
  std::vector<Moves::Asker> askers;
  for (const WholeMessage& whole : messages) askers.push_back({&whole.message, &whole.inspection()});
  GODWIT_CO_TRY(std::vector<std::size_t> done, co_await move_vanished(askers));
  if (done.empty()) co_return Result<>{};
  std::ranges::sort(done);
  std::vector<WholeMessage> rest;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (!std::ranges::binary_search(done, i)) rest.push_back(std::move(messages[i]));
  }
  messages = std::move(rest);
  co_return Result<>{};
}

Task<Result<std::vector<std::size_t>>> TargetWriter::move_vanished(std::span<const Moves::Asker> askers) {
  Moves moves(context_, session_);
  GODWIT_CO_TRY(auto found, co_await moves.find(*work_, askers));
  if (found.empty()) co_return std::vector<std::size_t>();
  GODWIT_CO_CHECK(co_await resolve_troubled());
  GODWIT_CO_TRY(auto done, co_await moves.carry_out(*work_, askers, std::move(found)));
  work_->record.items += done.size();
  context_.progress.messages_done += done.size();
  for (const std::size_t asker : done) context_.progress.bytes_done += askers[asker].message->size;
  co_return done;
}

Task<Result<>> TargetWriter::send(FolderWork& work, std::vector<WholeMessage> messages) {
  const std::size_t at_most = session_.traits().batch_messages;
  while (messages.size() > at_most) {
    std::vector<WholeMessage> part(std::make_move_iterator(messages.begin()),
                                   std::make_move_iterator(messages.begin() + static_cast<std::ptrdiff_t>(at_most)));
    messages.erase(messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(at_most));
    GODWIT_CO_CHECK(co_await send(work, std::move(part)));
    if (!troubled_.empty()) GODWIT_CO_CHECK(co_await resolve_troubled());
  }
  const bool adapts = session_.wants_to_adapt();
  if (adapts || !session_.traits().pipelines_appends) GODWIT_CO_CHECK(co_await drain());
  if (adapts) GODWIT_CO_CHECK(co_await session_.adapt());
  Batch batch;
  batch.work = &work;
  UidSet source_uids;
  std::vector<endpoint::NewMessage> parts;
  parts.reserve(messages.size());
  for (WholeMessage& whole : messages) {
    source_uids.add(whole.message.uid);
    whole.held_back.add_all(late_flags(work, whole.message.flags));
    parts.push_back({whole.message.flags.without(whole.held_back), whole.message.date, whole.message.bytes});
  }
  GODWIT_CO_TRY(batch.id, co_await context_.account.begin_batch(work.record.id, std::move(source_uids),
                                                               work.record.target_uid_next));
  if (messages.size() > session_.traits().batch_messages) {
    // A result that came in the meantime has switched batches off.
    GODWIT_CO_CHECK(co_await context_.account.end_batch(batch.id, work.record.id, {}, {}, 0));
    co_return co_await send(work, std::move(messages));
  }
  GODWIT_CO_TRY(batch.pending, co_await session_.append(work.target, parts));
  batch.sent = messages.size();
  batch.messages = std::move(messages);
  in_flight_.push_back(std::move(batch));
  changed_.notify();
  co_return Result<>{};
}

MessageFlags TargetWriter::late_flags(const FolderWork& work, const MessageFlags& flags) const {
  MessageFlags late;
  late.system = flags.system & session_.traits().late_flags;
  if (work.refuses_keywords) late.keywords = flags.keywords;
  return late;
}

Task<Result<>> TargetWriter::stream(StreamedMessage& streamed) {
  if (!troubled_.empty()) GODWIT_CO_CHECK(co_await resolve_troubled());
  if (!session_.traits().pipelines_appends) GODWIT_CO_CHECK(co_await drain());
  const endpoint::Message& message = streamed.message;
  Batch batch;
  batch.work = work_;
  UidSet source_uids;
  source_uids.add(message.uid);
  GODWIT_CO_TRY(batch.id, co_await context_.account.begin_batch(work_->record.id, std::move(source_uids),
                                                               work_->record.target_uid_next));
  batch.streamed_share = std::move(streamed.share);
  batch.held_back = late_flags(*work_, message.flags);
  auto opened = co_await session_.append_stream(work_->target, message.flags.without(batch.held_back), message.date, message.size);
  const bool may_be_keywords = !opened && code_of(opened.error()) == codes::flags_refused.number && !work_->refuses_keywords;
  if (may_be_keywords && !message.flags.keywords.empty()) {
    work_->refuses_keywords = true;
    batch.held_back.add_all(late_flags(*work_, message.flags));
    opened = co_await session_.append_stream(work_->target, message.flags.without(batch.held_back), message.date, message.size);
  }
  if (!opened) {
    const Reaction reaction = reaction_to(opened.error().kind);
    if (reaction == Reaction::reconnect || opened.error().kind == ErrorKind::canceled) co_return std::unexpected(opened.error());
    // Refused before a byte of it was sent: nothing of it is there.
    GODWIT_CO_CHECK(co_await context_.account.end_batch(batch.id, work_->record.id, {}, {}, 0));
    endpoint::AppendOutcome outcome;
    outcome.kind = endpoint::AppendOutcome::Kind::refused;
    outcome.error = std::move(opened).error();
    batch.streamed = item_of(*work_, message, {}, 0, true);
    co_return co_await send_again(std::move(batch), std::move(outcome));
  }
  const auto append = *std::move(opened);
  StreamInspection inspection;
  while (true) {
    // From here on every failure, the operator's stop included, ends with the connection dropped and nothing padded.
    if (context_.is_stopped()) co_return std::unexpected(stopped());
    const auto piece = co_await streamed.reader->read();
    if (!piece && reaction_to(piece.error().kind) == Reaction::reconnect) work_->deadly_on_source.note_loss(message.uid);
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) break;
    inspection.update({piece->data(), piece->size()});
    GODWIT_CO_CHECK(co_await append->write(*piece));
  }
  GODWIT_CO_TRY(batch.pending, co_await append->finish());
  batch.streamed = item_of(*work_, message, inspection.finish(), 0, true);
  in_flight_.push_back(std::move(batch));
  changed_.notify();
  co_return Result<>{};
}

Task<Result<StreamedMessage::Verdict>> TargetWriter::look_up(StreamedMessage& streamed) {
  StreamInspection inspection;
  mime::LooseDigest loose, loose_and_ended;
  GODWIT_CO_CHECK(co_await read_body(*streamed.reader, streamed.message, [&](std::string_view piece) {
    inspection.update(piece);
    loose.update(piece);
    loose_and_ended.update(piece);
  }));
  loose_and_ended.update("\r\n");
  const Inspection found = inspection.finish();
  const Digest without_end = loose.finish(), with_end = loose_and_ended.finish();
  const auto match = claim(work_->candidates, found, [&](bool is_ended) { return is_ended ? with_end : without_end; });
  if (!match) {
    const Moves::Asker asker{&streamed.message, &found};
    GODWIT_CO_TRY(const auto done, co_await move_vanished(std::span(&asker, 1)));
    co_return done.empty() ? StreamedMessage::Verdict::read_again : StreamedMessage::Verdict::done;
  }
  GODWIT_CO_CHECK(co_await note_match(streamed.message, found, *match));
  co_return StreamedMessage::Verdict::done;
}

Task<Result<>> TargetWriter::note_match(const endpoint::Message& message, const Inspection& found, const Match& match) {
  const bool is_intended = work_->intended.contains(message.uid);
  matched_.push_back(item_of(*work_, message, found, match.uid, is_intended));
  ledger::ItemRecord& item = matched_.back();
  if (is_intended && !context_.pool.is_empty) {
    // It may have been moved here, with the flags that it had, before a kill.
    const Moves::Asker asker{&message, &found};
    Moves moves(context_, session_);
    GODWIT_CO_TRY(const auto before, co_await moves.find(*work_, std::span(&asker, 1)));
    bool was_moved = !before.empty() && before.front().entry.folder != work_->record.id;
    if (was_moved) {
      GODWIT_CO_TRY(was_moved, co_await moves.is_gone(before.front().entry));
    }
    if (was_moved) {
      std::vector<ledger::ItemRecord> rows;
      rows.push_back(std::move(item));
      matched_.pop_back();
      rows.front().flags = before.front().entry.item.flags;
      if (auto change = changed_flags(rows.front(), message)) flag_changes_.push_back(*std::move(change));
      note_moved(*work_, rows, context_.result.moved);
      co_return co_await context_.account.adopt(before.front().entry.id, work_->record.id, std::move(rows.front()));
    }
  }
  if (auto missing = missing_flags(item, match)) flag_changes_.push_back(*std::move(missing));
  co_return Result<>{};
}

Task<Result<>> TargetWriter::record_matched() {
  const auto items = std::exchange(matched_, {});
  GODWIT_CO_CHECK(co_await context_.account.record(work_->record.id, items, {}));
  note_moved(*work_, items, context_.result.matched);
  co_return Result<>{};
}

Task<Result<>> TargetWriter::send_flag_changes() {
  GODWIT_CO_CHECK(co_await resolve_troubled());
  co_return co_await bring_flags(context_, session_, FolderFlags{work_, std::exchange(flag_changes_, {})});
}

Task<Result<>> TargetWriter::record_problem(FolderWork& work, ledger::Problem problem) {
  context_.warn(fmt::format("folder {}: UID {} was not moved: {}", work.name(), problem.source_uid,
                            describe({ErrorKind::refused, problem.reason, problem.server_text, {}, code_of_problem(problem.kind)})),
                work.name(), code_of_problem(problem.kind));
  work.has_problems = true;
  work.given_up.add(problem.source_uid);  // there are servers that end the session after so many errors
  ++context_.progress.not_moved;
  ++context_.progress.messages_done;
  std::vector<ledger::Problem> problems;
  problems.push_back(std::move(problem));
  co_return co_await context_.account.record(work.record.id, {}, std::move(problems));
}

void TargetWriter::note_moved(FolderWork& work, const std::vector<ledger::ItemRecord>& items, std::uint64_t& counter) {
  counter += items.size();
  work.record.items += items.size();
  context_.progress.messages_done += items.size();
  for (const ledger::ItemRecord& item : items) context_.progress.bytes_done += item.size;
}

Task<Result<>> TargetWriter::drain() {
  while ((!in_flight_.empty() || is_settling_) && !abandoned_) co_await changed_.wait();
  if (abandoned_) co_return fail(ErrorKind::canceled, "the lane stopped");
  co_return Result<>{};
}

}  // namespace godwit::sync
