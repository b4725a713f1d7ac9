// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "probe/checks.h"
#include "probe/specimens.h"

namespace godwit::probe {
namespace {

using endpoint::Folder;

constexpr std::size_t messages_there = 5;

Task<Result<UidSet>> ask_uids(Stage& stage, const Folder& folder, Uid from) {
  GODWIT_CO_TRY(auto* const session, co_await stage.reader());
  const auto view = session->open(folder);
  GODWIT_CO_CHECK(co_await view->state());
  co_return co_await view->uids(from)->get();
}

// Every way to ask how many there are.
Task<Result<>> check_counts(Stage& stage, Sheet& sheet, const Folder& folder, const Contents& contents) {
  sheet.holds(contents.state.messages == messages_there, "listing.count", "the number of messages", Harm::told,
              fmt::format("it tells {}, and {} were stored", contents.state.messages, messages_there));
  sheet.holds(contents.messages.size() == messages_there, "listing.read", "every message can be read", Harm::grave,
              fmt::format("{} of {} are given", contents.messages.size(), messages_there));
  UidSet given;
  for (const endpoint::Message& message : contents.messages) given.add(message.uid);
  GODWIT_CO_TRY(const UidSet found, co_await ask_uids(stage, folder, 1));
  sheet.holds(found == given, "listing.search", "the list of UIDs (SEARCH)", Harm::grave,
              fmt::format("it has {}, and the messages are {}", found.to_string(), given.to_string()));
  if (given.size() >= 3) {
    const Uid from = contents.messages[2].uid;
    GODWIT_CO_TRY(const UidSet upper, co_await ask_uids(stage, folder, from));
    sheet.holds(upper == given.intersect(UidSet::of_range(from, ~Uid{0})), "listing.search-from", "the UIDs from one on", Harm::grave,
                fmt::format("from {} on it has {}", from, upper.to_string()));
  }
  GODWIT_CO_TRY(const auto folders, co_await stage.listed());
  const auto same = std::ranges::find(folders, folder.path, &Folder::path);
  if (same != folders.end()) {
    sheet.holds(same->state.messages == messages_there, "listing.status", "the number in the list of folders (STATUS)", Harm::told,
                fmt::format("it tells {}", same->state.messages));
  }
  co_return Result<>{};
}

Task<Result<>> check_items(Stage& stage, Sheet& sheet, const Folder& folder, const Contents& contents) {
  GODWIT_CO_TRY(const auto items, co_await stage.list(folder, {.date = true, .size = true}));
  sheet.holds(items.size() == contents.messages.size(), "listing.items", "the list of messages (FETCH FLAGS)", Harm::grave,
              fmt::format("it has {}, and {} can be read", items.size(), contents.messages.size()));
  std::size_t other_sizes = 0;
  std::string example;
  for (const endpoint::Item& item : items) {
    const endpoint::Message* const message = contents.find(item.uid);
    if (message == nullptr || item.size == message->bytes.size()) continue;
    ++other_sizes;
    example = fmt::format("UID {}: {} bytes told, {} given", item.uid, item.size, message->bytes.size());
  }
  sheet.holds(other_sizes == 0, "listing.size", "sizes (RFC822.SIZE)", Harm::told, example);
  const bool has_dates = std::ranges::none_of(items, [](const endpoint::Item& item) { return item.date.empty(); });
  sheet.holds(has_dates, "listing.date", "dates in a list", Harm::told, "some are missing");
  co_return Result<>{};
}

// A message that is gone is no error, and the session goes on.
Task<Result<>> check_missing(Stage& stage, Sheet& sheet, const Folder& folder) {
  const std::string key = "listing.missing", subject = "asking for a message that is gone";
  GODWIT_CO_TRY(auto* const session, co_await stage.reader());
  const auto view = session->open(folder);
  GODWIT_CO_TRY(const FolderToken state, co_await view->state());
  const Uid beyond = state.uid_next + 1'000;
  const auto reader = view->fetch(UidSet::of_range(beyond, beyond));
  const auto told = co_await reader->next();
  if (!told && ends_session(told.error())) {
    stage.drop();
    sheet.refused(key, subject, told.error());
  } else if (told && *told) {
    sheet.broken(key, subject, Harm::grave, fmt::format("another message is given: UID {}", (*told)->uid));
    stage.drop();
  } else if (told) {
    sheet.kept(key, subject, "nothing is given");
  } else {
    sheet.altered(key, subject, Harm::none, "it says no: " + told.error().server_text);
    stage.drop();
  }
  co_return Result<>{};
}

Task<Result<>> check_object_ids(Stage& stage, Sheet& sheet, const Folder& folder) {
  const std::string key = "listing.object-ids", subject = "a name for a message that is the same in every folder";
  GODWIT_CO_TRY(auto* const session, co_await stage.reader());
  if (!session->traits().tells_object_ids) {
    sheet.not_told(key, subject);
    co_return Result<>{};
  }
  GODWIT_CO_TRY(const auto items, co_await stage.list(folder, {.object_id = true}));
  const bool has_all = std::ranges::none_of(items, [](const endpoint::Item& item) { return item.object_id == 0; });
  sheet.holds(has_all, key, subject, Harm::told, "it is announced, and not told of every message");
  co_return Result<>{};
}

Task<Result<>> check_changes_told(Stage& stage, Sheet& sheet, const Folder& folder, const Contents& contents) {
  const std::string key = "listing.changes", subject = "what changed since (CONDSTORE)";
  GODWIT_CO_TRY(auto* const session, co_await stage.reader());
  if (!session->traits().tells_changes || contents.messages.size() < messages_there) {
    sheet.not_told(key, subject);
    co_return Result<>{};
  }
  GODWIT_CO_TRY(const FolderToken before, co_await stage.state(folder));
  if (before.highest_modseq == 0) {
    sheet.not_told(key, subject, "announced, but not for this folder");
    co_return Result<>{};
  }
  const Uid changed = contents.messages[1].uid;
  MessageFlags flag;
  flag.add("\\Flagged");
  GODWIT_CO_CHECK(co_await stage.change_flags(folder, changed, flag));
  const std::string bytes = plain_message(99);
  const std::array<endpoint::NewMessage, 1> one{{{{}, std::string(plain_date), bytes}}};
  GODWIT_CO_CHECK(co_await stage.append(folder, one));
  GODWIT_CO_TRY(const auto items, co_await stage.list(folder, {}, before.highest_modseq));
  const bool has_flag = std::ranges::find(items, changed, &endpoint::Item::uid) != items.end();
  const bool has_new = std::ranges::any_of(items, [&](const endpoint::Item& item) { return contents.find(item.uid) == nullptr; });
  if (has_flag && has_new && items.size() > 2) {
    sheet.altered(key, subject, Harm::none, fmt::format("2 messages changed, {} are told", items.size()));
  } else {
    sheet.holds(has_flag && has_new, key, subject, Harm::grave,
                fmt::format("{} is not told", has_flag ? "a new message" : "a change of flags"));
  }
  co_return Result<>{};
}

}  // namespace

Task<Result<>> check_listing(Stage& stage, Sheet& sheet) {
  GODWIT_CO_TRY(const Folder folder, co_await stage.make_filled("listing", messages_there));
  GODWIT_CO_TRY(const Contents contents, co_await stage.read(folder));
  GODWIT_CO_CHECK(co_await check_counts(stage, sheet, folder, contents));
  GODWIT_CO_CHECK(co_await check_items(stage, sheet, folder, contents));
  GODWIT_CO_CHECK(co_await check_missing(stage, sheet, folder));
  GODWIT_CO_CHECK(co_await check_object_ids(stage, sheet, folder));
  GODWIT_CO_CHECK(co_await check_changes_told(stage, sheet, folder, contents));
  co_return Result<>{};
}

}  // namespace godwit::probe
