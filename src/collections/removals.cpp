// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "collections/pass.h"

namespace godwit::collections {
namespace {

using endpoint::Collection;
using endpoint::Resource;
using ledger::CollectionRecord;
using ledger::Level;
using ledger::ResourceKey;
using ledger::ResourceNumber;
using ledger::ResourceRecord;

constexpr std::size_t page = 1000;
constexpr std::uint64_t few = 20;  // that may go without anybody asking how many there are

const Collection* find(std::span<const Collection> collections, const std::string& name) {
  const auto found = std::ranges::find(collections, name, &Collection::name);
  return found == collections.end() ? nullptr : &*found;
}

bool is_removable(const ResourceRecord& row) {
  return row.brought && !row.touched && row.level && *row.level != Level::withdrawn && !row.target_name.empty();
}

class Removals {
 public:
  Removals(const Work& work, std::span<const Collection> source, std::span<const Collection> target)
      : work_(work), source_(source), target_(target) {}

  Task<Result<>> run() {
    GODWIT_CO_TRY(const auto records, co_await work_.ledger.collections());
    GODWIT_CO_CHECK(co_await count(records));
    GODWIT_CO_TRY(const ledger::Route route, co_await work_.account.route());
    is_route_old_ = route == ledger::Route::old;
    if (is_held_) {
      work_.result.removals_held = removable_;
      work_.note(
          fmt::format("{} items that are gone on the source were not removed on the target: they are more than half of the account's {}; "
                      "if that is right, run again with --allow-mass-removal",
                      grouped(removable_), grouped(rows_)));
      co_return Result<>{};
    }
    for (const CollectionRecord& record : records) {
      if (record.open > 0) GODWIT_CO_CHECK(co_await remove_in(record));
      if (find(source_, record.source_name) == nullptr) GODWIT_CO_CHECK(co_await end_collection(record));
    }
    co_return Result<>{};
  }

 private:
  Task<Result<>> count(const std::vector<CollectionRecord>& records) {
    for (const CollectionRecord& record : records) {
      rows_ += record.items;
      for (ResourceNumber after = 0; record.open > 0;) {
        GODWIT_CO_TRY(const auto rows, co_await work_.ledger.open_resources(record.id, after, page));
        if (rows.empty()) break;
        after = rows.back().number;
        removable_ += static_cast<std::uint64_t>(
            std::ranges::count_if(rows, [](const ResourceRecord& row) { return row.gone && is_removable(row); }));
      }
    }
    is_held_ = removable_ > few && removable_ * 2 > rows_ && !work_.options.allow_mass_removal;
    co_return Result<>{};
  }

  Task<Result<>> remove_in(const CollectionRecord& record) {
    for (ResourceNumber after = 0;;) {
      GODWIT_CO_CHECK(work_.check_stop());
      GODWIT_CO_TRY(auto rows, co_await work_.ledger.open_resources(record.id, after, work_.batch()));
      if (rows.empty()) co_return Result<>{};
      after = rows.back().number;
      std::erase_if(rows, [](const ResourceRecord& row) { return !row.gone; });
      GODWIT_CO_CHECK(co_await take_back(record, rows));
      GODWIT_CO_CHECK(co_await remove(record, std::move(rows)));
    }
  }

  // The source is asked a second time: what it has after all goes on as it was.
  Task<Result<>> take_back(const CollectionRecord& record, std::vector<ResourceRecord>& rows) {
    const Collection* const source = find(source_, record.source_name);
    if (source == nullptr || rows.empty()) co_return Result<>{};
    std::vector<std::string> names;
    for (const ResourceRecord& row : rows) names.push_back(row.source_name);
    GODWIT_CO_TRY(const auto contents, co_await work_.source.fetch(*source, names));
    std::vector<ledger::RecordedResource> back;
    std::vector<ResourceRecord> gone;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!contents[i] && contents[i].error().kind == ErrorKind::not_found) {
        gone.push_back(std::move(rows[i]));
        continue;
      }
      rows[i].gone = false;
      rows[i].stale = true;  // whether it is the same nobody knows
      back.push_back({std::move(rows[i]), std::nullopt, true});
    }
    rows = std::move(gone);
    if (!back.empty()) GODWIT_CO_CHECK(co_await work_.ledger.record(record.id, std::move(back)));
    co_return Result<>{};
  }

  Task<Result<>> remove(const CollectionRecord& record, std::vector<ResourceRecord> rows) {
    const Collection* const target = find(target_, record.target_name);
    std::vector<ResourceNumber> forgotten;
    std::vector<ledger::Stranger> left;
    std::vector<ResourceRecord> removable;
    for (ResourceRecord& row : rows) {
      forgotten.push_back(row.number);
      if (target == nullptr || !row.level || *row.level == Level::withdrawn) continue;
      GODWIT_CO_TRY(const bool is_shared, co_await has_another_row(record, row));
      if (is_shared) continue;
      if (is_route_old_ && is_removable(row)) removable.push_back(std::move(row));
      else left.push_back({row.target_name, row.target_version, row.uid, row.target_digest});
    }
    if (!removable.empty()) GODWIT_CO_CHECK(co_await remove_on(*target, removable));
    if (!removable.empty()) GODWIT_CO_CHECK(co_await take_versions(record.kind, *target, removable));
    if (!removable.empty()) GODWIT_CO_CHECK(co_await remove_on(*target, removable));
    for (const ResourceRecord& row : removable) left.push_back({row.target_name, row.target_version, row.uid, row.target_digest});
    work_.result.kept += left.size();
    if (!left.empty()) GODWIT_CO_CHECK(co_await work_.ledger.put_strangers(record.id, std::move(left)));
    co_return co_await work_.ledger.forget_resources(record.id, std::move(forgotten));
  }

