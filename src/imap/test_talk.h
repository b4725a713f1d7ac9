// SPDX-License-Identifier: Apache-2.0
// Conversations of the client with a script: what is said, and how a script is played in every way it can be cut.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <utility>

#include "imap/client.h"
#include "tests/support/scripted_stream.h"

namespace godwit::imap {

using Talk = std::function<Task<Result<>>(Client&)>;

inline test::Conversation with_client(Talk talk, ClientOptions options = {}) {
  return [talk = std::move(talk), options](std::unique_ptr<net::Stream> stream) -> Task<Result<>> {
    Client client(std::move(stream), options);
    GODWIT_CO_CHECK(co_await client.greeting());
    co_return co_await talk(client);
  };
}

// A server may answer only what it was asked, and pipelined commands run ahead of the answers.
inline test::ScriptOptions pipelined() {
  test::ScriptOptions options;
  options.early_writes = true;
  return options;
}

inline void play(const char* text, Talk talk, ClientOptions options = {}) {
  const test::Script script = test::Script::parse(text);
  const auto conversation = with_client(std::move(talk), std::move(options));
  test::play_in_every_delivery(script, conversation, 10, pipelined());
  test::play_failing_at_every_step(script, conversation, test::expect_network_error, pipelined());
}

// The kind that a script expects, or the session's own error, which ends the conversation.
template <class T>
Result<> expect_kind(const Result<T>& result, ErrorKind kind) {
  if (!result && result.error().kind == ErrorKind::network && kind != ErrorKind::network)
    return std::unexpected(result.error());
  EXPECT_FALSE(result);
  if (!result) EXPECT_EQ(result.error().kind, kind);
  return {};
}

}  // namespace godwit::imap
