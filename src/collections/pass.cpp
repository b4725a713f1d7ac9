// SPDX-License-Identifier: Apache-2.0
#include "collections/pass.h"

#include <fmt/format.h>

#include "base/text.h"

namespace godwit::collections {
namespace {

using endpoint::ResourceChanges;
using ledger::Level;
using ledger::ResourceKey;
using ledger::ResourceRecord;

constexpr std::size_t page = 1000;
constexpr int confirmations = 3;  // of what people change meanwhile the rest is the next round's

}  // namespace

Task<Result<>> bring(const Work& work, Pair& pair) {
  Pass pass(work, pair);
  co_return co_await pass.run();
}

bool Pass::is_unchanged() const {
  const auto is_same = [](const std::string& now, const std::string& seen, const std::string& state) {
    return !now.empty() && (now == seen || now == state);
  };
  const ledger::CollectionRecord& record = pair_.record;
  return record.open == 0 && is_same(pair_.source.state, record.source_seen, record.source_state) &&
         is_same(pair_.target.state, record.target_seen, record.target_state);
}

Task<Result<>> Pass::run() {
  if (is_unchanged()) co_return Result<>{};
  auto source = co_await work_.source.changes(pair_.source, pair_.record.source_state);
  auto target = source ? co_await work_.target.changes(pair_.target, pair_.record.target_state) : Result<ResourceChanges>();
  for (auto* const changes : {&source, &target}) {
    if (*changes) continue;
    if (changes->error().kind != ErrorKind::not_found) co_return std::unexpected(changes->error());
    work_.note(fmt::format("{}: it went away while the round was at work; the next round sees to it.", pair_.name()));
    co_return Result<>{};
  }
  const std::string source_state = source->state;
  std::string target_state = target->state;
  GODWIT_CO_TRY(auto first, co_await plan(*std::move(source), *std::move(target)));
  if (work_.options.dry_run) {
    tell_dry_run(first);
    co_return Result<>{};
  }
  GODWIT_CO_CHECK(co_await carry_out(std::move(first)));
  GODWIT_CO_CHECK(co_await confirm(target_state));
  GODWIT_CO_CHECK(co_await settle_accepted());
  pair_.record.source_seen = pair_.source.state;
  pair_.record.target_seen = pair_.target.state;
  pair_.record.source_state = source_state;
  pair_.record.target_state = target_state;
  co_return co_await work_.ledger.update_collection(pair_.record);
}

Task<Result<Plan>> Pass::plan(ResourceChanges source, ResourceChanges target) {
  Planner planner(std::move(source), std::move(target));
  if (planner.needs_every_row()) {
    for (ledger::ResourceNumber after = 0;;) {
      GODWIT_CO_TRY(auto rows, co_await work_.ledger.resources(pair_.record.id, after, page));
      if (rows.empty()) co_return planner.finish();
      after = rows.back().number;
      for (ResourceRecord& row : rows) planner.feed(std::move(row));
    }
  }
  for (ledger::ResourceNumber after = 0;;) {
    GODWIT_CO_TRY(auto rows, co_await work_.ledger.open_resources(pair_.record.id, after, page));
    if (rows.empty()) break;
    after = rows.back().number;
    for (ResourceRecord& row : rows) planner.feed(std::move(row));
  }
  GODWIT_CO_TRY(auto of_source, co_await work_.ledger.find_resources(pair_.record.id, ResourceKey::source_name, planner.source_names()));
  for (ResourceRecord& row : of_source) planner.feed(std::move(row));
  GODWIT_CO_TRY(auto of_target, co_await work_.ledger.find_resources(pair_.record.id, ResourceKey::target_name, planner.target_names()));
  for (ResourceRecord& row : of_target) planner.feed(std::move(row));
  co_return planner.finish();
}

void Pass::tell_dry_run(const Plan& plan) {
  std::string text;
  const auto add = [&](std::size_t count, std::string_view what) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(count), what);
  };
  std::size_t gone = 0;
  for (const ResourceRecord& row : plan.notes) gone += row.gone ? 1 : 0;
  add(plan.create.size(), "to be brought, or found there");
  add(plan.update.size(), "to be updated");
  add(plan.look.size(), "changed on the target, to be looked at");
  add(plan.withdrawn.size(), "removed on the target");
  add(gone + plan.forget.size(), "gone on the source");
  if (!text.empty()) work_.note(fmt::format("{}: {}.", pair_.name(), text));
}

Task<Result<>> Pass::carry_out(Plan plan) {
  for (const ResourceRecord& row : plan.notes) work_.result.listed += row.level == Level::listed && !row.gone ? 1 : 0;
  for (ResourceRecord& row : plan.notes) keep_with_problem(std::move(row));
  forgotten_ = std::move(plan.forget);
  GODWIT_CO_CHECK(co_await work_.ledger.forget_strangers(pair_.record.id, std::move(plan.strangers_gone)));
  GODWIT_CO_CHECK(co_await flush());
  work_.progress.items += plan.create.size() + plan.update.size();
  GODWIT_CO_CHECK(co_await meet_strangers(std::move(plan.strangers)));
  GODWIT_CO_CHECK(co_await place_orphans(std::move(plan.orphans)));
  GODWIT_CO_CHECK(co_await confirm_withdrawn(std::move(plan.withdrawn)));
  GODWIT_CO_CHECK(co_await look(std::move(plan.look)));
  GODWIT_CO_CHECK(co_await update(std::move(plan.update)));
  GODWIT_CO_CHECK(co_await create(std::move(plan.create)));
  // What one of these found for another: a few.
  for (int turn = 0; turn < confirmations && !(to_look_at_.empty() && to_update_.empty()); ++turn) {
    GODWIT_CO_CHECK(co_await look(std::exchange(to_look_at_, {})));
    GODWIT_CO_CHECK(co_await update(std::exchange(to_update_, {})));
  }
  co_return Result<>{};
}

