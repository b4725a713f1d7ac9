// SPDX-License-Identifier: Apache-2.0
// What is new or changed on the source comes to the target. Before an item is put, what it means is on record as intended: after a kill
// the item that is found on the target with that meaning is known to be godwit's own.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "base/text.h"
#include "collections/pass.h"

namespace godwit::collections {
namespace {

using endpoint::NewResource;
using endpoint::PutOutcome;
using endpoint::Resource;
using ledger::Level;
using ledger::ResourceKey;
using ledger::ResourceRecord;
using ledger::Stranger;
using ledger::StrangerKey;

std::vector<std::string> source_names_of(std::span<const SourceChange> changes) {
  std::vector<std::string> names;
  for (const SourceChange& change : changes) names.push_back(change.source.name);
  return names;
}

std::uint64_t size_of(const SourceChange& change) { return change.source.size; }

// For an item without one: the same for the same item for ever.
std::string made_uid(CollectionKind kind, const std::string& source_name) {
  return "godwit-" + to_hex(sha256(fmt::format("{}\n{}", name_of(kind), source_name)).view()).substr(0, 32);
}

void take_source(ResourceRecord& row, const endpoint::ResourceContent& content) {
  row.source_version = content.version;
  row.is_active = content.is_active;
  row.size = content.bytes.size();
}

ItemKind usual_item_of(CollectionKind kind) {
  return kind == CollectionKind::calendar ? ItemKind::event : kind == CollectionKind::address_book ? ItemKind::contact : ItemKind::filter;
}

}  // namespace

// The next batch is read from the source while this one is put on the target.
Task<Result<>> Pass::bring_batches(std::vector<SourceChange> changes, Bring bring) {
  using namespace boost::asio::experimental::awaitable_operators;
  const auto batches = batches_of(changes, work_.batch(), work_.options.batch_bytes, size_of);
  if (batches.empty()) co_return Result<>{};
  GODWIT_CO_TRY(ReadItems items, co_await read(work_.source, pair_.source, source_names_of(batches.front())));
  for (std::size_t i = 0; i + 1 < batches.size(); ++i) {
    auto both =
        co_await ((this->*bring)(batches[i], std::move(items)) && read(work_.source, pair_.source, source_names_of(batches[i + 1])));
    GODWIT_CO_CHECK(std::get<0>(both));
    GODWIT_CO_TRY(items, std::get<1>(std::move(both)));
  }
  co_return co_await (this->*bring)(batches.back(), std::move(items));
}

Task<Result<>> Pass::update(std::vector<SourceChange> changes) { return bring_batches(std::move(changes), &Pass::update_batch); }
Task<Result<>> Pass::create(std::vector<SourceChange> changes) { return bring_batches(std::move(changes), &Pass::create_batch); }

Task<Result<>> Pass::update_batch(std::span<const SourceChange> changes, ReadItems items) {
  std::vector<Draft> drafts;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    ResourceRecord row = changes[i].row;
    if (!items[i]) {
      if (items[i].error().kind != ErrorKind::not_found) wait_with(std::move(row), items[i].error(), row.uid);
      continue;
    }
    const Digest meant = items[i]->meaning.digest;
    if (meant == row.digest && !row.stale) {
      take_source(row, items[i]->content);
      keep_with_problem(std::move(row));
      ++work_.progress.items_done;
    } else if (meant == row.target_digest) {
      take_source(row, items[i]->content);
      row.digest = meant;
      row.touched = row.stale = false;
      row.intended.reset();
      ++work_.result.matched;
      ++work_.progress.items_done;
      keep(std::move(row));
    } else if (row.touched) {
      ++work_.progress.items_done;
      conflict(std::move(row), changes[i].source, &*items[i], nullptr);
    } else {
      row.kind = items[i]->meaning.kind;
      drafts.push_back({std::move(row), *std::move(items[i])});
    }
  }
  GODWIT_CO_CHECK(co_await put(std::move(drafts)));
  co_return co_await flush();
}

