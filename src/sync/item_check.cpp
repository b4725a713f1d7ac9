// SPDX-License-Identifier: Apache-2.0
#include "sync/item_check.h"

#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "mime/hazards.h"
#include "sync/doubt.h"
#include "sync/folder_work.h"

namespace godwit::sync {
namespace {

using Kind = Difference::Kind;

constexpr std::size_t most_subjects = 200;  // each costs a message; behind so many differences nobody reads them one by one

}  // namespace

std::string_view name_of(Difference::Kind kind) {
  switch (kind) {
    case Kind::folder_gone: return "folder gone";
    case Kind::folder_renumbered: return "folder renumbered";
    case Kind::missing: return "missing";
    case Kind::altered: return "altered";
    case Kind::flags: return "flags";
    case Kind::date: return "date";
  }
  return "";
}

Task<Result<std::string>> read_subject(endpoint::FolderView& view, Uid uid) {
  const auto reader = view.fetch(UidSet::of_range(uid, uid));
  GODWIT_CO_TRY(const auto message, co_await reader->next());
  if (!message) co_return std::string();
  std::string head = message->bytes;
  if (message->streamed) {
    GODWIT_CO_TRY(const auto piece, co_await reader->read());
    head.assign(piece.data(), piece.size());
  }
  GODWIT_CO_CHECK(co_await reader->next());  // the rest is dropped
  co_return mime::header_value(head, "Subject");
}

struct ItemCheck::Found {
  const std::string& folder;
  std::map<Uid, const ExpectedItem*> by_target;
  UidSet asked;
  CheckedItems checked;
  VerifyCounts counts;
  std::vector<Difference> differences;

