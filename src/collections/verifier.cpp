// SPDX-License-Identifier: Apache-2.0
#include "collections/verifier.h"

#include <algorithm>

namespace godwit::collections {
namespace {

using endpoint::Collection;
using endpoint::ResourceContent;
using ledger::CollectionRecord;
using ledger::Level;
using ledger::ResourceRecord;
using Kind = sync::Difference::Kind;

constexpr std::size_t page = 100;  // is read at once

Collection target_of(const CollectionRecord& record) {
  Collection collection;
  collection.name = record.target_name;
  collection.kind = record.kind;
  return collection;
}

}  // namespace

Verifier::Verifier(endpoint::CollectionTarget& target, ledger::AccountLedger& account, const Meanings& meanings,
                   sync::VerifyOptions options, const std::atomic<bool>& stop, std::function<void(sync::Difference)> on_difference)
    : target_(target),
      account_(account),
      meanings_(meanings),
      options_(options),
      stop_(stop),
      on_difference_(std::move(on_difference)),
      random_(options.seed) {}

Task<VerifyResult> Verifier::run() {
  auto verified = co_await verify();
  if (!verified) result_.error = std::move(verified).error();
  if (session_) session_->close();
  session_.reset();  // before what its timers live in
  progress_.phase = sync::Progress::Phase::finished;
  co_return std::move(result_);
}

Task<Result<>> Verifier::verify() {
  GODWIT_CO_TRY(session_, co_await target_.connect());
  GODWIT_CO_TRY(const ledger::Counters counters, co_await account_.counters());
  result_.withdrawn = counters.at(Level::withdrawn);
  result_.not_moved = counters.not_moved;
  sample_left_ = options_.sample;
  population_left_ = progress_.messages = counters.items - result_.withdrawn;
  GODWIT_CO_TRY(const auto records, co_await account_.collections().collections());
  progress_.folders = records.size();
  progress_.phase = sync::Progress::Phase::listing;
  for (const CollectionRecord& record : records) {
    progress_.folder = record.display_name;
    if (!record.target_name.empty()) GODWIT_CO_CHECK(co_await verify_collection(record));
    ++progress_.folders_done;
  }
  co_return Result<>{};
}

Task<Result<>> Verifier::verify_collection(const CollectionRecord& record) {
  const auto changes = co_await session_->changes(target_of(record), {});
  if (!changes && changes.error().kind != ErrorKind::not_found) co_return std::unexpected(changes.error());
  Listed listed;
  if (changes) {
    for (const endpoint::Resource& resource : changes->present) listed.emplace(resource.name, resource.version);
    ++result_.counts.folders;
  } else {
    tell(Kind::folder_gone, record, nullptr, "it is gone on the target; the next round does not bring back what was in it");
  }
  const std::uint64_t listed_before = result_.counts.listed;
  for (ledger::ResourceNumber after = 0;;) {
    if (stop_) co_return fail(ErrorKind::canceled, "stopped; what was seen is on record");
    GODWIT_CO_TRY(auto rows, co_await account_.collections().resources(record.id, after, page));
    if (rows.empty()) break;
    after = rows.back().number;
    std::erase_if(rows, [](const ResourceRecord& row) { return !row.level || *row.level == Level::withdrawn; });
    GODWIT_CO_CHECK(co_await verify_batch(record, listed, std::move(rows)));
  }
  const std::uint64_t known = result_.counts.listed - listed_before;
  result_.counts.others += listed.size() - std::min<std::uint64_t>(listed.size(), known);
  co_return Result<>{};
}

bool Verifier::is_to_be_read(const ResourceRecord& row, const std::string& version) {
  using Depth = sync::VerifyOptions::Depth;
  bool is_chosen = options_.depth == Depth::full && (options_.again || *row.level != Level::proven);
  if (options_.depth == Depth::sample && population_left_ > 0) {
    is_chosen = std::uniform_int_distribution<std::uint64_t>(0, population_left_ - 1)(random_) < sample_left_;
    sample_left_ -= is_chosen ? 1 : 0;
  }
  population_left_ -= population_left_ > 0 ? 1 : 0;
  return is_chosen || version != row.target_version;
}

Task<Result<>> Verifier::verify_batch(const CollectionRecord& record, const Listed& listed, std::vector<ResourceRecord> rows) {
  std::vector<ResourceRecord*> read;
  std::vector<std::string> names;
  std::vector<ledger::RecordedResource> learned;
  for (ResourceRecord& row : rows) {
    ++result_.counts.items;
    ++progress_.messages_done;
    const auto found = listed.find(row.target_name);
    const bool is_listed = found != listed.end();
    if (is_listed) ++result_.counts.listed;
    const bool is_read = is_to_be_read(row, is_listed ? found->second : std::string());
    if (is_read || !is_listed) {
      read.push_back(&row);
      names.push_back(row.target_name);
    } else if (*row.level == Level::accepted) {
      row.level = Level::listed;
      learned.push_back({row, std::nullopt, true});
    }
  }
  if (!names.empty()) {
    GODWIT_CO_TRY(const auto contents, co_await session_->fetch(target_of(record), names));
    for (std::size_t i = 0; i < read.size(); ++i) {
      if (judge(record, *read[i], contents[i], listed.contains(names[i]))) learned.push_back({*read[i], std::nullopt, true});
    }
  }
  if (!learned.empty()) GODWIT_CO_CHECK(co_await account_.collections().record(record.id, std::move(learned)));
  co_return Result<>{};
}

bool Verifier::judge(const CollectionRecord& record, ResourceRecord& row, const Result<ResourceContent>& content, bool is_listed) {
  if (!content) {
    if (content.error().kind == ErrorKind::not_found && !is_listed) {
      ++result_.counts.missing;
      row.level = Level::withdrawn;
      tell(Kind::missing, record, &row,
           "it is not on the target any more: somebody removed it there, or the server lost it; no round brings it back");
      return true;
    }
    ++result_.counts.unread;
    tell(Kind::missing, record, &row, "it is listed, and cannot be read: " + describe(content.error()));
    return false;
  }
  const auto meaning = read_meaning(meanings_, record.kind, *content);
  row.target_version = content->version;
  if (meaning && meaning->digest == row.digest) {
    ++result_.counts.proven;
    row.level = Level::proven;
    row.target_digest = row.digest;
    row.touched = false;
    return true;
  }
  const bool is_known = meaning && meaning->digest == row.target_digest && (row.touched || *row.level == Level::altered);
  if (is_known) return true;
  ++result_.counts.altered;
  row.touched = true;
  if (meaning) row.target_digest = meaning->digest;
  tell(Kind::altered, record, &row,
       meaning ? "it means something else than what was brought: people changed it on the target, or the server did; look at both"
               : "it cannot be understood any more: " + meaning.error().what);
  return true;
}

void Verifier::tell(Kind kind, const CollectionRecord& record, const ResourceRecord* row, std::string meaning) {
  sync::Difference difference;
  difference.kind = kind;
  difference.folder = record.display_name;
  if (row != nullptr) {
    difference.source_uid = row->number;
    difference.subject = row->uid;
  }
  difference.meaning = std::move(meaning);
  on_difference_(std::move(difference));
}

}  // namespace godwit::collections
