// SPDX-License-Identifier: Apache-2.0
#include "sync/survey.h"

#include <algorithm>

#include "base/error_code.h"

namespace godwit::sync {
namespace {

constexpr std::size_t folders_in_a_group = 16;
constexpr std::size_t ledger_page = 1000;
constexpr std::size_t flags_at_once = 1000;

// Whether the counts leave room for messages that are gone. UIDs may also have been skipped, then there are none.
bool may_have_lost_some(const FolderToken& before, const FolderToken& now) {
  if (before.uid_next == 0 || now.uid_next == 0) return true;
  return std::uint64_t{now.messages} < std::uint64_t{before.messages} + (now.uid_next - before.uid_next);
}

}  // namespace

Task<Result<>> Survey::run(std::span<FolderWork* const> works) {
  while (!works.empty()) {
    if (!tells_changes(*works.front())) {
      GODWIT_CO_CHECK(co_await finish(ask_whole(*works.front())));
      works = works.subspan(1);
      continue;
    }
    Group current = ask_changes(works);
    while (!current.empty()) {
      Group next = ask_changes(works);
      GODWIT_CO_CHECK(co_await source_.flush());
      GODWIT_CO_CHECK(co_await finish(std::move(current)));
      current = std::move(next);
    }
  }
  // In these the counts do not add up, by whatever happened meanwhile.
  for (FolderWork* const work : std::exchange(unclear_, {})) {
    const auto view = source_.open(work->pair.source);
    GODWIT_CO_TRY(const UidSet present, co_await view->uids(1)->get());
    GODWIT_CO_CHECK(co_await note_gone(*work, present));
    work->is_surveyed = true;
  }
  co_return Result<>{};
}

bool Survey::tells_changes(const FolderWork& work) const {
  return source_.traits().tells_changes && work.record.source_token.highest_modseq > 0;
}

// Its listing takes two steps, between which nothing else may be asked for.
Survey::Group Survey::ask_whole(FolderWork& work) {
  Group group;
  Asked asked{&work, false, source_.open(work.pair.source), nullptr, nullptr};
  asked.uids = asked.view->uids(1);
  group.push_back(std::move(asked));
  return group;
}

// The next ones that tell their changes, up to the first that does not.
Survey::Group Survey::ask_changes(std::span<FolderWork* const>& rest) {
  Group group;
  while (!rest.empty() && group.size() < folders_in_a_group && tells_changes(*rest.front())) {
    FolderWork& work = *rest.front();
    rest = rest.subspan(1);
    const FolderToken& before = work.record.source_token;
    Asked asked{&work, true, source_.open(work.pair.source), nullptr, nullptr};
    asked.changes = asked.view->list(UidSet::of_range(1, ~Uid{0} - 1), before.highest_modseq, fields());
    if (may_have_lost_some(before, work.pair.source.state)) asked.uids = asked.view->uids(1);
    group.push_back(std::move(asked));
  }
  return group;
}

Task<Result<>> Survey::finish(Group group) {
  std::vector<FolderFlags> flags;
  std::size_t changes = 0;
  for (Asked& asked : group) {
    context_.progress.folder = asked.work->name();
    auto of_folder = co_await look_at(asked);
    if (!of_folder && reaction_to(of_folder.error().kind) == Reaction::skip_item) {
      context_.pass_over(*asked.work, of_folder.error());
      continue;
    }
    if (!of_folder) co_return std::unexpected(std::move(of_folder).error());
    changes += of_folder->changes.size();
    flags.push_back(*std::move(of_folder));
    if (changes >= flags_at_once) {
      GODWIT_CO_CHECK(co_await bring_flags(context_, target_, std::exchange(flags, {})));
      changes = 0;
    }
  }
  GODWIT_CO_CHECK(co_await bring_flags(context_, target_, std::move(flags)));
  for (const Asked& asked : group) {
    asked.work->is_surveyed = std::ranges::find(unclear_, asked.work) == unclear_.end();
  }
  co_return Result<>{};
}

Task<Result<FolderFlags>> Survey::look_at(Asked& asked) {
  FolderWork& work = *asked.work;
  if (context_.is_stopped()) co_return std::unexpected(stopped());
  GODWIT_CO_TRY(const FolderToken now, co_await asked.view->state());
  if (now.uid_validity != work.record.source_uid_validity) {
    co_return fail(codes::source_folder_replaced, "the folder's UIDVALIDITY changed during the round: " + work.name());
  }
  std::optional<UidSet> present;
  if (!asked.is_delta) {
    GODWIT_CO_TRY(present, co_await asked.uids->get());
    asked.changes = asked.view->list(*present, 0, fields());
  }
  FolderFlags flags{&work, {}};
  GODWIT_CO_TRY(Found found, co_await compare(asked, flags));
  const FolderToken& before = work.record.source_token;
  const bool is_complete = before.uid_next > 0 && std::uint64_t{before.messages} + found.arrived == now.messages;
  if (!present && asked.uids) {
    GODWIT_CO_TRY(present, co_await asked.uids->get());
  }
  if (present) {
    GODWIT_CO_CHECK(co_await note_gone(work, *present));
    // What went between the two lists has no row any more that could learn of its new flags.
    std::erase_if(flags.changes, [&present](const ChangeFlags& change) { return !present->contains(change.uid); });
  }
  if (!present && !is_complete) unclear_.push_back(&work);
  work.expected = found.wanted.size();
  work.wanted = std::move(found.wanted);
  co_return flags;
}

Task<Result<Survey::Found>> Survey::compare(Asked& asked, FolderFlags& flags) {
  const FolderWork& work = *asked.work;
  const Uid first_new = work.record.source_token.uid_next;
  Found found;
  std::vector<LeaveOut> left_out;
  Planner planner({.target_is_unchanged = true, .rules = &context_.options.rules});
  while (true) {
    auto next = planner.next();
    if (std::holds_alternative<Finished>(next)) break;
    if (auto* step = std::get_if<Step>(&next)) {
      if (const auto* item = std::get_if<CopyItem>(step)) {
        found.wanted.add(item->uid);
        continue;
      }
      if (auto* item = std::get_if<LeaveOut>(step)) {
        left_out.push_back(std::move(*item));
        if (left_out.size() >= ledger_page) GODWIT_CO_CHECK(co_await record_left_out(work, std::exchange(left_out, {})));
        continue;
      }
      flags.changes.push_back(std::get<ChangeFlags>(*step));
      if (flags.changes.size() >= flags_at_once) {
        GODWIT_CO_CHECK(co_await bring_flags(context_, target_, std::exchange(flags, {flags.work, {}})));
      }
      continue;
    }
    const Cursor cursor = std::get<Cursor>(next);
    if (cursor == Cursor::source) {
      GODWIT_CO_TRY(auto items, co_await asked.changes->next());
      std::vector<SourceEntry> page;
      page.reserve(items.size());
      for (auto& item : items) {
        found.arrived += item.uid >= first_new ? 1 : 0;
        page.push_back({item.uid, std::move(item.flags), InternalDate::parse(item.date), item.size});
      }
      planner.feed(std::move(page));
      continue;
    }
    GODWIT_CO_TRY(auto rows, co_await context_.account.items(work.record.id, planner.wanted_from(cursor), ledger_page));
    std::vector<LedgerEntry> page;
    page.reserve(rows.size());
    for (auto& row : rows) page.push_back({row.source_uid, row.target_uid, std::move(row.flags), row.level == ledger::Level::left_out});
    planner.feed(std::move(page));
  }
  GODWIT_CO_CHECK(co_await record_left_out(work, std::move(left_out)));
  co_return found;
}

Task<Result<>> Survey::record_left_out(const FolderWork& work, std::vector<LeaveOut> items) {
  if (items.empty()) co_return Result<>{};
  std::vector<ledger::ItemRecord> rows;
  for (LeaveOut& each : items) {
    ledger::ItemRecord& row = rows.emplace_back();
    row.source_uid = each.item.uid;
    row.size = each.item.size;
    row.flags = *std::move(each.item.flags);
    row.level = ledger::Level::left_out;
    row.date = each.item.date;
    row.left_out = static_cast<std::uint8_t>(each.reason);
    context_.result.left_out.add(each.reason);
  }
  co_return co_await context_.account.record(work.record.id, std::move(rows), {});
}

Task<Result<>> Survey::note_gone(FolderWork& work, const UidSet& present) {
  GODWIT_CO_CHECK(co_await forget_problems(work, present));
  GODWIT_CO_TRY(const UidSet known, co_await context_.account.source_uids(work.record.id));
  UidSet gone = known.without(present);
  if (gone.empty()) co_return Result<>{};
  const std::uint64_t before = work.record.vanished;
  GODWIT_CO_CHECK(co_await context_.account.vanish(work.record.id, std::move(gone)));
  GODWIT_CO_TRY(work.record, co_await context_.account.open_folder(work.record.source_name, work.record.target_name));
  context_.result.vanished += work.record.vanished - before;  // without those that were left out
  context_.pool.is_empty = context_.pool.is_empty && work.record.vanished == 0;
  co_return Result<>{};
}

// Of items that are gone on the source: there is nothing left to be moved, and where they were moved to they are looked at again. What was
// repaired is still the target's copy, and a conflict tells why one is still there.
Task<Result<>> Survey::forget_problems(const FolderWork& work, const UidSet& present) {
  UidSet reported;
  GODWIT_CO_CHECK(co_await context_.account.each_problem([&](const ledger::Problem& problem) {
    const bool stays = problem.kind == "repaired" || problem.kind == "conflict";
    if (problem.folder == work.record.id && !stays) reported.add(problem.source_uid);
  }));
  UidSet gone = reported.without(present);
  if (gone.empty()) co_return Result<>{};
  co_return co_await context_.account.forget_problems(work.record.id, std::move(gone));
}

}  // namespace godwit::sync
