// SPDX-License-Identifier: Apache-2.0
// For the tests of this folder: scripts for a session that is logged in.
#pragma once

#include <functional>

#include "adapters/imap/session.h"
#include "tests/support/run_task.h"
#include "tests/support/scripted_stream.h"

namespace godwit::adapters {

using Talk = std::function<Task<Result<>>(ImapSession&)>;

inline test::Conversation with_session(Talk talk) {
  return [talk = std::move(talk)](std::unique_ptr<net::Stream> stream) -> Task<Result<>> {
    auto client = std::make_unique<imap::Client>(std::move(stream), imap::ClientOptions());
    GODWIT_CO_CHECK(co_await client->greeting());
    ImapSession session(std::move(client), std::make_shared<ImapHost>());
    co_return co_await talk(session);
  };
}

// Plays the script in every delivery, and again with the connection failing at each of its steps.
inline void play(const char* text, Talk talk) {
  test::ScriptOptions pipelined;
  pipelined.early_writes = true;
  const test::Script script = test::Script::parse(text);
  const auto conversation = with_session(std::move(talk));
  test::play_in_every_delivery(script, conversation, 10, pipelined);
  test::play_failing_at_every_step(script, conversation, test::expect_network_error, pipelined);
}

}  // namespace godwit::adapters
