// SPDX-License-Identifier: Apache-2.0
#include "sync/target_writer.h"

#include <fmt/format.h>

#include "sync/doubt.h"
#include "sync/flag_changes.h"

namespace godwit::sync {
namespace {

constexpr std::size_t ledger_batch = 500;
constexpr std::chrono::milliseconds first_backoff{1000}, longest_backoff{60'000};

ledger::ItemRecord item_of(FolderWork& work, const endpoint::Message& message, const Inspection& found, Uid target_uid,
                           bool brought) {
  work.is_touched = true;
  return {.source_uid = message.uid,
          .target_uid = target_uid,
          .size = message.size,
          .digest = found.digest,
          .flags = message.flags,
          .level = ledger::Level::accepted,
          .date = InternalDate::parse(message.date),
          .hazards = found.hazards.kinds,
          .brought = brought};
}

ledger::Problem problem_of(const FolderWork& work, const endpoint::Message& message, const Error& error) {
  return {work.record.id,
          work.name(),
          message.uid,
          message.size,
          std::string(name_of(error.kind)),
          error.what,
          error.server_text,
          mime::header_value(message.bytes, "Subject"),
          mime::header_value(message.bytes, "From"),
          mime::header_value(message.bytes, "Date")};
}

// Of a message whose body is not kept.
ledger::Problem problem_of(const FolderWork& work, const ledger::ItemRecord& streamed, const Error& error) {
  endpoint::Message message;
  message.uid = streamed.source_uid;
  message.size = streamed.size;
  return problem_of(work, message, error);
}

// A repaired one is on record by what the source has.
ledger::ItemRecord item_of(FolderWork& work, const WholeMessage& whole, Uid target_uid) {
  ledger::ItemRecord item = item_of(work, whole.message, whole.inspection(), target_uid, true);
  if (whole.repair) {
    item.size = whole.repair->original().size;
    item.digest = whole.repair->digest();
  }
  return item;
}

// What a person should know of a message that was moved repaired.
ledger::Problem repair_of(const FolderWork& work, const WholeMessage& whole) {
  const RepairTrial& trial = *whole.repair;
  ledger::Problem problem = problem_of(work, trial.original(), trial.refusal());
  problem.kind = "repaired";
  problem.reason = fmt::format("moved, and repaired, because the target refused it as it is ({}); the original is kept as {}",
                               trial.form().describe(), trial.kept_as);
  problem.stored = whole.inspection().digest;
  return problem;
}

// As it was sent or, where its bytes invite alteration, as a server may have altered it. `loosely`: the loose digest, of the bytes as
// they are or with a newline at the end.
std::optional<Match> claim(Candidates& candidates, const Inspection& found, const std::function<Digest(bool is_ended)>& loosely) {
  auto match = candidates.claim_exact(found.digest);
  if (!match && found.hazards.any()) match = candidates.claim_loose(loosely(false));
  if (!match && (found.hazards.kinds & mime::Hazards::no_final_newline) != 0) match = candidates.claim_loose(loosely(true));
  return match;
}

std::optional<Match> claim(Candidates& candidates, const WholeMessage& whole) {
  return claim(candidates, whole.inspection(), [&whole](bool is_ended) {
    return mime::loose_digest(is_ended ? whole.message.bytes + "\r\n" : whole.message.bytes);
  });
}

// What the target's copy lacks of the source's flags is brought to it: the answer that was lost may have been older than a change.
// The item is recorded without them first.
std::optional<ChangeFlags> missing_flags(ledger::ItemRecord& item, const Match& match) {
  const MessageFlags missing = item.flags.without(match.flags);
  if (missing == MessageFlags{}) return std::nullopt;
  ChangeFlags change{item.source_uid, match.uid, missing, {}, item.flags};
  item.flags = item.flags.without(missing);
  return change;
}

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

bool TargetWriter::is_credible(const Batch& batch, const endpoint::AppendOutcome& outcome) const {
  const std::size_t expected = batch.streamed ? 1 : batch.messages.size();
  if (outcome.uids.size() != expected || outcome.uid_validity != batch.work->record.target_uid_validity) return false;
  // Whatever became of the fence: no UID is given twice.
  Uid last = std::max(batch.work->record.target_uid_next - 1, batch.work->highest_told);
  for (const Uid uid : outcome.uids) {
    if (uid <= last) return false;
    last = uid;
  }
  return true;
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
  for (const WholeMessage& whole : messages) {
    source_uids.add(whole.message.uid);
    parts.push_back({whole.message.flags, whole.message.date, whole.message.bytes});
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
  auto opened = co_await session_.append_stream(work_->target, message.flags, message.date, message.size);
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
    GODWIT_CO_TRY(const auto piece, co_await streamed.reader->read());
    if (piece.empty()) break;
    inspection.update({piece.data(), piece.size()});
    GODWIT_CO_CHECK(co_await append->write(piece));
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
                            describe({ErrorKind::refused, problem.reason, problem.server_text, {}})));
  work.has_problems = true;
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

Task<Result<>> TargetWriter::record_stored(Batch batch, const endpoint::AppendOutcome& outcome) {
  FolderWork& work = *batch.work;
  std::vector<ledger::ItemRecord> items;
  std::vector<ledger::Problem> repairs;
  if (batch.streamed) {
    ledger::ItemRecord item = *std::move(batch.streamed);
    item.target_uid = outcome.uids.front();
    items.push_back(std::move(item));
  }
  for (std::size_t i = 0; i < batch.messages.size(); ++i) {
    const WholeMessage& whole = batch.messages[i];
    items.push_back(item_of(work, whole, outcome.uids[i]));
    if (whole.repair) repairs.push_back(repair_of(work, whole));
  }
  // The fence may pass this batch only if nothing before it in this folder is open: results come in order, so that is what
  // troubled_ tells.
  const auto is_of_folder = [&](const Troubled& troubled) { return troubled.batch.work == &work; };
  const bool is_settled = work.settled_below_fence && work.look_again_from == 0 && std::ranges::none_of(troubled_, is_of_folder);
  work.highest_told = outcome.uids.back();
  const std::uint32_t fence = is_settled ? outcome.uids.back() + 1 : 0;
  backoff_ = {};
  if (is_settled) work.record.target_uid_next = fence;
  for (const ledger::ItemRecord& item : items) context_.result.bytes += item.size;
  note_moved(work, items, context_.result.copied);
  context_.result.repaired += repairs.size();
  co_return co_await context_.account.end_batch(batch.id, work.record.id, std::move(items), std::move(repairs), fence);
}

Task<Result<>> TargetWriter::drain() {
  while ((!in_flight_.empty() || is_settling_) && !abandoned_) co_await changed_.wait();
  if (abandoned_) co_return fail(ErrorKind::canceled, "the lane stopped");
  co_return Result<>{};
}

Task<Result<>> TargetWriter::resolve_troubled() {
  GODWIT_CO_CHECK(co_await drain());
  // What is matched must be on record before a troubled batch is looked for, or it is found once more.
  if (!troubled_.empty() && !matched_.empty()) GODWIT_CO_CHECK(co_await record_matched());
  while (!troubled_.empty()) {
    Troubled troubled = std::move(troubled_.front());
    troubled_.erase(troubled_.begin());
    FolderWork& work = *troubled.batch.work;
    ++work.unresolved;
    GODWIT_CO_CHECK(co_await resolve(std::move(troubled.batch), std::move(troubled.outcome)));
    --work.unresolved;
    GODWIT_CO_CHECK(co_await drain());
  }
  co_return Result<>{};
}

TargetWriter::Matches TargetWriter::match(Batch& batch, Candidates& unknown) {
  Matches matches;
  std::vector<ledger::ItemRecord>& items = matches.items;
  // A server that was cut off while it stored may have kept the bytes alone.
  const auto note = [&](ledger::ItemRecord item, const Match& found) {
    item.target_uid = found.uid;
    if (auto missing = missing_flags(item, found)) matches.flags.push_back(*std::move(missing));
    items.push_back(std::move(item));
  };
  std::vector<WholeMessage> rest;
  for (WholeMessage& whole : batch.messages) {
    if (const auto match = claim(unknown, whole)) {
      note(item_of(*batch.work, whole, match->uid), *match);
      if (whole.repair) matches.problems.push_back(repair_of(*batch.work, whole));
    } else {
      rest.push_back(std::move(whole));
    }
  }
  batch.messages = std::move(rest);
  if (batch.streamed) {
    if (const auto match = unknown.claim_exact(batch.streamed->digest)) {
      note(*std::exchange(batch.streamed, std::nullopt), *match);
    }
  }
  return matches;
}

Task<Result<>> TargetWriter::resolve(Batch batch, endpoint::AppendOutcome outcome) {
  FolderWork& work = *batch.work;
  const bool said_stored = outcome.kind == endpoint::AppendOutcome::Kind::stored;
  work.doubt_fence = work.was_in_doubt ? std::min(work.doubt_fence, work.record.target_uid_next) : work.record.target_uid_next;
  work.was_in_doubt = true;
  std::vector<ledger::ItemRecord> items;
  std::vector<ledger::Problem> repairs;
  std::vector<ChangeFlags> flags;
  for (const bool is_last_look : {false, true}) {
    GODWIT_CO_TRY(Candidates unknown, co_await read_unknown(context_, session_, work, work.record.target_uid_next));
    Matches matches = match(batch, unknown);
    items = std::move(matches.items);
    repairs = std::move(matches.problems);
    context_.result.repaired += repairs.size();
    std::ranges::move(matches.flags, std::back_inserter(flags));
    const bool is_complete = batch.messages.empty() && !batch.streamed;
    for (const ledger::ItemRecord& item : items) context_.result.bytes += item.size;
    note_moved(work, items, context_.result.copied);
    if (is_complete || !said_stored || is_last_look) break;
    // It said OK to what is not there: a server may be slow to show it, so it is asked once more.
    GODWIT_CO_CHECK(co_await context_.account.record(work.record.id, std::exchange(items, {}), std::exchange(repairs, {})));
    GODWIT_CO_CHECK(co_await pause(context_.stop, context_.options.quiet_time));
  }
  GODWIT_CO_CHECK(co_await context_.account.end_batch(batch.id, work.record.id, std::move(items), std::move(repairs), 0));
  GODWIT_CO_CHECK(co_await bring_flags(context_, session_, FolderFlags{&work, std::move(flags)}));
  if (batch.messages.empty() && !batch.streamed) {
    backoff_ = {};
    co_return Result<>{};
  }
  if (!said_stored) co_return co_await send_again(std::move(batch), std::move(outcome));
  work.note_unseen(work.record.target_uid_next);
  const Error unseen{ErrorKind::refused, "the target said OK to this message, but does not have it; run again to send it again", {}, {}};
  for (const WholeMessage& whole : batch.messages) {
    GODWIT_CO_CHECK(co_await record_problem(work, problem_of(work, whole.message, unseen)));
  }
  if (batch.streamed) GODWIT_CO_CHECK(co_await record_problem(work, problem_of(work, *batch.streamed, unseen)));
  co_return Result<>{};
}

Task<Result<>> TargetWriter::send_again(Batch batch, endpoint::AppendOutcome outcome) {
  FolderWork& work = *batch.work;
  const Reaction reaction = reaction_to(outcome.error.kind);
  if (reaction == Reaction::stop_account) co_return std::unexpected(std::move(outcome.error).at("folder " + work.name()));
  if (batch.streamed) co_return co_await record_problem(work, problem_of(work, *batch.streamed, outcome.error));
  if (batch.messages.empty()) co_return Result<>{};
  if (reaction == Reaction::retry_later && backoff_ < longest_backoff) {
    backoff_ = std::max(first_backoff, std::min(longest_backoff, backoff_ * 2));
    context_.warn(fmt::format("the target asks to come back later; waiting {} s: {}", backoff_.count() / 1000,
                              describe(outcome.error)));
    GODWIT_CO_CHECK(co_await pause(context_.stop, backoff_));
    GODWIT_CO_CHECK(co_await send(work, std::move(batch.messages)));
    co_return co_await drain();
  }
  if (outcome.worth_repeating) {
    GODWIT_CO_CHECK(co_await send(work, std::move(batch.messages)));
    co_return co_await drain();
  }
  if (batch.sent == 1) {  // only what was refused by itself is known to be refused
    co_return co_await repair_or_report(work, std::move(batch.messages.front()), std::move(outcome.error));
  }
  // Halves, not singles: one bad message among a hundred costs seven more commands, not a hundred.
  const auto middle = batch.messages.begin() + static_cast<std::ptrdiff_t>((batch.messages.size() + 1) / 2);
  std::vector<WholeMessage> second(std::make_move_iterator(middle), std::make_move_iterator(batch.messages.end()));
  batch.messages.erase(middle, batch.messages.end());
  GODWIT_CO_CHECK(co_await send(work, std::move(batch.messages)));
  GODWIT_CO_CHECK(co_await resolve_troubled());
  if (second.empty()) co_return Result<>{};
  GODWIT_CO_CHECK(co_await send(work, std::move(second)));
  co_return co_await resolve_troubled();
}

Task<Result<>> TargetWriter::repair_or_report(FolderWork& work, WholeMessage refused, Error error) {
  const bool may_repair = is_about_content(error.kind) && !context_.options.repairs.empty();
  auto trial = std::move(refused.repair);
  if (!trial && may_repair) {
    const Digest digest = refused.inspection().digest;
    trial = std::make_unique<RepairTrial>(std::move(refused.message), digest, context_.options.repairs, error);
  }
  if (!trial) co_return co_await record_problem(work, problem_of(work, refused.message, error));
  if (!may_repair || !trial->next()) {
    ledger::Problem problem = problem_of(work, trial->original(), trial->refusal());
    if (const std::string tried = trial->tried(); !tried.empty()) problem.reason += " (repaired forms were refused, too: " + tried + ")";
    co_return co_await record_problem(work, std::move(problem));
  }
  GODWIT_CO_TRY(trial->kept_as, context_.options.keep_original(trial->original().bytes, trial->form()));
  std::vector<WholeMessage> again;
  again.emplace_back(context_.background, trial->message(), std::move(refused.share));
  WholeMessage& whole = again.front();
  whole.repair = std::move(trial);
  // From an earlier round, whose record was lost.
  if (const auto match = work.candidates.claim_exact(whole.inspection().digest)) {
    std::vector<ledger::ItemRecord> items{item_of(work, whole, match->uid)};
    std::vector<ledger::Problem> repairs{repair_of(work, whole)};
    note_moved(work, items, context_.result.matched);
    co_return co_await context_.account.record(work.record.id, std::move(items), std::move(repairs));
  }
  GODWIT_CO_CHECK(co_await send(work, std::move(again)));
  co_return co_await resolve_troubled();
}

}  // namespace godwit::sync