Task<Result<>> Pass::create_batch(std::span<const SourceChange> changes, ReadItems items) {
  std::vector<Draft> to_put;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    ResourceRecord row = changes[i].row;
    row.source_version = changes[i].source.version;
    row.is_active = changes[i].source.is_active;
    if (!items[i]) {
      if (items[i].error().kind == ErrorKind::not_found) continue;
      if (row.uid.empty()) row.uid = row.source_name;
      if (row.number == 0) row.kind = usual_item_of(pair_.record.kind);
      wait_with(std::move(row), items[i].error(), {});
      continue;
    }
    take_source(row, items[i]->content);
    row.kind = items[i]->meaning.kind;
    row.uid = items[i]->meaning.uid.empty() ? made_uid(pair_.record.kind, row.source_name) : items[i]->meaning.uid;
    row.digest = items[i]->meaning.digest;
    // Another of the same UID in this batch has to be on record first.
    const bool has_twin = std::ranges::any_of(to_put, [&](const Draft& other) { return other.row.uid == row.uid; });
    if (has_twin) GODWIT_CO_CHECK(co_await put(std::exchange(to_put, {})));
    GODWIT_CO_CHECK(co_await find_place({std::move(row), *std::move(items[i])}, to_put));
  }
  GODWIT_CO_CHECK(co_await put(std::move(to_put)));
  co_return co_await flush();
}

Task<Result<>> Pass::find_place(Draft draft, std::vector<Draft>& to_put) {
  const auto limit = work_.target.traits().item_limit;
  if (limit && draft.item.content.bytes.size() > *limit) {
    Error error{ErrorKind::too_big, fmt::format("it has {}, and the target takes {} at most", format_bytes(draft.item.content.bytes.size()),
                                                format_bytes(*limit)), {}, {}};
    wait_with(std::move(draft.row), error, draft.item.meaning.summary);
    co_return Result<>{};
  }
  GODWIT_CO_TRY(const bool is_met, co_await meet_row_of_same_uid(draft));
  if (is_met) co_return Result<>{};
  const bool has_uid = !draft.item.meaning.uid.empty();
  const std::string key = has_uid ? draft.row.uid : std::string(draft.row.digest.view());
  GODWIT_CO_TRY(const auto strangers,
                co_await work_.ledger.find_strangers(pair_.record.id, has_uid ? StrangerKey::uid : StrangerKey::digest, {key}));
  const auto equal = std::ranges::find(strangers, draft.row.digest, &Stranger::digest);
  if (strangers.empty()) to_put.push_back(std::move(draft));
  else GODWIT_CO_CHECK(co_await meet_stranger(std::move(draft), equal != strangers.end() ? *equal : strangers.front()));
  co_return Result<>{};
}

// True: that is all; the draft is on record, or reported.
Task<Result<bool>> Pass::meet_row_of_same_uid(Draft& draft) {
  GODWIT_CO_CHECK(co_await flush());
  GODWIT_CO_TRY(auto rows, co_await work_.ledger.find_resources(pair_.record.id, ResourceKey::uid, {draft.row.uid}));
  std::erase_if(rows, [&](const ResourceRecord& other) { return other.number == draft.row.number || !other.level; });
  if (rows.empty()) co_return false;
  ++work_.progress.items_done;
  const auto other = std::ranges::find_if_not(rows, &ResourceRecord::gone);
  if (other == rows.end()) {  // it has another name on the source now
    if (draft.row.number != 0) forgotten_.push_back(draft.row.number);
    GODWIT_CO_CHECK(co_await flush());
    ResourceRecord row = rows.front();
    row.source_name = draft.row.source_name;
    row.gone = false;
    to_update_.push_back({row, Resource{.name = row.source_name, .version = draft.row.source_version, .is_active = draft.row.is_active}});
    keep_with_problem(std::move(row));
    co_return true;
  }
  if (other->digest == draft.row.digest) {
    draft.row.target_name = other->target_name;
    draft.row.target_version = other->target_version;
    draft.row.target_digest = other->target_digest;
    draft.row.level = other->level;
    draft.row.intended.reset();
    ++work_.result.matched;
    keep(std::move(draft.row));
  } else {
    Error error{ErrorKind::exists,
                fmt::format("another item of it has the same UID {}, and another content: on the target there is place for one; "
                            "remove one of them on the source, or give it another UID",
                            printable(other->uid)),
                {},
                {}};
    wait_with(std::move(draft.row), error, draft.item.meaning.summary);
  }
  co_return true;
}