// What was put is in the list of what changed on the target now, beside what people did meanwhile.
Task<Result<>> Pass::confirm(std::string& target_state) {
  for (int turn = 0; turn < confirmations && has_put_; ++turn) {
    has_put_ = false;
    auto changes = co_await work_.target.changes(pair_.target, target_state);
    if (!changes && changes.error().kind == ErrorKind::not_found) co_return Result<>{};
    if (!changes) co_return std::unexpected(changes.error());
    target_state = changes->state;
    GODWIT_CO_TRY(auto next, co_await plan(ResourceChanges{}, *std::move(changes)));
    next.create.clear();  // what was refused is tried once a round
    next.update.clear();
    GODWIT_CO_CHECK(co_await carry_out(std::move(next)));
  }
  co_return Result<>{};
}

// The target said that it stored them, and its list does not show them: is it the list?
Task<Result<>> Pass::settle_accepted() {
  for (ledger::ResourceNumber after = 0;;) {
    GODWIT_CO_TRY(auto rows, co_await work_.ledger.open_resources(pair_.record.id, after, work_.batch()));
    if (rows.empty()) co_return Result<>{};
    after = rows.back().number;
    std::erase_if(rows, [](const ResourceRecord& row) { return row.level != Level::accepted; });
    std::vector<std::string> names;
    for (const ResourceRecord& row : rows) names.push_back(row.target_name);
    GODWIT_CO_TRY(auto items, co_await read(work_.target, pair_.target, names));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      ResourceRecord& row = rows[i];
      if (items[i]) {
        const bool is_as_put = items[i]->meaning.digest == row.target_digest;
        if (is_as_put) row.target_version = items[i]->content.version;
        row.level = Level::listed;
        ++work_.result.listed;
        keep_with_problem(std::move(row));
      } else if (items[i].error().kind == ErrorKind::not_found) {
        row.level.reset();
        row.target_name.clear();
        row.target_version.clear();
        keep(row,
             problem_of(row, "doubt", "the target said that it stored it, and it is not there; the next round tries it again", row.uid));
      }
    }
    GODWIT_CO_CHECK(co_await flush());
  }
}

Task<Result<ReadItems>> Pass::read(endpoint::CollectionSession& session, const endpoint::Collection& collection,
                                                       std::vector<std::string> names) {
  GODWIT_CO_CHECK(work_.check_stop());
  ReadItems items;
  if (names.empty()) co_return items;
  GODWIT_CO_TRY(auto contents, co_await session.fetch(collection, names));
  for (auto& content : contents) {
    if (!content) {
      items.push_back(std::unexpected(std::move(content).error()));
      continue;
    }
    auto meaning = read_meaning(work_.meanings, pair_.record.kind, *content);
    if (meaning) items.push_back(ReadItem{*std::move(content), *std::move(meaning)});
    else items.push_back(std::unexpected(std::move(meaning).error()));
  }
  co_return items;
}

ledger::Problem Pass::problem_of(const ResourceRecord& row, std::string kind, std::string reason, const std::string& title,
                                 std::string server_text) const {
  return {.folder_name = pair_.name(),
          .size = row.size,
          .kind = std::move(kind),
          .reason = std::move(reason),
          .server_text = std::move(server_text),
          .subject = title.empty() ? row.source_name : title,
          .from = {},
          .date = {},
          .item = std::string(name_of(row.kind))};
}

void Pass::wait_with(ResourceRecord row, const Error& error, const std::string& title) {
  row.intended.reset();
  row.stale = row.level.has_value();
  auto problem = problem_of(row, std::string(name_of(error.kind)), error.what, title, error.server_text);
  if (row.stale) problem.reason += "; the target has an earlier version of it";
  ++work_.progress.items_done;
  keep(std::move(row), std::move(problem));
}

void Pass::conflict(ResourceRecord row, const endpoint::Resource& source, const ReadItem* source_item, const ReadItem* target_item) {
  row.source_version = source.version;
  row.is_active = source.is_active;
  if (source_item != nullptr) row.digest = source_item->meaning.digest;
  row.touched = true;
  row.stale = false;
  row.intended.reset();
  std::string reason = "it is another one on the source and on the target; the target's stays as it is";
  if (source_item != nullptr && target_item != nullptr) {
    reason += fmt::format(" ({})", describe_differences(work_.meanings, source_item->meaning, target_item->meaning));
  }
  ++work_.result.conflicts;
  auto problem = problem_of(row, "conflict", std::move(reason), source_item != nullptr ? source_item->meaning.summary : row.uid);
  keep(std::move(row), std::move(problem));
}

Task<Result<>> Pass::flush() {
  if (!kept_.empty()) GODWIT_CO_CHECK(co_await work_.ledger.record(pair_.record.id, std::exchange(kept_, {})));
  if (!forgotten_.empty()) GODWIT_CO_CHECK(co_await work_.ledger.forget_resources(pair_.record.id, std::exchange(forgotten_, {})));
  if (!met_.empty()) GODWIT_CO_CHECK(co_await work_.ledger.forget_strangers(pair_.record.id, std::exchange(met_, {})));
  co_return Result<>{};
}

}  // namespace godwit::collections
