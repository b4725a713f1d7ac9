// SPDX-License-Identifier: Apache-2.0
// Where versions alone do not tell what happened on the target, its items do.
#include <algorithm>

#include "collections/pass.h"

namespace godwit::collections {
namespace {

using endpoint::Resource;
using ledger::Level;
using ledger::ResourceRecord;
using ledger::Stranger;

std::vector<std::string> names_of(std::span<const Resource> resources) {
  std::vector<std::string> names;
  for (const Resource& resource : resources) names.push_back(resource.name);
  return names;
}

}  // namespace

Task<Result<>> Pass::meet_strangers(std::vector<Resource> strangers) {
  for (const auto& batch :
       batches_of(strangers, work_.batch(), work_.options.batch_bytes, [](const Resource& each) { return each.size; })) {
    GODWIT_CO_TRY(const auto known,
                  co_await work_.ledger.find_strangers(pair_.record.id, ledger::StrangerKey::target_name, names_of(batch)));
    std::vector<Resource> unknown;
    for (const Resource& resource : batch) {
      const auto same = std::ranges::find(known, resource.name, &Stranger::target_name);
      if (same == known.end() || same->target_version != resource.version) unknown.push_back(resource);
    }
    GODWIT_CO_TRY(const auto items, co_await read(work_.target, pair_.target, names_of(unknown)));
    std::vector<Stranger> met;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i]) {
        met.push_back({unknown[i].name, items[i]->content.version, items[i]->meaning.uid, items[i]->meaning.digest});
      } else if (items[i].error().kind != ErrorKind::not_found) {
        met.push_back({unknown[i].name, unknown[i].version, {}, {}});
      }
    }
    if (!met.empty()) GODWIT_CO_CHECK(co_await work_.ledger.put_strangers(pair_.record.id, std::move(met)));
  }
  co_return Result<>{};
}

// Cut off while they were put, and gone on the source since: what of them is on the target goes the way of all that is gone.
Task<Result<>> Pass::place_orphans(std::vector<ResourceRecord> orphans) {
  for (ResourceRecord& row : orphans) {
    GODWIT_CO_TRY(const auto strangers, co_await work_.ledger.find_strangers(pair_.record.id, ledger::StrangerKey::uid, {row.uid}));
    const auto own = std::ranges::find(strangers, *row.intended, &Stranger::digest);
    if (own == strangers.end()) {
      forgotten_.push_back(row.number);
      continue;
    }
    row.target_name = own->target_name;
    row.target_version = own->target_version;
    row.target_digest = own->digest;
    row.level = Level::listed;
    row.brought = row.gone = true;
    row.intended.reset();
    met_.push_back(own->target_name);
    keep(std::move(row));
  }
  co_return co_await flush();
}

// A list may lack an item that is there: it is asked for by its name.
Task<Result<>> Pass::confirm_withdrawn(std::vector<SourceChange> missing) {
  for (const auto& batch :
       batches_of(missing, work_.batch(), work_.options.batch_bytes, [](const SourceChange&) { return std::uint64_t{0}; })) {
    std::vector<std::string> names;
    for (const SourceChange& each : batch) names.push_back(each.row.target_name);
    GODWIT_CO_TRY(const auto items, co_await read(work_.target, pair_.target, names));
    for (std::size_t i = 0; i < batch.size(); ++i) {
      ResourceRecord row = batch[i].row;
      const auto changed = batch[i].source.name.empty() ? std::nullopt : std::optional(batch[i].source);
      if (items[i] || items[i].error().kind != ErrorKind::not_found) {
        to_look_at_.push_back({std::move(row), Resource{.name = names[i], .version = {}}, changed});
        continue;
      }
      row.level = Level::withdrawn;
      row.intended.reset();
      row.stale = false;
      if (changed) row.source_version = changed->version;
      ++work_.result.withdrawn;
      keep(std::move(row));
    }
    GODWIT_CO_CHECK(co_await flush());
  }
  co_return Result<>{};
}

Task<Result<>> Pass::look(std::vector<Look> looks) {
  const auto size_of = [](const Look& each) { return each.target.size; };
  for (const auto& batch : batches_of(looks, work_.batch(), work_.options.batch_bytes, size_of))
    GODWIT_CO_CHECK(co_await look_at_batch(batch));
  co_return Result<>{};
}

Task<Result<>> Pass::look_at_batch(std::span<const Look> looks) {
  std::vector<std::string> on_target, on_source;
  for (const Look& each : looks) {
    on_target.push_back(each.target.name);
    if (each.source) on_source.push_back(each.source->name);
  }
  GODWIT_CO_TRY(const auto targets, co_await read(work_.target, pair_.target, on_target));
  GODWIT_CO_TRY(const auto sources, co_await read(work_.source, pair_.source, on_source));
  std::size_t next = 0;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    const Result<ReadItem>* const source = looks[i].source ? &sources[next++] : nullptr;
    if (source != nullptr && !*source && source->error().kind != ErrorKind::not_found) {
      wait_with(looks[i].row, source->error(), looks[i].row.uid);
    } else {
      judge(looks[i], targets[i], source != nullptr && *source ? &**source : nullptr);
    }
  }
  co_return co_await flush();
}

void Pass::judge(const Look& look, const Result<ReadItem>& target, const ReadItem* source) {
  ResourceRecord row = look.row;
  if (target) {
    row.target_version = target->content.version;
    judge_changed(std::move(row), *target, look, source);
  } else if (target.error().kind == ErrorKind::not_found) {
    row.level = Level::withdrawn;
    row.intended.reset();
    row.stale = false;
    ++work_.result.withdrawn;
    keep(std::move(row));
  } else {  // people's, and nobody can read it
    row.target_version = look.target.version;
    row.touched = true;
    row.intended.reset();
    if (source != nullptr) conflict(std::move(row), *look.source, source, nullptr);
    else keep_with_problem(std::move(row));
  }
}

void Pass::judge_changed(ResourceRecord row, const ReadItem& target, const Look& look, const ReadItem* source) {
  const Digest there = target.meaning.digest;
  const bool is_back = row.level == Level::withdrawn, is_ours = row.intended == there;
  if (is_ours) {  // godwit's own, cut off before it was on record
    row.digest = row.target_digest = there;
    row.touched = row.stale = false;
    row.level = Level::proven;
  } else if (is_back) {
    row.level = Level::listed;
  }
  row.intended.reset();
  if (source != nullptr && source->meaning.digest == there) {
    row.digest = row.target_digest = there;
    row.source_version = source->content.version;
    row.is_active = source->content.is_active;
    row.touched = row.stale = false;
    row.level = Level::proven;
    keep(std::move(row));
    return;
  }
  const bool was_touched = row.target_digest != there && row.digest != there;
  const bool is_equal_again = row.digest == there && row.target_digest != there;
  row.touched = is_equal_again ? false : row.touched || was_touched;
  row.target_digest = there;
  if (is_equal_again) row.level = Level::proven;
  if (source == nullptr) {
    if (is_equal_again || is_ours) keep(std::move(row));
    else keep_with_problem(std::move(row));
  } else if (row.touched) {
    conflict(std::move(row), *look.source, source, &target);
  } else {
    keep_with_problem(row);
    to_update_.push_back({std::move(row), *look.source});
  }
}

}  // namespace godwit::collections
