// SPDX-License-Identifier: Apache-2.0
#include "sync/listing.h"

#include <fmt/format.h>

#include "base/error_code.h"
#include "mime/difference.h"
#include "sync/doubt.h"

namespace godwit::sync {
namespace {

using ledger::Level;

constexpr std::size_t folders_asked_ahead = 16;
constexpr std::size_t ledger_page = 1000;

struct Asked {
  FolderWork* work = nullptr;
  std::map<std::uint8_t, UidSet> accepted;  // by hazards
  std::unique_ptr<endpoint::FolderView> view;
  std::unique_ptr<endpoint::Pending<UidSet>> present;
};

// Where the listing has to begin: nothing below was accepted since the last one.
Uid first_of(const Asked& asked) {
  Uid first = asked.work->target.state.uid_next;
  bool is_known = false;
  for (const auto& [hazards, uids] : asked.accepted) {
    first = is_known ? std::min(first, uids.first()) : uids.first();
    is_known = true;
  }
  return first;
}

// Accepted, but not in the list: never stored, or removed meanwhile. The next round looks and sends again.
Task<Result<>> report_missing(const RoundContext& context, FolderWork& work, const UidSet& missing) {
  work.has_problems = true;
  work.note_unseen(missing.first());
  for (Uid from = 1; from != 0;) {
    GODWIT_CO_TRY(const auto rows, co_await context.account.items_by_target(work.record.id, missing, from, ledger_page));
    from = rows.size() < ledger_page ? 0 : rows.back().source_uid + 1;
    std::vector<ledger::Problem> problems;
    UidSet forgotten;
    for (const ledger::ItemRecord& row : rows) {
      forgotten.add(row.source_uid);
      problems.push_back({work.record.id, work.name(), row.source_uid, row.size, "doubt",
                          fmt::format("the target said that it stored this message as UID {}, but does not list it; "
                                      "run again to send it again",
                                      row.target_uid),
                          {}, {}, {}, {}});
      context.warn(fmt::format("folder {}: UID {}: {}", work.name(), row.source_uid, problems.back().reason), work.name(),
                   codes::item_doubt.number);
    }
    GODWIT_CO_CHECK(co_await context.account.forget_items(work.record.id, std::move(forgotten)));
    GODWIT_CO_CHECK(co_await context.account.record(work.record.id, {}, std::move(problems)));
  }
  co_return Result<>{};
}

// A server that was still storing when the folder was believed to be quiet shows it now: a message of ours that is there twice.
// Nothing is removed; a person has to decide.
Task<Result<>> look_for_latecomers(const RoundContext& context, endpoint::TargetSession& target, FolderWork& work) {
  GODWIT_CO_TRY(Candidates late, co_await read_unknown(context, target, work, std::max(work.looked_until, work.doubt_fence)));
  if (late.empty()) co_return Result<>{};
  for (Uid from = 1; from != 0;) {
    GODWIT_CO_TRY(const auto rows, co_await context.account.items(work.record.id, from, ledger_page));
    for (const ledger::ItemRecord& row : rows) {
      const auto twin = late.claim_exact(row.digest);
      if (!twin) continue;
      work.has_problems = true;
      std::vector<ledger::Problem> problem{{work.record.id, work.name(), row.source_uid, row.size, "doubt",
                                            fmt::format("the target stored this message twice: as UID {} and, late, as UID {}; "
                                                        "remove one of them",
                                                        row.target_uid, twin->uid),
                                            {}, {}, {}, {}}};
      context.warn(fmt::format("folder {}: UID {}: {}", work.name(), row.source_uid, problem.front().reason), work.name(),
                   codes::item_doubt.number);
      GODWIT_CO_CHECK(co_await context.account.record(work.record.id, {}, std::move(problem)));
    }
    from = rows.size() < ledger_page ? 0 : rows.back().source_uid + 1;
  }
  co_return Result<>{};
}

Task<Result<>> finish(const RoundContext& context, FolderWork& work) {
  const FolderToken& state = work.target.state;
  // Without a token the next round looks at the folder again, whatever the servers say.
  const FolderToken source_token = work.has_problems ? FolderToken{} : work.pair.source.state;
  const FolderToken target_token = work.has_problems ? FolderToken{} : state;
  // What could not be read in this round may be there from an earlier one: the fence stays where it is (0).
  const std::uint32_t beyond_unread = work.has_unread ? 0 : state.uid_next;
  const std::uint32_t fence = work.look_again_from > 0 ? work.look_again_from : beyond_unread;
  co_return co_await context.account.finish_folder(work.record.id, source_token, target_token, fence);
}

// Messages with hazards that the host is not known to keep stay at accepted until they are read back.
Task<Result<>> check(const RoundContext& context, Asked& asked, mime::Hazards kept) {
  FolderWork& work = *asked.work;
  GODWIT_CO_TRY(const FolderToken state, co_await asked.view->state());
  if (state.uid_validity != work.record.target_uid_validity) {
    co_return fail(codes::target_folder_replaced, "the target folder's UIDVALIDITY changed during the round: " + work.name());
  }
  work.target.state = state;
  GODWIT_CO_TRY(const UidSet present, co_await asked.present->get());
  UidSet missing;
  work.to_read_back.clear();
  for (const auto& [hazards, uids] : asked.accepted) {
    missing.add(uids.without(present));
    UidSet listed = uids.intersect(present);
    context.result.listed += listed.size();
    if ((hazards & ~kept.kinds) == 0) {
      GODWIT_CO_CHECK(co_await context.account.raise_level(work.record.id, std::move(listed), Level::listed));
    } else if (!listed.empty()) {
      work.to_read_back.emplace(hazards, std::move(listed));
    }
  }
  if (!missing.empty()) GODWIT_CO_CHECK(co_await report_missing(context, work, missing));
  co_return Result<>{};
}

// What a person should know of a message that came back with other bytes.
Task<Result<ledger::Problem>> describe_alteration(const FolderWork& work, endpoint::Session& source,
                                                  const endpoint::Message& stored, const ledger::ItemRecord& row) {
  UidSet one;
  one.add(row.source_uid);
  const auto view = source.open(work.pair.source);
  const auto reader = view->fetch(one);
  GODWIT_CO_TRY(const auto original, co_await reader->next());
  std::string how = "the bytes differ";
  if (original && !original->streamed && !stored.streamed) how = mime::describe_difference(original->bytes, stored.bytes);
  const std::string_view head = original ? std::string_view(original->bytes) : std::string_view(stored.bytes);
  co_return ledger::Problem{work.record.id, work.name(), row.source_uid, row.size, "altered",
                            fmt::format("moved, altered by the server ({}): {}", mime::describe(mime::Hazards{row.hazards}), how),
                            {}, mime::header_value(head, "Subject"), mime::header_value(head, "From"),
                            mime::header_value(head, "Date")};
}

Task<Result<>> read_back_rows(const RoundContext& context, endpoint::Session& source, endpoint::TargetSession& target,
                              FolderWork& work, std::span<const ledger::ItemRecord> rows) {
  std::map<Uid, const ledger::ItemRecord*> by_target;
  UidSet uids;
  GODWIT_CO_TRY(const auto repaired, co_await repaired_digests(context.account));
  for (const ledger::ItemRecord& row : rows) by_target.emplace(row.target_uid, &row);
  for (const auto& [uid, row] : by_target) uids.add(uid);
  const auto view = target.open(work.target);
  const auto reader = view->fetch(uids);
  Sha256 hasher;
  UidSet proven, altered;
  std::vector<ledger::Problem> problems;
  while (true) {
    if (context.is_stopped()) co_return std::unexpected(stopped());
    GODWIT_CO_TRY(auto stored, co_await reader->next());
    if (!stored) break;
    GODWIT_CO_CHECK(co_await read_body(*reader, *stored, [&](std::string_view piece) { hasher.update(piece); }));
    const Digest digest = hasher.finish();
    const auto row = by_target.find(stored->uid);
    if (row == by_target.end()) continue;
    const auto form = repaired.find({work.record.id, row->second->source_uid});
    if (digest == (form != repaired.end() ? form->second : row->second->digest)) {
      proven.add(stored->uid);
      continue;
    }
    altered.add(stored->uid);
    GODWIT_CO_TRY(auto problem, co_await describe_alteration(work, source, *stored, *row->second));
    problems.push_back(std::move(problem));
  }
  context.result.proven += proven.size();
  context.result.altered += altered.size();
  // What the server lists but does not give is no more than listed.
  UidSet unread = uids.without(proven).without(altered);
  GODWIT_CO_CHECK(co_await context.account.raise_level(work.record.id, std::move(unread), Level::listed));
  GODWIT_CO_CHECK(co_await context.account.raise_level(work.record.id, std::move(proven), Level::proven));
  GODWIT_CO_CHECK(co_await context.account.raise_level(work.record.id, std::move(altered), Level::altered));
  if (!problems.empty()) GODWIT_CO_CHECK(co_await context.account.record(work.record.id, {}, std::move(problems)));
  co_return Result<>{};
}

}  // namespace

Task<Result<>> list_targets(const RoundContext& context, endpoint::TargetSession& target, std::span<FolderWork* const> works,
                            const std::function<Task<Result<mime::Hazards>>()>& kept_by_host) {
  for (std::size_t begin = 0; begin < works.size(); begin += folders_asked_ahead) {
    const auto group = works.subspan(begin, std::min(folders_asked_ahead, works.size() - begin));
    std::vector<Asked> asked;
    for (FolderWork* const work : group) {
      GODWIT_CO_TRY(auto accepted, co_await context.account.accepted_by_hazards(work->record.id));
      if (accepted.empty() && !work->is_touched) continue;
      Asked entry{work, std::move(accepted), target.open(work->target), nullptr};
      entry.present = entry.view->uids(first_of(entry));
      asked.push_back(std::move(entry));
    }
    GODWIT_CO_TRY(const mime::Hazards kept, co_await kept_by_host());
    for (Asked& entry : asked) GODWIT_CO_CHECK(co_await check(context, entry, kept));
    for (FolderWork* const work : group) {
      // What is left over beside a message that could not be read may be its own copy: the next round tells.
      if (work->was_in_doubt && !work->has_unread) GODWIT_CO_CHECK(co_await look_for_latecomers(context, target, *work));
      if (work->to_read_back.empty()) GODWIT_CO_CHECK(co_await finish(context, *work));
    }
  }
  co_return Result<>{};
}

Task<Result<>> read_back(const RoundContext& context, endpoint::Session& source, endpoint::TargetSession& target,
                         std::span<FolderWork* const> works) {
  for (FolderWork* const work : works) {
    if (work->to_read_back.empty()) continue;
    UidSet uids;
    for (const auto& [hazards, group] : work->to_read_back) uids.add(group);
    for (Uid from = 1; from != 0;) {
      GODWIT_CO_TRY(const auto rows, co_await context.account.items_by_target(work->record.id, uids, from, ledger_page));
      from = rows.size() < ledger_page ? 0 : rows.back().source_uid + 1;
      GODWIT_CO_CHECK(co_await read_back_rows(context, source, target, *work, rows));
    }
    work->to_read_back.clear();
    GODWIT_CO_CHECK(co_await finish(context, *work));
  }
  co_return Result<>{};
}

}  // namespace godwit::sync
