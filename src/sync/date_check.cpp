// SPDX-License-Identifier: Apache-2.0
#include "sync/date_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace godwit::sync {
namespace {

constexpr const char* fact_key = "append-dates";
constexpr std::size_t rows_to_look_through = 100;

// One that godwit brought, and that the target lists.
Task<Result<std::optional<ledger::ItemRecord>>> find_brought(const RoundContext& context, const FolderWork& work) {
  GODWIT_CO_TRY(auto rows, co_await context.account.items(work.record.id, 1, rows_to_look_through));
  for (ledger::ItemRecord& row : rows) {
    const bool is_there = row.level == ledger::Level::listed || row.level == ledger::Level::proven || row.level == ledger::Level::accepted;
    if (is_there && row.brought && row.target_uid != 0 && row.date) co_return std::move(row);
  }
  co_return std::nullopt;
}

Task<Result<std::optional<InternalDate>>> date_on_target(endpoint::TargetSession& target, const FolderWork& work, Uid uid) {
  UidSet one;
  one.add(uid);
  const auto view = target.open(work.target);
  const auto reader = view->list(one, 0, {.date = true});
  while (true) {
    GODWIT_CO_TRY(const auto items, co_await reader->next());
    if (items.empty()) co_return std::nullopt;
    for (const endpoint::Item& item : items) {
      if (item.uid == uid && !item.date.empty()) co_return InternalDate::parse(item.date);
    }
  }
}

}  // namespace

Task<Result<>> look_at_dates(ledger::Ledger& ledger, const RoundContext& context, endpoint::TargetSession& target,
                             std::span<FolderWork* const> works) {
  GODWIT_CO_TRY(const auto known, co_await ledger.host_fact(context.target.host(), fact_key));
  if (known) co_return Result<>{};
  for (const FolderWork* const work : works) {
    GODWIT_CO_TRY(const auto row, co_await find_brought(context, *work));
    if (!row) continue;
    const auto told = co_await date_on_target(target, *work, row->target_uid);
    if (!told && reaction_to(told.error().kind) != Reaction::skip_item) co_return std::unexpected(told.error());
    if (!told || !*told) continue;
    const InternalDate& date = **told;
    const bool is_kept = date.same_instant(*row->date);
    if (!is_kept) {
      context.note(fmt::format("the target does not keep the dates of messages (UID {} of folder {} came with {}, and has {} there): mail "
                               "programs will show the day of the move; update the server before you go on, and see godwit verify",
                               row->target_uid, work->target.path.display(), row->date->to_string(), date.to_string()),
                   work->name());
    }
    co_return co_await ledger.set_host_fact(context.target.host(), fact_key, is_kept ? "kept" : "replaced");
  }
  co_return Result<>{};
}

}  // namespace godwit::sync
