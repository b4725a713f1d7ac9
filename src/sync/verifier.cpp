// SPDX-License-Identifier: Apache-2.0
#include "sync/verifier.h"

#include <fmt/format.h>

#include "mime/hazards.h"
#include "sync/doubt.h"
#include "sync/folder_work.h"
#include "sync/numbering.h"

namespace godwit::sync {
namespace {

using ledger::Level;
using Kind = Difference::Kind;
using Depth = VerifyOptions::Depth;

constexpr std::size_t page = 2000;
constexpr std::size_t most_missing_named = 200;

}  // namespace

Verifier::Verifier(endpoint::Source* source, endpoint::Target& target, ledger::AccountLedger& account, VerifyOptions options,
                   const std::atomic<bool>& stop, std::function<void(Event)> on_event, std::function<void(Difference)> on_difference)
    : source_(source),
      target_(target),
      account_(account),
      options_(options),
      stop_(stop),
      on_event_(std::move(on_event)),
      on_difference_(std::move(on_difference)),
      line_(target, stop, on_event_, options.first_pause),
      sample_left_(options.sample),
      random_(options.seed),
      check_(stop_, progress_, result_.counts, [this](Difference difference) {
        const bool is_named_later = source_ != nullptr && difference.kind == Kind::missing && missing_.size() < most_missing_named;
        if (!is_named_later) return on_difference_(std::move(difference));
        missing_.push_back({std::move(difference), records_[folder_]});
      }) {}

Task<VerifyResult> Verifier::run() {
  const Numbering numbering(source_, target_, account_);
  auto verified = co_await verify();
  if (!verified) result_.error = std::move(verified).error();
  line_.close();
  co_await tell_missing();
  progress_.phase = Progress::Phase::finished;
  co_return std::move(result_);
}

Task<Result<>> Verifier::verify() {
  GODWIT_CO_TRY(const ledger::Counters counters, co_await account_.counters());
  result_.withdrawn = counters.at(Level::withdrawn);
  result_.left_out = counters.at(Level::left_out);
  result_.not_moved = counters.not_moved;
  population_left_ = counters.items - result_.withdrawn - result_.left_out;
  progress_.messages = population_left_;
  GODWIT_CO_TRY(records_, co_await account_.folders());
  progress_.folders = records_.size();
  GODWIT_CO_TRY(repaired_, co_await repaired_digests(account_));
  progress_.phase = options_.depth == Depth::listed ? Progress::Phase::listing : Progress::Phase::reading_back;
  for (folder_ = 0; folder_ < records_.size(); ++folder_) {
    from_ = 1;
    seen_ = 0;
    while (from_ != 0) {
      GODWIT_CO_CHECK(co_await line_.persist([this] { return verify_some(records_[folder_]); }, [this] { return check_.deadly_messages(); }));
    }
    ++progress_.folders_done;
  }
  co_return Result<>{};
}

// The next page of the folder; behind the last one from_ is 0.
Task<Result<>> Verifier::verify_some(const ledger::FolderRecord& record) {
  if (record.items == 0) {
    from_ = 0;
    co_return Result<>{};
  }
  const endpoint::Folder* const folder = line_.find(record.target_name);
  progress_.folder = folder != nullptr ? folder->path.display() : record.target_name;
  if (folder == nullptr || !folder->selectable) {
    tell_of_folder(Kind::folder_gone, record, "the folder is not on the target any more: the next round makes and copies it again while "
                                              "the source has it");
    co_return Result<>{};
  }
  const auto view = line_.open(*folder);
  GODWIT_CO_TRY(const FolderToken state, co_await view->state());
  if (state.uid_validity != record.target_uid_validity) {
    tell_of_folder(Kind::folder_renumbered, record, "the folder was made anew or renumbered on the target (UIDVALIDITY): the next round "
                                                    "matches its messages again; verify behind it");
    co_return Result<>{};
  }
  GODWIT_CO_TRY(const auto rows, co_await account_.items(record.id, from_, page));
  const std::uint64_t before = result_.counts.listed;
  GODWIT_CO_CHECK(co_await verify_page(*view, record, rows));
  seen_ += result_.counts.listed - before;
  from_ = rows.size() < page ? 0 : rows.back().source_uid + 1;
  if (from_ != 0) co_return Result<>{};
  result_.counts.others += state.messages - std::min<std::uint64_t>(state.messages, seen_);
  ++result_.counts.folders;
  co_return Result<>{};
}

bool Verifier::is_to_be_read(const ledger::ItemRecord& row) {
  if (options_.depth == Depth::full) return options_.again || row.level < Level::proven;
  if (options_.depth == Depth::listed || sample_left_ == 0) return false;
  // Knuth's algorithm S: of those that are left, each has the same chance.
  const bool is_chosen = std::uniform_int_distribution<std::uint64_t>(0, std::max<std::uint64_t>(population_left_, 1) - 1)(random_) < sample_left_;
  population_left_ -= population_left_ > 0 ? 1 : 0;
  sample_left_ -= is_chosen ? 1 : 0;
  return is_chosen;
}

Task<Result<>> Verifier::verify_page(endpoint::FolderView& view, const ledger::FolderRecord& record,
                                     std::span<const ledger::ItemRecord> rows) {
  // A lost connection must not choose others.
  const auto sample_before = std::tuple(random_, sample_left_, population_left_);
  std::vector<ExpectedItem> expected;
  for (const ledger::ItemRecord& row : rows) {
    if (row.target_uid == 0 || row.level >= Level::withdrawn) continue;
    const auto repaired = repaired_.find({record.id, row.source_uid});
    expected.push_back({row.source_uid, row.target_uid, repaired != repaired_.end() ? repaired->second : row.digest, row.date, row.flags,
                        is_to_be_read(row)});
  }
  auto checked = co_await check_.check(view, progress_.folder, expected);
  if (!checked) {
    std::tie(random_, sample_left_, population_left_) = sample_before;
    co_return std::unexpected(std::move(checked).error());
  }
  co_return co_await learn(record, rows, *checked);
}

Task<Result<>> Verifier::learn(const ledger::FolderRecord& record, std::span<const ledger::ItemRecord> rows, const CheckedItems& checked) {
  UidSet gone, found;
  std::vector<ledger::Problem> altered;
  for (const ledger::ItemRecord& row : rows) {
    const bool was_seen_before = row.level != Level::accepted;
    // What was never seen is the next round's: it looks for it, and sends it again.
    if (was_seen_before && checked.missing.contains(row.target_uid)) gone.add(row.target_uid);
    if (!was_seen_before && checked.seen.contains(row.target_uid)) found.add(row.target_uid);
    if (checked.altered.contains(row.target_uid) && row.level != Level::altered) {
      altered.push_back({record.id, progress_.folder, row.source_uid, row.size, "altered",
                         "moved, and altered on the target: its bytes there are not those of the source", {}, {}, {}, {}});
    }
  }
  if (!found.empty()) GODWIT_CO_CHECK(co_await account_.raise_level(record.id, std::move(found), Level::listed));
  if (!checked.proven.empty()) GODWIT_CO_CHECK(co_await account_.raise_level(record.id, checked.proven, Level::proven));
  if (!checked.altered.empty()) GODWIT_CO_CHECK(co_await account_.raise_level(record.id, checked.altered, Level::altered));
  if (!altered.empty()) GODWIT_CO_CHECK(co_await account_.record(record.id, {}, std::move(altered)));
  if (!gone.empty()) GODWIT_CO_CHECK(co_await account_.withdraw(record.id, std::move(gone)));
  co_return Result<>{};
}

void Verifier::tell_of_folder(Kind kind, const ledger::FolderRecord& record, std::string meaning) {
  result_.counts.items += record.items;
  result_.counts.missing += record.items;
  progress_.messages_done += record.items;
  from_ = 0;
  on_difference_({kind, progress_.folder, 0, 0, {}, {}, fmt::format("{} ({} items)", meaning, record.items)});
}

// The first of them by name, as far as the source answers and still has them.
Task<> Verifier::tell_missing() {
  if (missing_.empty()) co_return;
  auto named = co_await name_missing();
  if (!named) on_event_({Event::Kind::warning, "the source does not tell the subjects of what is missing: " + describe(named.error())});
  for (Missing& missing : std::exchange(missing_, {})) on_difference_(std::move(missing.difference));
}

Task<Result<>> Verifier::name_missing() {
  GODWIT_CO_TRY(const auto session, co_await source_->connect());
  GODWIT_CO_TRY(const auto folders, co_await session->folders());
  for (Missing& missing : missing_) {
    const endpoint::Folder* const folder = find_folder(folders, missing.record.source_name);
    const bool is_same = folder != nullptr && folder->selectable && folder->state.uid_validity == missing.record.source_uid_validity;
    if (!is_same) continue;
    const auto view = session->open(*folder);
    GODWIT_CO_TRY(missing.difference.subject, co_await read_subject(*view, missing.difference.source_uid));
  }
  co_return Result<>{};
}

}  // namespace godwit::sync