// It is on the target already: by its people, by another tool, or by godwit before it was cut off.
Task<Result<>> Pass::meet_stranger(Draft draft, const Stranger& stranger) {
  ResourceRecord row = std::move(draft.row);
  const bool is_ours = row.intended == stranger.digest, is_equal = stranger.digest == row.digest;
  row.target_name = stranger.target_name;
  row.target_version = stranger.target_version;
  row.target_digest = stranger.digest;
  row.brought = is_ours;
  row.level = is_equal ? Level::proven : Level::listed;
  row.intended.reset();
  met_.push_back(stranger.target_name);
  ++work_.progress.items_done;
  if (is_equal) {
    if (is_ours) ++work_.result.created[row.kind];
    else ++work_.result.matched;
    ++work_.result.proven;
    keep(std::move(row));
  } else if (is_ours) {  // an earlier version of it
    const Resource source{.name = row.source_name, .version = row.source_version, .is_active = row.is_active};
    row.digest = stranger.digest;
    std::vector<ledger::RecordedResource> one;
    one.push_back({std::move(row), std::nullopt, false});
    GODWIT_CO_TRY(auto recorded, co_await work_.ledger.record(pair_.record.id, std::move(one)));
    to_update_.push_back({std::move(recorded.front()), source});
  } else {
    const Resource source{.name = row.source_name, .version = row.source_version, .is_active = row.is_active};
    conflict(std::move(row), source, &draft.item, nullptr);
  }
  co_return co_await flush();
}

Task<Result<>> Pass::put(std::vector<Draft> drafts) {
  GODWIT_CO_CHECK(work_.check_stop());
  if (drafts.empty()) co_return Result<>{};
  GODWIT_CO_CHECK(co_await intend(drafts));
  std::vector<NewResource> resources;
  for (const Draft& draft : drafts) {
    resources.push_back({.uid = draft.row.uid, .name = draft.row.target_name, .version = draft.row.target_version,
                         .bytes = draft.item.content.bytes, .is_active = draft.item.content.is_active});
  }
  has_put_ = true;
  GODWIT_CO_TRY(const auto outcomes, co_await work_.target.put(pair_.target, resources));
  std::optional<Error> over;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    const bool ends_account =
        outcomes[i].kind == PutOutcome::Kind::refused && reaction_to(outcomes[i].error.kind) == Reaction::stop_account;
    if (ends_account) over = outcomes[i].error;
    GODWIT_CO_CHECK(co_await settle(std::move(drafts[i]), outcomes[i]));
  }
  GODWIT_CO_CHECK(co_await flush());
  GODWIT_CO_CHECK(co_await read_back());
  if (over) co_return std::unexpected(*std::move(over));
  co_return Result<>{};
}

Task<Result<>> Pass::intend(std::vector<Draft>& drafts) {
  GODWIT_CO_CHECK(co_await flush());
  std::vector<ledger::RecordedResource> intents;
  for (Draft& draft : drafts) {
    draft.row.intended = draft.item.meaning.digest;
    intents.push_back({draft.row, std::nullopt, true});
  }
  GODWIT_CO_TRY(const auto recorded, co_await work_.ledger.record(pair_.record.id, std::move(intents)));
  for (std::size_t i = 0; i < drafts.size(); ++i) drafts[i].row.number = recorded[i].number;
  co_return Result<>{};
}

