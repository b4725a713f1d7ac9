// SPDX-License-Identifier: Apache-2.0
#include "collections/round.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/text.h"
#include "collections/mapping.h"
#include "collections/work.h"

namespace godwit::collections {
namespace {

using endpoint::Collection;
using ledger::CollectionRecord;

constexpr std::size_t problems_told = 1000;

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

}  // namespace

std::uint64_t RoundResult::created_in_all() const {
  std::uint64_t sum = 0;
  for (const auto& [kind, count] : created) sum += count;
  return sum;
}

std::uint64_t changes_of(const RoundResult& result) {
  return result.created_in_all() + result.updated + result.matched + result.conflicts + result.withdrawn + result.removed + result.kept +
         result.collections_made + result.collections_removed + result.properties_changed;
}

std::string describe_changes(const RoundResult& result) {
  std::vector<std::string> parts;
  for (const auto& [kind, count] : result.created) {
    if (count > 0) parts.push_back(fmt::format("{} {}{} copied", grouped(count), name_of(kind), count == 1 ? "" : "s"));
  }
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) parts.push_back(fmt::format("{} {}", grouped(count), what));
  };
  add(result.updated, "updated");
  add(result.matched, "found on the target");
  add(result.removed, "removed");
  add(result.kept, "gone on the source and left on the target");
  add(result.withdrawn, "removed on the target by people");
  add(result.conflicts, "changed on both sides");
  add(result.collections_made, "collections made");
  add(result.collections_removed, "collections removed");
  add(result.properties_changed, "collections with new properties");
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

class Round::Impl {
 public:
  Impl(endpoint::CollectionSource& source, endpoint::CollectionTarget& target, ledger::Ledger& ledger, Meanings meanings,
       RoundOptions options, const std::atomic<bool>& stop, std::function<void(sync::Event)> on_event)
      : source_(source),
        target_(target),
        ledger_(ledger),
        meanings_(std::move(meanings)),
        options_(options),
        stop_(stop),
        on_event_(std::move(on_event)) {}

  Task<RoundResult> run() {
    auto outcome = co_await run_with_account();
    if (!outcome) result_.error = std::move(outcome).error();
    progress_.is_over = true;
    co_return std::move(result_);
  }
  [[nodiscard]] const Progress& progress() const { return progress_; }

 private:
  Task<Result<>> run_with_account() {
    GODWIT_CO_TRY(account_, co_await ledger_.account(source_.identity(), target_.identity()));
    if (!options_.dry_run) GODWIT_CO_CHECK(co_await account_->begin_round(InternalDate::now(), {}));
    auto outcome = co_await run_attempts();
    GODWIT_CO_CHECK(co_await tell_problems());
    co_return outcome;
  }

