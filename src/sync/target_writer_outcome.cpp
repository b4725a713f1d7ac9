// SPDX-License-Identifier: Apache-2.0
// What becomes of a batch once the target has answered, or has not.
#include <fmt/format.h>

#include "base/error_code.h"
#include "sync/doubt.h"
#include "sync/flag_changes.h"
#include "sync/message_records.h"
#include "sync/target_writer.h"

namespace godwit::sync {
namespace {

constexpr std::chrono::milliseconds first_backoff{1000}, longest_backoff{60'000};

}  // namespace

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

Task<Result<>> TargetWriter::record_stored(Batch batch, const endpoint::AppendOutcome& outcome) {
  FolderWork& work = *batch.work;
  std::vector<ledger::ItemRecord> items;
  std::vector<ledger::Problem> repairs;
  std::vector<ChangeFlags> late;
  const auto note = [&](ledger::ItemRecord item, const MessageFlags& held_back) {
    if (held_back != MessageFlags{}) {
      late.push_back({item.source_uid, item.target_uid, held_back, {}, item.flags});
      item.flags = item.flags.without(held_back);
    }
    items.push_back(std::move(item));
  };
  if (batch.streamed) {
    ledger::ItemRecord item = *std::move(batch.streamed);
    item.target_uid = outcome.uids.front();
    note(std::move(item), batch.held_back);
  }
  for (std::size_t i = 0; i < batch.messages.size(); ++i) {
    const WholeMessage& whole = batch.messages[i];
    note(item_of(work, whole, outcome.uids[i]), whole.held_back);
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
  GODWIT_CO_CHECK(co_await context_.account.end_batch(batch.id, work.record.id, std::move(items), std::move(repairs), fence));
  if (late.empty()) co_return Result<>{};
  co_return co_await bring_flags(context_, session_, FolderFlags{&work, std::move(late)});
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
                              describe(outcome.error)), work.name(), code_of(outcome.error));
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

Task<Result<bool>> TargetWriter::sent_without_keywords(FolderWork& work, WholeMessage& refused, const Error& error) {
  const std::uint16_t code = code_of(error);
  const bool may_be_flags = code == codes::flags_refused.number || code == codes::argument_refused.number;
  const std::vector<std::string>& keywords = refused.message.flags.keywords;
  if (!may_be_flags || keywords.empty() || !refused.held_back.keywords.empty()) co_return false;
  refused.held_back.keywords = keywords;
  work.refuses_keywords = true;  // else each further message costs a refusal; some servers end the session after ten
  std::vector<WholeMessage> again;
  again.push_back(std::move(refused));
  GODWIT_CO_CHECK(co_await send(work, std::move(again)));
  GODWIT_CO_CHECK(co_await resolve_troubled());
  co_return true;
}

Task<Result<>> TargetWriter::repair_or_report(FolderWork& work, WholeMessage refused, Error error) {
  GODWIT_CO_TRY(const bool is_done, co_await sent_without_keywords(work, refused, error));
  if (is_done) co_return Result<>{};
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