  void add(Kind kind, const ExpectedItem& item, std::string meaning) {
    const std::string date = item.date ? item.date->to_string() : std::string();
    differences.push_back({kind, folder, item.source_uid, item.target_uid, {}, date, std::move(meaning)});
  }
};

Task<Result<CheckedItems>> ItemCheck::check(endpoint::FolderView& view, const std::string& folder,
                                            std::span<const ExpectedItem> items) {
  if (std::exchange(folder_, folder) != folder) {
    deadly_before_ += deadly_.found().size();
    deadly_ = {};
    reading_ = 0;
  }
  if (const Uid ended_at = std::exchange(reading_, 0); ended_at != 0) deadly_.note_loss(ended_at);
  Found found{folder, {}, {}, {}, {}, {}};
  for (const ExpectedItem& item : items) found.by_target.emplace(item.target_uid, &item);
  for (const auto& [uid, item] : found.by_target) found.asked.add(uid);
  if (found.asked.empty()) co_return CheckedItems{};
  GODWIT_CO_CHECK(co_await list(view, found));
  GODWIT_CO_CHECK(co_await read_back(view, found));
  GODWIT_CO_CHECK(co_await add_subjects(view, found));
  counts_.items += items.size();
  counts_.listed += found.checked.seen.size();
  counts_.proven += found.checked.proven.size();
  counts_.missing += found.checked.missing.size();
  counts_.altered += found.checked.altered.size();
  counts_.flags += found.counts.flags;
  counts_.dates += found.counts.dates;
  counts_.unread += found.counts.unread;
  progress_.messages_done += items.size();
  for (Difference& difference : found.differences) tell_(std::move(difference));
  co_return std::move(found.checked);
}

Task<Result<>> ItemCheck::list(endpoint::FolderView& view, Found& found) {
  const auto reader = view.list(found.asked, 0, {.date = true});
  while (true) {
    if (stop_.load(std::memory_order_relaxed)) co_return std::unexpected(stopped());
    GODWIT_CO_TRY(const auto page, co_await reader->next());
    if (page.empty()) break;
    for (const endpoint::Item& item : page) {
      const auto expected = found.by_target.find(item.uid);
      if (expected == found.by_target.end()) continue;
      found.checked.seen.add(item.uid);
      compare(*expected->second, item, found);
    }
  }
  found.checked.missing = found.asked.without(found.checked.seen);
  if (found.checked.missing.empty()) co_return Result<>{};
  // A list may have holes: what is missing in it must be missing in another kind of list, too.
  const auto uids = view.uids(found.checked.missing.first());
  GODWIT_CO_TRY(const UidSet present, co_await uids->get());
  const UidSet after_all = found.checked.missing.intersect(present);
  found.checked.seen.add(after_all);
  found.checked.missing = found.checked.missing.without(present);
  for (const UidRange& range : found.checked.missing.ranges()) {
    for (Uid uid = range.first; uid != 0 && uid <= range.last; ++uid) {
      found.add(Kind::missing, *found.by_target.at(uid),
                "it was on the target, and is not there any more: somebody removed or moved it there, or the server lost it");
    }
  }
  co_return Result<>{};
}

void ItemCheck::compare(const ExpectedItem& expected, const endpoint::Item& item, Found& found) const {
  if (expected.flags && *expected.flags != item.flags) {
    ++found.counts.flags;
    found.add(Kind::flags, expected,
              fmt::format("its flags are ({}), and were left as ({}): somebody changed them on the target, or the server did not keep "
                          "them",
                          item.flags.to_string(), expected.flags->to_string()));
  }
  const auto date = InternalDate::parse(item.date);
  if (expected.date && date && !date->same_instant(*expected.date)) {
    ++found.counts.dates;
    found.add(Kind::date, expected,
              fmt::format("its arrival date is {} on the target: the server did not keep it", date->to_string()));
  }
}

Task<Result<>> ItemCheck::read_back(endpoint::FolderView& view, Found& found) {
  UidSet wanted;
  for (const auto& [uid, item] : found.by_target) {
    if (!item->is_to_be_read || !found.checked.seen.contains(uid)) continue;
    if (!deadly_.found().contains(uid)) {
      wanted.add(uid);
      continue;
    }
    ++found.counts.unread;
    found.add(Kind::altered, *item, "the target ends the session whenever this message is read: look at it there");
  }
  if (wanted.empty()) co_return Result<>{};
  reading_ = wanted.first();
  const auto reader = view.fetch(wanted);
  Sha256 hasher;
  while (true) {
    if (stop_.load(std::memory_order_relaxed)) co_return std::unexpected(stopped());
    GODWIT_CO_TRY(const auto message, co_await reader->next());
    if (!message) break;
    GODWIT_CO_CHECK(co_await read_body(*reader, *message, [&](std::string_view piece) {
      hasher.update(piece);
      progress_.bytes_done += piece.size();
    }));
    const Digest digest = hasher.finish();
    reading_ = DeadlyMessages::awaited(wanted, message->uid);
    const auto expected = found.by_target.find(message->uid);
    if (expected == found.by_target.end()) continue;
    if (digest == expected->second->digest) {
      found.checked.proven.add(message->uid);
      continue;
    }
    found.checked.altered.add(message->uid);
    found.add(Kind::altered, *expected->second,
              fmt::format("its {} bytes on the target are not those of the source (SHA-256 {} instead of {}): the server altered it, or "
                          "it was damaged there",
                          message->size, to_hex(digest.view()), to_hex(expected->second->digest.view())));
  }
  reading_ = 0;
  const UidSet unread = wanted.without(found.checked.proven).without(found.checked.altered);
  found.counts.unread += unread.size();
  for (const UidRange& range : unread.ranges()) {
    for (Uid uid = range.first; uid != 0 && uid <= range.last; ++uid) {
      found.add(Kind::altered, *found.by_target.at(uid), "the target lists it and does not give it: look at it there");
    }
  }
  co_return Result<>{};
}

// Of what is on the target.
Task<Result<>> ItemCheck::add_subjects(endpoint::FolderView& view, Found& found) {
  for (Difference& difference : found.differences) {
    if (subjects_ >= most_subjects) break;
    const Uid uid = difference.target_uid;
    if (!found.checked.seen.contains(uid) || deadly_.found().contains(uid)) continue;
    ++subjects_;
    reading_ = uid;
    GODWIT_CO_TRY(difference.subject, co_await read_subject(view, uid));
  }
  reading_ = 0;
  co_return Result<>{};
}

}  // namespace godwit::sync