  Task<Result<>> run_attempts() {
    std::uint64_t before = 0;
    auto pause = options_.first_pause;
    for (int attempt = 1;; ++attempt) {
      auto outcome = co_await attempt_round();
      if (outcome) co_return outcome;
      const Reaction reaction = reaction_to(outcome.error().kind);
      const std::uint64_t now = changes_of(result_) + progress_.items_done;
      if (now != before) {
        attempt = 1;
        pause = options_.first_pause;
      }
      before = now;
      const bool is_hopeless = reaction != Reaction::reconnect && reaction != Reaction::retry_later;
      if (is_hopeless || attempt >= options_.attempts) co_return outcome;
      on_event_({.kind = sync::Event::Kind::warning, .text = describe(outcome.error()) + "; trying again", .folder = {}, .code = 0});
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, outcome.error().retry_after.value_or(pause));
      co_await timer.async_wait(boost::asio::use_awaitable);
      pause *= 2;
    }
  }

  Task<Result<>> attempt_round() {
    GODWIT_CO_TRY(const auto source, co_await source_.connect());
    GODWIT_CO_TRY(const auto target, co_await target_.connect());
    result_.notes.clear();
    const Work work{*source, *target, *account_, account_->collections(), meanings_, options_, stop_, result_, progress_, on_event_};
    for (const auto* const traits : {&source->traits(), &target->traits()}) {
      for (const std::string& warning : traits->warnings)
        on_event_({.kind = sync::Event::Kind::warning, .text = warning, .folder = {}, .code = 0});
    }
    for (const std::string& caveat : source->traits().caveats) work.note(caveat);
    for (const std::string& caveat : target->traits().caveats) work.note(caveat);
    GODWIT_CO_TRY(const auto sources, co_await source->collections());
    GODWIT_CO_TRY(auto targets, co_await target->collections());
    GODWIT_CO_CHECK(co_await restart_lost_targets(work, targets));
    GODWIT_CO_CHECK(co_await bring_all(work, sources, targets));
    if (!options_.dry_run) GODWIT_CO_CHECK(co_await end_round(work, sources, targets));
    source->close();
    target->close();
    co_return Result<>{};
  }

  // People removed it there: what was in it does not come back.
  Task<Result<>> restart_lost_targets(const Work& work, const std::vector<Collection>& targets) {
    GODWIT_CO_TRY(const auto records, co_await work.ledger.collections());
    for (const CollectionRecord& record : records) {
      if (record.target_name.empty() || find(targets, record.target_name) != nullptr) continue;
      Collection lost;
      lost.name = record.target_name;
      lost.kind = record.kind;
      const auto there = co_await work.target.changes(lost, record.target_state);
      if (!there && there.error().kind != ErrorKind::not_found) co_return std::unexpected(there.error());
      if (there) continue;  // its list lacked it
      work.note(fmt::format("{}: it was removed on the target, and what was in it is not brought back.", record.display_name));
      if (options_.dry_run) continue;
      result_.withdrawn += record.items;
      GODWIT_CO_CHECK(co_await work.ledger.restart_target(record.id));
    }
    co_return Result<>{};
  }

  Task<Result<>> bring_all(const Work& work, const std::vector<Collection>& sources, std::vector<Collection>& targets) {
    GODWIT_CO_TRY(const auto records, co_await work.ledger.collections());
    const auto places = map_collections(sources, targets, records, work.target.traits());
    progress_.collections = result_.collections = places.size();
    progress_.collections_done = 0;
    if (const auto shared = std::ranges::count_if(sources, &Collection::is_shared); shared > 0) {
      work.note(fmt::format("Left out: {} collections of others that this account only sees.", shared));
    }
    for (const Place& place : places) {
      GODWIT_CO_CHECK(work.check_stop());
      const Collection& source = sources[place.source];
      progress_.collection = display_name_of(source);
      GODWIT_CO_CHECK(co_await bring_one(work, place, source, targets));
      ++progress_.collections_done;
    }
    co_return Result<>{};
  }

  Task<Result<>> bring_one(const Work& work, const Place& place, const Collection& source, std::vector<Collection>& targets) {
    Pair pair{.source = source, .target = {}, .record = {}};
    GODWIT_CO_TRY(pair.record, co_await open_record(work, source));
    const std::uint64_t before = changes_of(result_);
    if (!place.fault.empty()) co_return co_await tell_fault(work, pair, place.fault);
    if (place.target) {
      pair.target = targets[*place.target];
    } else if (is_not_missed(pair)) {
      co_return Result<>{};
    } else if (options_.dry_run) {
      work.note(fmt::format("{}: the {} is to be made on the target, with all that is in it.", pair.name(), name_of(source.kind)));
      co_return Result<>{};
    } else {
      GODWIT_CO_CHECK(co_await make(work, pair, *place.to_make));
      targets.push_back(pair.target);
    }
    if (!options_.dry_run) GODWIT_CO_CHECK(co_await take_place(work, pair));
    GODWIT_CO_CHECK(co_await bring(work, pair));
    if (changes_of(result_) != before) work.tell(fmt::format("{} {}: done", name_of(source.kind), printable(pair.name())), pair.name());
    co_return Result<>{};
  }

  // In a dry run nothing is written.
  Task<Result<CollectionRecord>> open_record(const Work& work, const Collection& source) {
    if (!options_.dry_run) {
      GODWIT_CO_TRY(auto record, co_await work.ledger.open_collection(source.kind, source.name, display_name_of(source)));
      record.display_name = display_name_of(source);
      co_return record;
    }
    GODWIT_CO_TRY(const auto records, co_await work.ledger.collections());
    for (const CollectionRecord& record : records) {
      if (record.kind == source.kind && record.source_name == source.name) co_return record;
    }
    CollectionRecord unknown;
    unknown.kind = source.kind;
    unknown.source_name = source.name;
    unknown.display_name = display_name_of(source);
    co_return unknown;
  }

  // Its place on the target was removed by people, and nothing came to it on the source since.
  static bool is_not_missed(const Pair& pair) {
    const CollectionRecord& record = pair.record;
    return record.target_name.empty() && record.items > 0 && record.open == 0 && !pair.source.state.empty() &&
           pair.source.state == record.source_seen;
  }

  Task<Result<>> tell_fault(const Work& work, const Pair& pair, const std::string& fault) {
    work.note(fmt::format("{}: not moved: {}.", pair.name(), fault));
    if (options_.dry_run) co_return Result<>{};
    ledger::Problem problem{.folder_name = pair.name(), .kind = std::string(name_of(ErrorKind::refused)), .reason = fault,
                            .server_text = {}, .subject = {}, .from = {}, .date = {}, .item = std::string(name_of(pair.source.kind))};
    co_return co_await work.ledger.set_problem(pair.record.id, std::move(problem));
  }

  Task<Result<>> make(const Work& work, Pair& pair, const endpoint::NewCollection& wanted) {
    pair.record.made_by_us = true;  // before it is: a kill in between leaves one of that name, which is then known
    GODWIT_CO_CHECK(co_await work.ledger.update_collection(pair.record));
    auto made = co_await work.target.create(wanted);
    if (!made) co_return std::unexpected(std::move(made).error().at(pair.name()));
    pair.target = *std::move(made);
    pair.record.target_name = pair.target.name;
    SyncedExtras extras = parse_extras(pair.record.extras);
    extras.properties = pair.source.properties;
    pair.record.extras = to_text(extras);
    ++result_.collections_made;
    co_return co_await work.ledger.update_collection(pair.record);
  }

  Task<Result<>> take_place(const Work& work, Pair& pair) {
    const bool is_new = pair.record.target_name != pair.target.name;
    if (is_new) GODWIT_CO_CHECK(co_await work.ledger.set_problem(pair.record.id, std::nullopt));
    SyncedExtras extras = parse_extras(pair.record.extras);
    const SyncedExtras before = extras;
    GODWIT_CO_CHECK(co_await bring_properties(work, pair, extras));
    GODWIT_CO_CHECK(co_await bring_access(work, pair, extras));
    if (!is_new && extras == before) co_return Result<>{};
    pair.record.target_name = pair.target.name;
    pair.record.extras = to_text(extras);
    co_return co_await work.ledger.update_collection(pair.record);
  }

  Task<Result<>> bring_properties(const Work& work, const Pair& pair, SyncedExtras& extras) {
    if (extras.properties == pair.source.properties) co_return Result<>{};
    const auto merged = merge_properties(pair.source.properties, extras.properties, pair.target.properties);
    if (merged) {
      auto not_kept = co_await work.target.change_properties(pair.target, *merged);
      if (!not_kept && reaction_to(not_kept.error().kind) != Reaction::skip_item) co_return std::unexpected(std::move(not_kept).error());
      if (!not_kept) not_kept = std::vector<std::string>{describe(not_kept.error())};
      if (!not_kept->empty()) work.note(fmt::format("{}: the target does not keep: {}.", pair.name(), joined(*not_kept)));
      ++result_.properties_changed;
    }
    extras.properties = pair.source.properties;
    co_return Result<>{};
  }

  Task<Result<>> bring_access(const Work& work, const Pair& pair, SyncedExtras& extras) {
    const std::string wanted = to_text(pair.source.access);
    if (wanted == extras.access) co_return Result<>{};
    auto not_given = co_await work.target.change_access(pair.target, pair.source.access);
    if (!not_given && reaction_to(not_given.error().kind) != Reaction::skip_item) co_return std::unexpected(std::move(not_given).error());
    if (!not_given) not_given = std::vector<std::string>{describe(not_given.error())};
    std::optional<ledger::Problem> problem;
    if (!not_given->empty()) {
      problem = ledger::Problem{
          .folder_name = pair.name(),
          .kind = "rights",
          .reason = fmt::format("rights on it that the target did not get: {}; give them there by hand", joined(*not_given)),
          .server_text = {},
          .subject = {},
          .from = {},
          .date = {},
          .item = std::string(name_of(pair.source.kind))};
    }
    extras.access = wanted;
    co_return co_await work.ledger.set_problem(pair.record.id, std::move(problem));
  }

  Task<Result<>> end_round(const Work& work, const std::vector<Collection>& sources, const std::vector<Collection>& targets) {
    GODWIT_CO_TRY(const auto records, co_await work.ledger.collections());
    std::vector<Collection> there = sources;
    for (const CollectionRecord& record : records) {
      if (find(sources, record.source_name) != nullptr) continue;
      Collection gone;
      gone.name = record.source_name;
      gone.kind = record.kind;
      const auto changes = co_await work.source.changes(gone, record.source_state);
      if (!changes && changes.error().kind != ErrorKind::not_found) co_return std::unexpected(changes.error());
      if (changes) there.push_back(gone);  // the list lacked it
      else GODWIT_CO_CHECK(co_await mark_all_gone(work, record));
    }
    GODWIT_CO_CHECK(co_await remove_gone(work, there, targets));
    co_return co_await account_->end_round(InternalDate::now());
  }

  Task<Result<>> tell_problems() {
    GODWIT_CO_TRY(const ledger::Counters counters, co_await account_->counters());
    result_.not_moved = counters.not_moved;
    GODWIT_CO_TRY(result_.problems, co_await account_->problems(0, problems_told));
    co_return Result<>{};
  }

  static const Collection* find(const std::vector<Collection>& collections, const std::string& name) {
    const auto found = std::ranges::find(collections, name, &Collection::name);
    return found == collections.end() ? nullptr : &*found;
  }

  endpoint::CollectionSource& source_;
  endpoint::CollectionTarget& target_;
  ledger::Ledger& ledger_;
  const Meanings meanings_;
  const RoundOptions options_;
  const std::atomic<bool>& stop_;
  const std::function<void(sync::Event)> on_event_;
  std::unique_ptr<ledger::AccountLedger> account_;
  RoundResult result_;
  Progress progress_;
};

Round::Round(endpoint::CollectionSource& source, endpoint::CollectionTarget& target, ledger::Ledger& ledger, Meanings meanings,
             RoundOptions options, const std::atomic<bool>& stop, std::function<void(sync::Event)> on_event)
    : impl_(std::make_unique<Impl>(source, target, ledger, std::move(meanings), options, stop, std::move(on_event))) {}
Round::~Round() = default;

Task<RoundResult> Round::run() { return impl_->run(); }
const Progress& Round::progress() const { return impl_->progress(); }

}  // namespace godwit::collections