Task<Result<>> Pass::settle(Draft draft, const PutOutcome& outcome) {
  ResourceRecord& row = draft.row;
  switch (outcome.kind) {
    case PutOutcome::Kind::stored: {
      if (draft.is_new()) ++work_.result.created[row.kind];
      else ++work_.result.updated;
      row.brought = row.brought || draft.is_new();
      if (!outcome.name.empty()) row.target_name = outcome.name;
      row.target_version = outcome.version;
      take_source(row, draft.item.content);
      row.digest = row.target_digest = draft.item.meaning.digest;
      row.level = Level::accepted;
      row.stale = false;
      row.intended.reset();
      work_.result.bytes += row.size;
      work_.progress.bytes_done += row.size;
      ++work_.progress.items_done;
      keep(row);
      if (outcome.version.empty() || work_.options.read_back) to_read_back_.push_back(std::move(draft));
      break;
    }
    case PutOutcome::Kind::exists:
      GODWIT_CO_CHECK(co_await meet_what_exists(std::move(draft), outcome.name));
      break;
    case PutOutcome::Kind::changed: {
      const Resource source{.name = row.source_name, .version = draft.item.content.version, .is_active = draft.item.content.is_active};
      const Resource target{.name = row.target_name, .version = {}};
      row.intended.reset();
      row.stale = true;
      keep_with_problem(row);
      to_look_at_.push_back({std::move(row), target, source});
      break;
    }
    case PutOutcome::Kind::refused:
      wait_with(std::move(row), outcome.error, draft.item.meaning.summary);
      break;
  }
  co_return Result<>{};
}

Task<Result<>> Pass::meet_what_exists(Draft draft, const std::string& name) {
  const Error nowhere{
      ErrorKind::exists, "the target says that it has it, and does not say where; remove it there, or leave it as it is", {}, {}};
  if (name.empty()) {
    wait_with(std::move(draft.row), nowhere, draft.item.meaning.summary);
    co_return Result<>{};
  }
  std::vector<std::string> names{name};
  GODWIT_CO_TRY(const auto there, co_await read(work_.target, pair_.target, names));
  GODWIT_CO_TRY(const auto rows, co_await work_.ledger.find_resources(pair_.record.id, ResourceKey::target_name, std::move(names)));
  if (!there.front()) {
    wait_with(std::move(draft.row), there.front().error().kind == ErrorKind::not_found ? nowhere : there.front().error(),
              draft.item.meaning.summary);
  } else if (!rows.empty()) {
    Error error{ErrorKind::exists, fmt::format("on the target its place is taken by \"{}\"", printable(rows.front().source_name)), {}, {}};
    wait_with(std::move(draft.row), error, draft.item.meaning.summary);
  } else {
    GODWIT_CO_CHECK(co_await meet_stranger(
        std::move(draft), {name, there.front()->content.version, there.front()->meaning.uid, there.front()->meaning.digest}));
  }
  co_return Result<>{};
}

// What was stored without its version being told may have been altered, and nobody could replace it.
Task<Result<>> Pass::read_back() {
  std::vector<Draft> drafts = std::exchange(to_read_back_, {});
  std::vector<std::string> names;
  for (const Draft& draft : drafts) names.push_back(draft.row.target_name);
  GODWIT_CO_TRY(const auto items, co_await read(work_.target, pair_.target, std::move(names)));
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    ResourceRecord& row = drafts[i].row;
    if (!items[i]) continue;  // settle_accepted() looks again
    row.target_version = items[i]->content.version;
    row.target_digest = items[i]->meaning.digest;
    const bool is_equal = row.target_digest == row.digest;
    row.level = is_equal ? Level::proven : Level::altered;
    ++(is_equal ? work_.result.proven : work_.result.altered);
    if (is_equal) {
      keep(std::move(row));
    } else {
      auto problem = problem_of(
          row, "altered",
          fmt::format("the target changed it: {}", describe_differences(work_.meanings, drafts[i].item.meaning, items[i]->meaning)),
          drafts[i].item.meaning.summary);
      keep(std::move(row), std::move(problem));
    }
  }
  co_return co_await flush();
}

}  // namespace godwit::collections
