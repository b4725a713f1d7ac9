// SPDX-License-Identifier: Apache-2.0
#include "sync/works.h"

#include <fmt/format.h>

#include <map>

namespace godwit::sync {

Task<Result<>> Works::prepare(std::vector<endpoint::Folder> source, std::vector<endpoint::Folder> target,
                              endpoint::TargetSession& session) {
  works_.clear();  // of an attempt whose connection was lost
  missing_.clear();
  context_.result.folders = context_.progress.folders = context_.progress.messages = 0;
  GODWIT_CO_TRY(const auto records, co_await context_.account.folders());
  if (context_.options.only_not_moved) GODWIT_CO_CHECK(co_await load_not_moved());
  std::map<std::string, std::string> known;
  for (const auto& record : records) known.emplace(record.source_name, record.target_name);
  const auto name_for = [&session](const endpoint::FolderPath& path) { return session.name_for(path); };
  to_subscribe_.clear();
  context_.target_folders.clear();
  for (const auto& record : records) {
    const endpoint::Folder* const place = find_folder(target, record.target_name);
    if (place != nullptr) context_.target_folders.emplace(record.id, *place);
  }
  std::vector<FolderPair> pairs = map_folders(source, target, name_for, known, context_.options.rules, case_rule_of(session.traits()));
  context_.result.folders_left_out = source.size() - pairs.size();
  std::ranges::sort(pairs, goes_before, [](const FolderPair& pair) -> const auto& { return pair.source.path; });
  for (FolderPair& pair : pairs) {
    ++context_.result.folders;
    if (pair.source.subscribed && pair.target && !pair.target->subscribed) to_subscribe_.push_back(*pair.target);
    // A container on the source that holds nothing comes into being with its children.
    if (!pair.source.selectable) continue;
    if (context_.options.only_not_moved && !has_not_moved(records, pair.source.name)) continue;
    const std::string target_name = pair.target ? pair.target->name : session.name_for(pair.to_make.path);
    GODWIT_CO_CHECK(co_await prepare_folder(std::move(pair), target_name));
  }
  subscribe(session);
  co_return Result<>{};
}

void Works::subscribe(endpoint::TargetSession& session) {
  subscriptions_ = to_subscribe_.empty() ? nullptr : session.subscribe(to_subscribe_);
}

Task<Result<>> Works::finish_subscriptions() {
  if (!subscriptions_) co_return Result<>{};
  co_return co_await std::exchange(subscriptions_, nullptr)->get();
}

Task<Result<>> Works::load_not_moved() {
  not_moved_.clear();
  co_return co_await context_.account.each_problem([this](const ledger::Problem& problem) {
    if (ledger::means_not_moved(problem.kind)) not_moved_[problem.folder].add(problem.source_uid);
  });
}

bool Works::has_not_moved(std::span<const ledger::FolderRecord> records, const std::string& source_name) const {
  const auto record = std::ranges::find(records, source_name, &ledger::FolderRecord::source_name);
  return record != records.end() && not_moved_.contains(record->id);
}

// Otherwise the next whole round has to look at the folder first.
bool Works::is_as_on_record(const FolderWork& work) {
  const ledger::FolderRecord& record = work.record;
  const bool is_same = work.pair.target && work.pair.source.state.uid_validity == record.source_uid_validity &&
                       work.target.state.uid_validity == record.target_uid_validity;
  if (is_same) return true;
  context_.note("folder " + work.name() + " is not as it was left (UIDVALIDITY has changed, or it is gone from the target): run godwit "
                                          "copy, which looks at all of it");
  return false;
}

// Whatever has changed besides is left to the next whole round.
void Works::want_not_moved(FolderWork& work) const {
  work.is_surveyed = true;
  work.has_problems = true;
  const auto of_folder = not_moved_.find(work.record.id);
  work.wanted = of_folder != not_moved_.end() ? of_folder->second : UidSet();
  work.expected = work.wanted.size();
}

// Nothing of the folder is on record, and no rule looks at single messages: it need not be listed before it is read.
bool Works::may_take_all(const ledger::FolderRecord& record) const {
  return record.rows == 0 && !context_.options.rules.looks_at_messages();
}

// Decides whether there can be anything to do, from what both servers said in their folder lists.
Task<Result<>> Works::prepare_folder(FolderPair pair, const std::string& target_name) {
  auto work = std::make_unique<FolderWork>();
  work->pair = std::move(pair);
  const bool is_missing = !work->pair.target;
  if (!is_missing) work->target = *work->pair.target;
  const FolderToken& source = work->pair.source.state;
  const FolderToken& target = work->target.state;
  GODWIT_CO_TRY(work->record, co_await context_.account.open_folder(work->pair.source.name, target_name));
  ledger::FolderRecord& record = work->record;
  work->in_doubt = record.open_batches > 0;  // the server may still be storing, whatever becomes of the record
  if (work->in_doubt) work->note_look(target);
  if (context_.options.only_not_moved && !is_as_on_record(*work)) co_return Result<>{};
  GODWIT_CO_CHECK(co_await check_validities(*work, target_name));
  // Without a highest_modseq equal tokens say nothing about flags: they have to be read. What happened on the target is its people's
  // business.
  const bool is_same = source.uid_next > 0 && source.highest_modseq > 0 && source == record.source_token;
  if (is_same && !work->in_doubt && !is_missing) co_return Result<>{};
  if (context_.options.only_not_moved) {
    want_not_moved(*work);
  } else if (may_take_all(record)) {
    work->is_surveyed = true;
    work->expected = source.messages;
    if (source.messages > 0) work->wanted = UidSet::of_range(1, source.uid_next > 0 ? source.uid_next - 1 : ~Uid{0} - 1);
  }
  ++context_.progress.folders;
  if (is_missing) missing_.push_back(work.get());
  works_.push_back(std::move(work));
  co_return Result<>{};
}

Task<Result<>> Works::check_validities(FolderWork& work, const std::string& target_name) {
  ledger::FolderRecord& record = work.record;
  const std::uint32_t source = work.pair.source.state.uid_validity, target = work.target.state.uid_validity;
  if (record.source_uid_validity == source && record.target_uid_validity == target) co_return Result<>{};
  const bool is_new = record.source_uid_validity == 0 || record.target_uid_validity == 0;
  if (!is_new) {
    context_.warn("folder " + work.name() + (work.pair.target ? ": UIDVALIDITY has changed; its messages are matched again"
                                                              : ": is not on the target any more; it is made and copied again"),
                  work.name());
  }
  if (!is_new && record.target_uid_validity == target) {
    // The target is as it was: by their digests the messages find their rows again.
    work.is_restarted = true;
    GODWIT_CO_CHECK(co_await context_.account.restart_source(record.id, source));
  } else {
    GODWIT_CO_CHECK(co_await context_.account.restart_folder(record.id, source, target));
  }
  GODWIT_CO_TRY(record, co_await context_.account.open_folder(work.pair.source.name, target_name));
  co_return Result<>{};
}

Task<Result<>> Works::make_missing(endpoint::TargetSession& session) {
  if (missing_.empty()) co_return Result<>{};
  std::vector<endpoint::NewFolder> wanted;
  for (const FolderWork* work : missing_) {
    wanted.push_back(work->pair.to_make);
    // Noted before: after a kill nobody could tell whose it is.
    GODWIT_CO_CHECK(co_await context_.account.set_made(work->record.id));
  }
  GODWIT_CO_TRY(auto made, co_await session.create_folders(wanted));
  for (std::size_t i = 0; i < made.size(); ++i) {
    FolderWork& work = *missing_[i];
    if (!made[i]) {
      note_not_made(work, made[i].error());
      continue;
    }
    ++context_.result.folders_made;
    work.target = *std::move(made[i]);
    GODWIT_CO_CHECK(co_await context_.account.set_target_validity(work.record.id, work.target.state.uid_validity));
    GODWIT_CO_TRY(work.record, co_await context_.account.open_folder(work.pair.source.name, work.target.name));
    context_.target_folders.insert_or_assign(work.record.id, work.target);
  }
  missing_.clear();
  made_.notify();
  co_return Result<>{};
}

void Works::note_not_made(FolderWork& work, const Error& error) {
  const std::uint64_t messages = work.expected;
  context_.note(fmt::format("folder {} could not be made on the target, its {} messages were not moved: {}",
                            work.pair.to_make.path.display(), messages, describe(error)));
  context_.result.not_moved += messages;
  context_.progress.messages -= messages;
  work.is_impossible = true;
  if (work.state == FolderWork::State::waiting) work.state = FolderWork::State::done;
}

Task<Result<>> Works::wait_until_made() {
  while (!missing_.empty() && !has_given_up_) co_await made_.wait();
  if (!missing_.empty()) co_return fail(ErrorKind::canceled, "the folders were not made");
  co_return Result<>{};
}

void Works::give_up_making() {
  has_given_up_ = true;
  made_.notify();
}

Task<Result<>> Works::look_at_doubts(endpoint::TargetSession& session) {
  std::vector<std::pair<FolderWork*, std::unique_ptr<endpoint::FolderView>>> views;
  for (const auto& work : works_) {
    const bool is_to_be_seen = work->in_doubt && work->seen.uid_next == 0 && !work->target.name.empty();
    if (is_to_be_seen && work->state == FolderWork::State::waiting) views.emplace_back(work.get(), session.open(work->target));
  }
  for (const auto& [work, view] : views) {
    GODWIT_CO_TRY(const FolderToken state, co_await view->state());
    work->note_look(state);
  }
  co_return Result<>{};
}

std::vector<FolderWork*> Works::begin_survey(int lane) {
  std::vector<FolderWork*> unsurveyed;
  for (const auto& work : works_) {
    if (work->state != FolderWork::State::waiting || work->is_surveyed) continue;
    work->state = FolderWork::State::active;
    work->lane = lane;
    unsurveyed.push_back(work.get());
  }
  return unsurveyed;
}

void Works::end_survey(std::span<FolderWork* const> surveyed) {
  for (FolderWork* const work : surveyed) work->state = FolderWork::State::waiting;
}

std::vector<FolderWork*> Works::surveyed() const {
  std::vector<FolderWork*> surveyed;
  for (const auto& work : works_) {
    if (work->is_surveyed) surveyed.push_back(work.get());
  }
  return surveyed;
}

FolderWork* Works::next(int lane) {
  for (const bool in_doubt : {false, true}) {
    for (const auto& work : works_) {
      if (work->state != FolderWork::State::waiting || !work->is_surveyed || work->in_doubt != in_doubt) continue;
      work->state = FolderWork::State::active;
      work->lane = lane;
      return work.get();
    }
  }
  return nullptr;
}

void Works::finish(int lane) {
  for (const auto& work : works_) {
    if (work->lane == lane && work->state == FolderWork::State::active) work->state = FolderWork::State::done;
  }
}

Task<Result<>> Works::put_back(int lane) {
  if (context_.options.only_not_moved) GODWIT_CO_CHECK(co_await load_not_moved());
  for (const auto& work : works_) {
    if (work->lane != lane || work->state != FolderWork::State::active) continue;
    const std::string target_name = work->record.target_name;
    GODWIT_CO_TRY(work->record, co_await context_.account.open_folder(work->pair.source.name, target_name));
    // What was still to be done for its messages is known by comparing alone.
    work->is_surveyed = may_take_all(work->record);
    if (context_.options.only_not_moved) want_not_moved(*work);
    work->in_doubt = work->record.open_batches > 0;
    work->seen = {};
    work->is_looked_at = false;
    work->settled_below_fence = true;
    work->candidates = {};
    const bool is_done = work->is_impossible || (work->has_ended && !work->in_doubt && work->unresolved == 0);
    work->has_ended = false;
    work->unresolved = 0;
    work->state = is_done ? FolderWork::State::done : FolderWork::State::waiting;
  }
  co_return Result<>{};
}

std::string Works::reason_to_hold_removals() const {
  for (const auto& work : works_) {
    if (work->has_unread) return "there are messages in the source's folder " + work->name() + " that could not be read";
    if (work->is_impossible && work->expected > 0) return "the folder " + work->name() + " could not be made on the target";
  }
  return {};
}

std::uint64_t Works::expected() const {
  std::uint64_t messages = 0;
  for (const auto& work : works_) messages += work->expected;
  return messages;
}

bool Works::has_waiting() const {
  return std::ranges::any_of(works_, [](const auto& work) { return work->state == FolderWork::State::waiting; });
}

bool Works::are_done() const {
  return std::ranges::all_of(works_, [](const auto& work) { return work->state == FolderWork::State::done; });
}

std::vector<FolderWork*> Works::done() const {
  std::vector<FolderWork*> done;
  for (const auto& work : works_) {
    if (work->state == FolderWork::State::done && !work->is_impossible) done.push_back(work.get());
  }
  return done;
}

}  // namespace godwit::sync
