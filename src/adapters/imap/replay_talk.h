// SPDX-License-Identifier: Apache-2.0
// For the replays: what a round asks of a source (folders, INBOX, UIDs, list, messages, what is missing singly) and of a target (a folder,
// a message, flags), and what was understood, a line each.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "adapters/imap/session_talk.h"
#include "base/error_code.h"

namespace godwit::adapters::replay {

namespace fs = std::filesystem;
using Summary = std::vector<std::string>;

inline constexpr std::string_view message_bytes = "Subject: a\r\n\r\nb\r\n";

inline std::string told(const Error& error) {
  const std::string text = fmt::format("{} {}", name_of(error.kind), code_text(code_of(error)));
  return error.retry_after ? fmt::format("{} {} ms", text, error.retry_after->count()) : text;
}

inline bool is_lost(const Error& error) { return reaction_to(error.kind) == Reaction::reconnect; }

inline Task<Result<std::optional<endpoint::Folder>>> list_folders(ImapSession& session, Summary& summary) {
  GODWIT_CO_TRY(const auto folders, co_await session.folders());
  std::optional<endpoint::Folder> inbox;
  for (const endpoint::Folder& folder : folders) {
    const std::string_view state = folder.unreadable ? " unreadable" : (folder.selectable ? "" : " container");
    const std::string_view role = folder.role == endpoint::Role::none ? "none" : name_of(folder.role);
    summary.push_back(fmt::format("folder {} {}{}{} {} {}", folder.path.display(), role, state, folder.subscribed ? " subscribed" : "",
                                  folder.state.messages, folder.state.uid_validity));
    if (folder.path.is_inbox()) inbox = folder;
  }
  co_return inbox;
}

// All that can be read of these; what ends it is told. The UIDs that came.
inline Task<Result<UidSet>> read_messages(endpoint::FolderView& view, const UidSet& uids, Summary& summary, bool is_single) {
  const auto reader = view.fetch(uids);
  UidSet came;
  while (true) {
    const auto message = co_await reader->next();
    if (!message && is_lost(message.error())) co_return std::unexpected(message.error());
    if (!message) {
      summary.push_back(is_single ? fmt::format("error {} {}", uids.first(), told(message.error())) : "stopped " + told(message.error()));
      came.add(is_single ? uids : UidSet());
      co_return came;
    }
    if (!*message) co_return came;
    summary.push_back(fmt::format("message {} ({}) {}", (*message)->uid, (*message)->flags.to_string(), (*message)->size));
    came.add((*message)->uid);
  }
}

inline Task<Result<>> read_inbox(ImapSession& session, const endpoint::Folder& inbox, Summary& summary) {
  const auto view = session.open(inbox);
  GODWIT_CO_CHECK(co_await view->state());
  GODWIT_CO_TRY(const UidSet uids, co_await view->uids(1)->get());
  summary.push_back("uids " + uids.to_string());
  if (uids.empty()) co_return Result<>{};
  const auto list = view->list(uids, 0, {.date = true, .size = true});
  while (true) {
    GODWIT_CO_TRY(const auto items, co_await list->next());
    if (items.empty()) break;
    for (const endpoint::Item& item : items) summary.push_back(fmt::format("item {} ({}) {}", item.uid, item.flags.to_string(), item.size));
  }
  GODWIT_CO_TRY(const UidSet came, co_await read_messages(*view, uids, summary, uids.size() == 1));
  const bool is_to_wait = summary.back().ends_with("ms") || summary.back().contains("GW-3301");
  UidSet missing = is_to_wait ? UidSet() : uids.without(came);
  while (!missing.empty()) {
    const UidSet one = missing.take_first(1);
    GODWIT_CO_TRY(const UidSet single, co_await read_messages(*view, one, summary, true));
    if (single.empty()) summary.push_back("missing " + one.to_string());
  }
  co_return Result<>{};
}

inline Task<Result<>> as_source(ImapSession& session, Summary& summary) {
  GODWIT_CO_TRY(const auto inbox, co_await list_folders(session, summary));
  if (!inbox) co_return Result<>{};
  co_return co_await read_inbox(session, *inbox, summary);
}

inline Task<Result<>> append_one(ImapSession& session, const endpoint::Folder& folder, Summary& summary) {
  MessageFlags flags;
  flags.system = MessageFlags::seen | MessageFlags::flagged;
  const std::vector<endpoint::NewMessage> messages{{flags, "17-Jul-1996 02:44:25 -0700", message_bytes}};
  GODWIT_CO_TRY(const auto pending, co_await session.append(folder, messages));
  const auto outcome = co_await pending->get();
  // A BAD to a literal that was sent unasked makes the session connect again; the script goes on.
  if (!outcome && code_of(outcome.error()) == codes::extension_fails.number) {
    summary.push_back("append not_understood " + code_text(code_of(outcome.error())));
    co_return Result<>{};
  }
  if (!outcome) co_return std::unexpected(outcome.error());
  if (outcome->kind == endpoint::AppendOutcome::Kind::refused) {
    summary.push_back("append " + told(outcome->error));
  } else {
    summary.push_back(outcome->uids.empty() ? "stored" : fmt::format("stored {}", outcome->uids.front()));
  }
  co_return Result<>{};
}

inline Task<Result<>> as_target(ImapSession& session, Summary& summary) {
  GODWIT_CO_TRY(const auto inbox, co_await list_folders(session, summary));
  if (!inbox) co_return Result<>{};
  std::vector<endpoint::NewFolder> wanted(1);
  wanted.front().path = endpoint::FolderPath{{"Work"}};
  GODWIT_CO_TRY(const auto made, co_await session.create_folders(wanted));
  summary.push_back(made.at(0) ? fmt::format("made {} {}", made.at(0)->path.display(), made.at(0)->state.uid_validity)
                               : "not made " + told(made.at(0).error()));
  GODWIT_CO_CHECK(co_await append_one(session, *inbox, summary));
  MessageFlags added;
  added.add("\\Flagged");
  added.add("$label1");
  const std::vector<endpoint::TargetSession::FlagChange> changes{{1, added, {}}};
  const auto changed = co_await session.change_flags(*inbox, changes)->get();
  if (!changed && is_lost(changed.error())) co_return changed;
  summary.push_back(changed ? "flags ok" : "flags " + told(changed.error()));
  co_return Result<>{};
}

inline fs::path folder_above(const std::string& place) {
  for (fs::path folder = fs::absolute(__FILE__).parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::path found = folder / place; fs::is_directory(found)) return found;
  }
  return {};
}

}  // namespace godwit::adapters::replay
