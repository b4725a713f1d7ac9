// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/internal_date.h"
#include "probe/checks.h"
#include "probe/specimens.h"

namespace godwit::probe {
namespace {

using endpoint::Folder;
using endpoint::Message;

UidSet uids_of(const std::vector<Message>& messages) {
  UidSet uids;
  for (const Message& message : messages) uids.add(message.uid);
  return uids;
}

UidSet of_places(const Contents& contents, std::initializer_list<std::size_t> places) {
  UidSet uids;
  for (const std::size_t place : places) uids.add(contents.messages.at(place).uid);
  return uids;
}

std::string left_over(const UidSet& there, const UidSet& wanted) {
  const UidSet missing = wanted.without(there), too_many = there.without(wanted);
  std::string text;
  if (!missing.empty()) text = "gone, too: UID " + missing.to_string();
  if (!too_many.empty()) text += (text.empty() ? "still there: UID " : "; still there: UID ") + too_many.to_string();
  return text;
}

// Whether each message is where the answer says, with its flags and its date.
void judge_moved(Sheet& sheet, const Contents& before, const Contents& after, const endpoint::TargetSession::Moved& moved,
                 const UidSet& wanted) {
  bool are_told = moved.uids.size() == wanted.size(), have_all = true;
  for (const auto& [from, to] : moved.uids) {
    const Message *const old = before.find(from), *const now = after.find(to);
    are_told = are_told && old != nullptr && now != nullptr && old->bytes == now->bytes;
  }
  for (const Message& old : before.messages) {
    if (!wanted.contains(old.uid)) continue;
    const Message* const now = after.find(old.bytes);
    const auto old_date = InternalDate::parse(old.date), new_date = now != nullptr ? InternalDate::parse(now->date) : std::nullopt;
    have_all = have_all && now != nullptr && now->flags == old.flags && old_date && new_date && old_date->same_instant(*new_date);
  }
  if (moved.uids.empty()) sheet.not_told("changes.move-uids", "where moved messages are");
  else sheet.holds(are_told, "changes.move-uids", "where moved messages are", Harm::grave, "other UIDs are told than they have");
  sheet.holds(have_all, "changes.move-keeps", "a moved message keeps flags and date", Harm::grave, "some are lost on the way");
}

Task<Result<>> check_move(Stage& stage, Sheet& sheet) {
  const std::string key = "changes.move", subject = "moving touches no other message";
  GODWIT_CO_TRY(auto* session, co_await stage.writer());
  if (!session->traits().moves_messages) {
    sheet.not_told(key, "moving messages (MOVE with UIDPLUS)");
    co_return Result<>{};
  }
  GODWIT_CO_TRY(const Folder from, co_await stage.make_filled("from", 5));
  GODWIT_CO_TRY(const Folder to, co_await stage.make("to"));
  GODWIT_CO_TRY(Contents before, co_await stage.read(from));
  if (before.messages.size() < 5) co_return Result<>{};  // stands with the listing
  MessageFlags flags;
  flags.add("\\Flagged");
  GODWIT_CO_CHECK(co_await stage.change_flags(from, before.messages[1].uid, flags));
  GODWIT_CO_TRY(before, co_await stage.read(from));
  const UidSet wanted = of_places(before, {1, 3});
  GODWIT_CO_TRY(session, co_await stage.writer());  // the first one may be lost by now
  const auto moved = co_await session->move(from, wanted, to);
  if (!moved) {
    if (ends_session(moved.error())) stage.drop();
    sheet.refused(key, "moving messages", moved.error());
    co_return Result<>{};
  }
  GODWIT_CO_TRY(const Contents rest, co_await stage.read(from));
  GODWIT_CO_TRY(const Contents there, co_await stage.read(to));
  const UidSet expected = uids_of(before.messages).without(wanted);
  sheet.holds(uids_of(rest.messages) == expected, key, subject, Harm::grave, left_over(uids_of(rest.messages), expected));
  judge_moved(sheet, before, there, *moved, wanted);
  co_return Result<>{};
}

// What somebody else has marked as deleted is not godwit's to remove.
Task<Result<>> check_removal(Stage& stage, Sheet& sheet) {
  const std::string key = "changes.remove", subject = "removing touches no other message, marked or not";
  GODWIT_CO_TRY(auto* session, co_await stage.writer());
  if (!session->traits().removes_messages) {
    sheet.not_told(key, "removing single messages (UIDPLUS)");
    co_return Result<>{};
  }
  GODWIT_CO_TRY(const Folder folder, co_await stage.make_filled("removal", 4));
  GODWIT_CO_TRY(const Contents before, co_await stage.read(folder));
  if (before.messages.size() < 4) co_return Result<>{};
  MessageFlags deleted;
  deleted.add("\\Deleted");
  GODWIT_CO_CHECK(co_await stage.change_flags(folder, before.messages[0].uid, deleted));
  const UidSet wanted = of_places(before, {2});
  GODWIT_CO_TRY(session, co_await stage.writer());  // the first one may be lost by now
  const auto removed = co_await session->remove(folder, wanted)->get();
  if (!removed) {
    if (ends_session(removed.error())) stage.drop();
    sheet.refused(key, "removing messages", removed.error());
    co_return Result<>{};
  }
  GODWIT_CO_TRY(const Contents rest, co_await stage.read(folder));
  const UidSet expected = uids_of(before.messages).without(wanted);
  sheet.holds(uids_of(rest.messages) == expected, key, subject, Harm::grave, left_over(uids_of(rest.messages), expected));
  co_return Result<>{};
}

// A change of one message, and of one that is gone.
Task<Result<>> check_flag_changes(Stage& stage, Sheet& sheet) {
  GODWIT_CO_TRY(const Folder folder, co_await stage.make_filled("marked", 3));
  GODWIT_CO_TRY(const Contents before, co_await stage.read(folder));
  if (before.messages.size() < 3) co_return Result<>{};
  MessageFlags seen;
  seen.add("\\Seen");
  const Uid middle = before.messages[1].uid;
  const auto changed = co_await stage.change_flags(folder, middle, seen);
  if (!changed) {
    if (ends_session(changed.error())) stage.drop();
    sheet.refused("changes.flags", "a change of flags touches no other message", changed.error());
    co_return Result<>{};
  }
  GODWIT_CO_TRY(const auto items, co_await stage.list(folder));
  const bool is_right = std::ranges::all_of(items, [&](const endpoint::Item& item) {
    return (item.flags.system & MessageFlags::seen) == (item.uid == middle ? MessageFlags::seen : 0);
  });
  sheet.holds(is_right, "changes.flags", "a change of flags touches no other message", Harm::grave,
              "other messages show it, or the right one does not");
  const auto gone = co_await stage.change_flags(folder, before.state.uid_next + 1'000, seen);
  if (gone) {
    sheet.kept("changes.flags-gone", "flags of a message that is gone are passed over");
  } else {
    if (ends_session(gone.error())) stage.drop();
    sheet.refused("changes.flags-gone", "flags of a message that is gone are passed over", gone.error(), Harm::none);
  }
  co_return Result<>{};
}

}  // namespace

Task<Result<>> check_changes(Stage& stage, Sheet& sheet) {
  GODWIT_CO_CHECK(co_await check_move(stage, sheet));
  GODWIT_CO_CHECK(co_await check_removal(stage, sheet));
  GODWIT_CO_CHECK(co_await check_flag_changes(stage, sheet));
  co_return Result<>{};
}

}  // namespace godwit::probe
