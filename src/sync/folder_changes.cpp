// SPDX-License-Identifier: Apache-2.0
#include "sync/folder_changes.h"

#include <fmt/format.h>

#include <algorithm>

#include "sync/doubt.h"
#include "sync/folder_map.h"

namespace godwit::sync {
namespace {

using endpoint::Folder;
using ledger::FolderId;
using ledger::FolderRecord;

constexpr std::size_t samples = 8;  // messages whose digests tell a renamed folder from another of the same UIDVALIDITY

}  // namespace

Task<Result<>> FolderChanges::apply(std::span<const Folder> source_folders, std::vector<Folder>& target_folders) {
  GODWIT_CO_CHECK(co_await load_records());
  GODWIT_CO_CHECK(co_await follow_target(target_folders));
  std::vector<std::pair<const Folder*, FolderId>> renamed;
  for (const FolderRecord& record : records_) {
    if (!is_gone(record, source_folders)) continue;
    GODWIT_CO_TRY(const Folder* const now, co_await find_renamed(record, source_folders));
    if (now != nullptr) renamed.emplace_back(now, record.id);
  }
  // Parents first: with them the target renames what lies below, and makes what is not there.
  std::ranges::sort(renamed, {}, [](const auto& each) { return std::pair(each.first->path.segments.size(), each.first->path); });
  for (const auto& [folder, id] : renamed) {
    const FolderRecord record = *std::ranges::find(records_, id, &FolderRecord::id);  // they are loaded anew behind each
    if (is_gone(record, source_folders)) GODWIT_CO_CHECK(co_await rename(record, *folder, source_folders, target_folders));
  }
  for (const FolderRecord& record : std::vector(records_)) {
    if (!is_gone(record, source_folders)) continue;
    GODWIT_CO_TRY(const bool is_continued, co_await hand_over(record, source_folders, target_folders));
    if (!is_continued) GODWIT_CO_CHECK(co_await note_gone(record));
  }
  co_return Result<>{};
}

bool FolderChanges::is_gone(const FolderRecord& record, std::span<const Folder> source_folders) {
  const Folder* const listed = find_folder(source_folders, record.source_name);
  return record.source_uid_validity != 0 && (listed == nullptr || (!listed->selectable && !listed->unreadable));
}

std::vector<FolderPair> FolderChanges::map_without(FolderId record, std::span<const Folder> source_folders,
                                                   std::span<const Folder> target_folders) const {
  std::map<std::string, std::string> known;
  for (const FolderRecord& other : records_) {
    if (other.id != record) known.emplace(other.source_name, other.target_name);
  }
  return map_folders(source_folders, target_folders, [this](const endpoint::FolderPath& path) { return target_.name_for(path); }, known,
                     context_.options.rules, case_rule_of(target_.traits()));
}

// Two records must never be of one folder of the target: what the one has on record there is unknown to the other. Where a folder that
// is new on the source comes to the place of one that is gone, as below a renamed one that told nobody who it is, it gets its record.
Task<Result<bool>> FolderChanges::hand_over(const FolderRecord& record, std::span<const Folder> source_folders,
                                            std::span<const Folder> target_folders) {
  for (const FolderPair& pair : map_without(record.id, source_folders, target_folders)) {
    const bool is_at_its_place = pair.target && pair.target->name == record.target_name && pair.source.selectable;
    const bool is_new = std::ranges::find(records_, pair.source.name, &FolderRecord::source_name) == records_.end();
    if (!is_at_its_place || !is_new) continue;
    context_.step(fmt::format("folder {}: takes the place of {}", pair.source.path.display(), record.source_name),
                  pair.source.path.display());
    GODWIT_CO_CHECK(co_await context_.account.rename_folder(record.id, pair.source.name, record.target_name));
    GODWIT_CO_CHECK(co_await load_records());
    co_return true;
  }
  co_return false;
}

Task<Result<>> FolderChanges::load_records() {
  GODWIT_CO_TRY(records_, co_await context_.account.folders());
  std::ranges::sort(records_, {}, &FolderRecord::source_name);
  co_return Result<>{};
}

// A folder that has another name on the target: somebody renamed it, or godwit did and was killed before it was on record.
Task<Result<>> FolderChanges::follow_target(std::span<const Folder> target_folders) {
  bool is_any_followed = false;
  for (const FolderRecord& record : records_) {
    if (record.target_uid_validity == 0 || find_folder(target_folders, record.target_name) != nullptr) continue;
    const Folder* only = nullptr;
    int found = 0;
    for (const Folder& folder : target_folders) {
      const bool fits = folder.state.uid_validity == record.target_uid_validity && folder.state.uid_next >= record.target_uid_next &&
                        std::ranges::find(records_, folder.name, &FolderRecord::target_name) == records_.end();
      if (!fits) continue;
      only = &folder;
      ++found;
    }
    if (found != 1) continue;
    context_.step(fmt::format("folder {}: is {} on the target now", record.source_name, only->path.display()), record.source_name);
    GODWIT_CO_CHECK(co_await context_.account.rename_folder(record.id, record.source_name, only->name));
    is_any_followed = true;
  }
  if (is_any_followed) GODWIT_CO_CHECK(co_await load_records());
  co_return Result<>{};
}

Task<Result<const Folder*>> FolderChanges::find_renamed(const FolderRecord& gone, std::span<const Folder> source_folders) {
  if (gone.items == 0) co_return nullptr;
  for (const Folder& folder : source_folders) {
    const bool may_be = folder.selectable && context_.options.rules.takes(folder) && folder.state.uid_validity == gone.source_uid_validity &&
                        (folder.state.uid_next == 0 || folder.state.uid_next >= gone.source_token.uid_next) &&
                        std::ranges::find(records_, folder.name, &FolderRecord::source_name) == records_.end();
    if (!may_be) continue;
    GODWIT_CO_TRY(const bool same, co_await is_same(gone, folder));
    if (same) co_return &folder;
  }
  co_return nullptr;
}

// Messages that are gone since say nothing; one that differs says no, and one that is equal is wanted.
Task<Result<bool>> FolderChanges::is_same(const FolderRecord& record, const Folder& folder) {
  GODWIT_CO_TRY(const UidSet known, co_await context_.account.source_uids(record.id));
  const auto view = source_.open(folder);
  const auto listed = view->uids(1);
  GODWIT_CO_TRY(const UidSet present, co_await listed->get());
  UidSet common = known.intersect(present), chosen;
  const std::uint64_t stride = std::max<std::uint64_t>(1, common.size() / samples);
  while (!common.empty()) chosen.add(common.take_first(stride).last());
  if (chosen.empty()) co_return false;
  const auto reader = view->fetch(chosen);
  Sha256 hasher;
  std::size_t equal = 0;
  bool differs = false;
  while (true) {
    GODWIT_CO_TRY(const auto message, co_await reader->next());
    if (!message) break;
    GODWIT_CO_CHECK(co_await read_body(*reader, *message, [&](std::string_view piece) { hasher.update(piece); }));
    const Digest digest = hasher.finish();
    GODWIT_CO_TRY(const auto rows, co_await context_.account.items(record.id, message->uid, 1));
    const bool is_equal = !rows.empty() && rows.front().source_uid == message->uid && rows.front().digest == digest;
    equal += is_equal ? 1 : 0;
    differs = differs || !is_equal;
  }
  co_return equal > 0 && !differs;
}

Task<Result<>> FolderChanges::rename(const FolderRecord& record, const Folder& folder, std::span<const Folder> source_folders,
                                     std::vector<Folder>& target_folders) {
  const auto pairs = map_without(record.id, source_folders, target_folders);
  const auto pair = std::ranges::find(pairs, folder.name, [](const FolderPair& each) { return each.source.name; });
  const Folder* const now = find_folder(target_folders, record.target_name);
  std::string target_name = record.target_name;
  GODWIT_CO_TRY(const ledger::Route route, co_await context_.account.route());
  GODWIT_CO_TRY(const bool is_theirs, co_await is_shared(context_, record.target_name));
  // What is not godwit's own folder, or another source's too, or belongs to its people already, keeps its name there.
  const bool may_rename = now != nullptr && !now->path.is_inbox() && record.made_by_us && !is_theirs && route == ledger::Route::old;
  if (may_rename && pair != pairs.end() && !pair->target) {
    const auto renamed = co_await target_.rename_folder(*now, pair->to_make.path);
    if (!renamed && reaction_to(renamed.error().kind) != Reaction::skip_item) co_return renamed;
    if (!renamed) {
      context_.warn(fmt::format("folder {}: could not be renamed on the target, and keeps its name there: {}", folder.path.display(),
                                describe(renamed.error())), folder.path.display(), code_of(renamed.error()));
    } else {
      ++context_.result.folders_renamed;
      target_name = target_.name_for(pair->to_make.path);
      GODWIT_CO_TRY(target_folders, co_await target_.folders());
    }
  }
  context_.step(fmt::format("folder {}: was {} on the source", folder.path.display(), record.source_name), folder.path.display());
  GODWIT_CO_CHECK(co_await context_.account.rename_folder(record.id, folder.name, target_name));
  GODWIT_CO_CHECK(co_await load_records());
  co_return co_await follow_target(target_folders);  // those below it have new names, too
}

Task<Result<>> FolderChanges::note_gone(const FolderRecord& record) {
  if (record.rows + record.open_batches == 0) co_return Result<>{};
  context_.result.vanished += record.items;
  GODWIT_CO_CHECK(co_await context_.account.vanish(record.id, UidSet::of_range(0, ~Uid{0})));
  co_return co_await context_.account.settle(record.id, record.target_uid_next);
}

}  // namespace godwit::sync