  // Leaves those that are still there.
  Task<Result<>> remove_on(const Collection& target, std::vector<ResourceRecord>& rows) {
    std::vector<Resource> resources;
    for (const ResourceRecord& row : rows) resources.push_back({.name = row.target_name, .version = row.target_version});
    GODWIT_CO_TRY(const auto results, co_await work_.target.remove(target, resources));
    std::vector<ResourceRecord> left;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (results[i]) ++work_.result.removed;
      else left.push_back(std::move(rows[i]));
    }
    rows = std::move(left);
    co_return Result<>{};
  }

  // What was only touched meanwhile, and means what it meant, may be removed as it is now.
  Task<Result<>> take_versions(CollectionKind kind, const Collection& target, std::vector<ResourceRecord>& rows) {
    std::vector<std::string> names;
    for (const ResourceRecord& row : rows) names.push_back(row.target_name);
    GODWIT_CO_TRY(const auto contents, co_await work_.target.fetch(target, names));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto meaning = contents[i] ? read_meaning(work_.meanings, kind, *contents[i]) : std::unexpected(contents[i].error());
      if (meaning && meaning->digest == rows[i].target_digest) rows[i].target_version = contents[i]->version;
    }
    co_return Result<>{};
  }

  // Two items of the source may be one on the target.
  Task<Result<bool>> has_another_row(const CollectionRecord& record, const ResourceRecord& row) {
    GODWIT_CO_TRY(auto rows, co_await work_.ledger.find_resources(record.id, ResourceKey::target_name, {row.target_name}));
    std::erase_if(rows, [&](const ResourceRecord& other) { return other.number == row.number || other.gone; });
    if (rows.empty()) co_return false;
    rows.front().brought = rows.front().brought || row.brought;
    std::vector<ledger::RecordedResource> heir;
    heir.push_back({std::move(rows.front()), std::nullopt, true});
    GODWIT_CO_CHECK(co_await work_.ledger.record(record.id, std::move(heir)));
    co_return true;
  }

  // It is gone on the source. On the target it goes where godwit made it and nothing is in it.
  Task<Result<>> end_collection(const CollectionRecord& record) {
    GODWIT_CO_TRY(const auto rows, co_await work_.ledger.resources(record.id, 0, 1));
    if (!rows.empty()) co_return Result<>{};
    GODWIT_CO_TRY(const auto strangers, co_await work_.ledger.strangers(record.id, {}, 1));
    const Collection* const target = find(target_, record.target_name);
    if (record.made_by_us && strangers.empty() && target != nullptr && is_route_old_) {
      const auto listed = co_await work_.target.changes(*target, {});
      if (!listed && listed.error().kind != ErrorKind::not_found) co_return std::unexpected(listed.error());
      const bool is_empty = listed && listed->present.empty();
      const auto removed =
          is_empty ? co_await work_.target.remove_collection(*target) : Result<>(fail(ErrorKind::refused, "it is not empty"));
      if (!removed && removed.error().kind != ErrorKind::refused) co_return std::unexpected(removed.error());
      if (removed) ++work_.result.collections_removed;
      else work_.note(fmt::format("{}: it is gone on the source, and stays on the target: {}.", record.display_name, removed.error().what));
    }
    co_return co_await work_.ledger.forget_collection(record.id);
  }

  const Work& work_;
  std::span<const Collection> source_, target_;
  std::uint64_t rows_ = 0, removable_ = 0;
  bool is_held_ = false, is_route_old_ = false;
};

}  // namespace

Task<Result<>> mark_all_gone(const Work& work, const CollectionRecord& record) {
  for (ResourceNumber after = 0;;) {
    GODWIT_CO_TRY(auto rows, co_await work.ledger.resources(record.id, after, page));
    if (rows.empty()) co_return Result<>{};
    after = rows.back().number;
    std::vector<ledger::RecordedResource> gone;
    for (ResourceRecord& row : rows) {
      if (row.gone) continue;
      row.gone = true;
      gone.push_back({std::move(row), std::nullopt, true});
    }
    if (!gone.empty()) GODWIT_CO_CHECK(co_await work.ledger.record(record.id, std::move(gone)));
  }
}

Task<Result<>> remove_gone(const Work& work, std::span<const Collection> source, std::span<const Collection> target) {
  Removals removals(work, source, target);
  co_return co_await removals.run();
}

}  // namespace godwit::collections
