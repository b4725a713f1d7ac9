// SPDX-License-Identifier: Apache-2.0
// All that a migration says to a server, over the stream of a hostile one.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "adapters/imap/session.h"
#include "tests/support/hostile_stream.h"

namespace godwit::test {

// In the order in which they are said.
inline const std::vector<std::string> migration_commands{"greeting", "LOGIN", "CAPABILITY", "ID", "ENABLE", "NAMESPACE", "LIST",
                                                         "CREATE", "STATUS", "SUBSCRIBE", "EXAMINE", "UID SEARCH", "UID FETCH",
                                                         "APPEND"};

inline Task<Result<>> read_folder(adapters::ImapSession& session, const endpoint::Folder& folder) {
  const auto view = session.open(folder);
  GODWIT_CO_CHECK(co_await view->state());
  const auto search = view->uids(1);
  GODWIT_CO_TRY(const UidSet uids, co_await search->get());
  const auto items = view->list(uids, 0, {});
  while (true) {
    GODWIT_CO_TRY(const auto page, co_await items->next());
    if (page.empty()) break;
  }
  const auto messages = view->fetch(uids);
  while (true) {
    GODWIT_CO_TRY(const auto message, co_await messages->next());
    if (!message) break;
    while (message->streamed) {
      GODWIT_CO_TRY(const auto piece, co_await messages->read());
      if (piece.empty()) break;
    }
  }
  co_return Result<>{};
}

inline Task<Result<>> write_messages(adapters::ImapSession& session, const endpoint::Folder& folder) {
  const std::size_t count = std::min<std::size_t>(session.traits().batch_messages, 2);
  const std::vector<endpoint::NewMessage> messages(count, {{}, "01-Jul-2024 09:00:00 +0200", hostile_body});
  GODWIT_CO_TRY(const auto pending, co_await session.append(folder, messages));
  GODWIT_CO_TRY(const auto outcome, co_await pending->get());
  if (outcome.kind == endpoint::AppendOutcome::Kind::refused) co_return std::unexpected(outcome.error);
  co_return Result<>{};
}

// What a migration says to a server, as source and as target.
inline Task<Result<>> migrate(std::unique_ptr<net::Stream> stream) {
  imap::ClientOptions options;
  options.whole_body_limit = 1024;
  options.answer_limit = 64 * 1024;
  auto client = std::make_unique<imap::Client>(std::move(stream), options);
  client->set_wait_limit(std::chrono::seconds(60));
  GODWIT_CO_CHECK(co_await client->greeting());
  GODWIT_CO_CHECK(co_await client->login("alice", Secret("secret")).wait());
  GODWIT_CO_CHECK(co_await client->capability().wait());
  adapters::ImapSession session(std::move(client), std::make_shared<adapters::ImapHost>());
  GODWIT_CO_CHECK(co_await session.folders());
  std::vector<endpoint::NewFolder> wanted(1);
  wanted.front() = {endpoint::FolderPath{{"New"}}, endpoint::Role::none, true};
  GODWIT_CO_TRY(const auto made, co_await session.create_folders(wanted));
  if (!made.front()) co_return std::unexpected(made.front().error());
  endpoint::Folder inbox;
  inbox.name = "INBOX";
  GODWIT_CO_CHECK(co_await read_folder(session, inbox));
  co_return co_await write_messages(session, inbox);
}

}  // namespace godwit::test
