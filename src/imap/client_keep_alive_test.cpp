// SPDX-License-Identifier: Apache-2.0
// A NOOP in the silence, and only there.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <semaphore>
#include <thread>

#include "imap/client.h"
#include "net/connect.h"
#include "tests/support/loopback_server.h"
#include "tests/support/run_task.h"
#include "tests/support/stream_helpers.h"

namespace godwit::imap {
namespace {

using namespace std::chrono_literals;
using namespace godwit::test;

constexpr std::string_view greeting = "* OK [CAPABILITY IMAP4rev1] ready\r\n";

Task<Result<std::unique_ptr<Client>>> open(const LoopbackServer& server) {
  GODWIT_CO_TRY(auto stream, co_await net::connect("127.0.0.1", server.port(), 20s));
  auto client = std::make_unique<Client>(std::move(stream), ClientOptions{});
  GODWIT_CO_CHECK(co_await client->greeting());
  co_return client;
}

TEST(KeepAlive, NoopsGoOutInTheSilenceAndAreAnsweredBehind) {
  std::binary_semaphore seen(0);
  LoopbackServer server([&](int connection) {
    send_all(connection, greeting);
    EXPECT_EQ(receive_exactly(connection, 36), "A0001 NOOP\r\nA0002 NOOP\r\nA0003 NOOP\r\n");
    send_all(connection, "A0001 OK\r\nA0002 OK\r\n* 5 EXISTS\r\nA0003 OK\r\n");
    seen.release();
    std::string rest;
    while (!rest.ends_with("CAPABILITY\r\n")) {
      const std::string byte = receive_exactly(connection, 1);
      if (byte.empty()) return;
      rest += byte;
    }
    std::size_t place = 0;
    while (place < rest.size()) {
      send_all(connection, rest.substr(place, 5) + " OK done\r\n");
      place = rest.find('\n', place) + 1;
    }
    (void)receive_until_end(connection);
  });
  const auto result = run_task([&]() -> Task<Result<>> {
    GODWIT_CO_TRY(const auto client, co_await open(server));
    co_await client->keep_alive(1ms);
    while (!seen.try_acquire()) co_await pause(1ms);
    GODWIT_CO_CHECK(co_await client->capability().wait());
    co_return Result<>{};
  }());
  EXPECT_TRUE(result) << describe(result.error());
}

TEST(KeepAlive, NothingGoesOutWhileAnAnswerIsWaitedFor) {
  std::string sent;
  {
    LoopbackServer server([&](int connection) {
      send_all(connection, greeting);
      sent = receive_exactly(connection, 18);
      send_all(connection, "* CAPABILITY IMAP4rev1\r\n");
      std::this_thread::sleep_for(50ms);  // many intervals
      char more[64];
      const ssize_t size = ::recv(connection, more, sizeof more, MSG_DONTWAIT);
      if (size > 0) sent.append(more, static_cast<std::size_t>(size));
    });
    const auto result = run_task([&]() -> Task<Result<>> {
      GODWIT_CO_TRY(const auto client, co_await open(server));
      auto command = client->capability();
      co_await client->keep_alive(1ms);
      const auto answer = co_await command.wait();
      EXPECT_FALSE(answer);
      EXPECT_EQ(answer.error().kind, ErrorKind::network) << describe(answer.error());
      co_return Result<>{};
    }());
    EXPECT_TRUE(result);
  }
  EXPECT_EQ(sent, "A0001 CAPABILITY\r\n");
}

Task<> open_and_leave(const LoopbackServer& server) {
  const auto client = co_await open(server);
  EXPECT_TRUE(client);
  if (client) co_await (*client)->keep_alive(1h);
}

TEST(KeepAlive, EndsWithTheClient) {
  LoopbackServer server([](int connection) {
    send_all(connection, greeting);
    EXPECT_EQ(receive_until_end(connection), "");
  });
  boost::asio::io_context context;
  boost::asio::co_spawn(context, open_and_leave(server), boost::asio::detached);
  context.run();  // comes back: nothing waits any more
}

}  // namespace
}  // namespace godwit::imap
