// SPDX-License-Identifier: Apache-2.0
#include "net/tcp_stream.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <climits>
#include <future>
#include <random>

#include "net/connect.h"
#include "tests/support/loopback_server.h"
#include "tests/support/run_task.h"
#include "tests/support/stream_helpers.h"

namespace godwit::net {
namespace {

using namespace std::chrono_literals;
using namespace godwit::test;

constexpr std::size_t large = 64U << 20U;

// Connects to the server and runs `use` on the stream.
template <class Use>
void with_stream(const LoopbackServer& server, Use use) {
  run_task([&]() -> Task<> {
    auto stream = co_await connect("127.0.0.1", server.port(), 5s);
    if (!stream) throw std::runtime_error(describe(stream.error()));
    co_await use(**stream);
  }(), 60s);
}

std::vector<std::string_view> cut_into_pieces(std::string_view bytes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::string_view> pieces;
  while (!bytes.empty()) {
    const std::size_t size = std::min<std::size_t>(random() % 3 == 0 ? random() % 3 : random() % 40000, bytes.size());
    pieces.push_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return pieces;
}

TEST(TcpStream, WritesManyPiecesToASlowReader) {
  const std::string bytes = random_bytes(large, 1);
  const auto pieces = cut_into_pieces(bytes, 1);
  ASSERT_GT(pieces.size(), 3U * IOV_MAX);
  std::string received;
  {
    LoopbackServer server([&](int connection) {
      std::this_thread::sleep_for(100ms);
      while (received.size() < large) {
        const std::string more = receive_exactly(connection, std::min<std::size_t>(1U << 20U, large - received.size()));
        if (more.empty()) break;
        received += more;
        if (received.size() % (8U << 20U) == 0) std::this_thread::sleep_for(10ms);
      }
    });
    with_stream(server, [&](Stream& stream) -> Task<> {
      const auto written = co_await stream.write(pieces);
      EXPECT_TRUE(written) << describe(written.error());
      EXPECT_GT(stream.waited_writing(), 0ns);
      EXPECT_EQ(stream.waited_reading(), 0ns);
    });
  }
  EXPECT_TRUE(received == bytes);
}

TEST(TcpStream, ReadsWhatComesInParts) {
  const std::string bytes = random_bytes(large, 2);
  LoopbackServer server([&](int connection) {
    std::this_thread::sleep_for(50ms);
    for (const std::string_view piece : cut_into_pieces(bytes, 2)) send_all(connection, piece);
  });
  with_stream(server, [&](Stream& stream) -> Task<> {
    const auto received = co_await read_exactly(stream, large + 1, 100'003);
    EXPECT_TRUE(received == bytes);
    EXPECT_EQ(stream.waited_writing(), 0ns);
    EXPECT_EQ(co_await read_exactly(stream, 1), "");  // the end stays the end
  });
}

TEST(TcpStream, SetsItsSocketOptions) {
  LoopbackServer server([](int connection) { (void)receive_until_end(connection); });
  with_stream(server, [](Stream& stream) -> Task<> {
    const auto socket = dynamic_cast<TcpStream&>(stream).release();
    const auto option = [&](int level, int name) {
      int value = 0;
      socklen_t size = sizeof value;
      ::getsockopt(socket->descriptor(), level, name, &value, &size);
      return value;
    };
    EXPECT_EQ(option(IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_EQ(option(SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPIDLE), 60);
    co_return;
  });
}

TEST(TcpStream, TheWaitLimitEndsAReadAndSaysSo) {
  LoopbackServer server([](int connection) { (void)receive_until_end(connection); });
  with_stream(server, [&](Stream& stream) -> Task<> {
    stream.set_wait_limit(50ms);
    const auto begin = std::chrono::steady_clock::now();
    const auto result = co_await read_exactly(stream, 1);
    const auto lasted = std::chrono::steady_clock::now() - begin;
    EXPECT_EQ(result.error().kind, ErrorKind::timeout);
    EXPECT_EQ(describe(result.error()), stream.peer() + ": the server sent nothing for 0.05 s");
    EXPECT_EQ(stream.peer(), "127.0.0.1:" + std::to_string(server.port()));
    EXPECT_GE(lasted, 50ms);
    EXPECT_LT(lasted, 5s);
    EXPECT_GE(stream.waited_reading(), 50ms);
  });
}

TEST(TcpStream, AShorterLimitHoldsAfterALongerWait) {
  LoopbackServer server([](int connection) {
    send_all(connection, receive_exactly(connection, 1));
    (void)receive_until_end(connection);
  });
  with_stream(server, [&](Stream& stream) -> Task<> {
    stream.set_wait_limit(1h);
    boost::asio::co_spawn(
        co_await boost::asio::this_coro::executor,
        [&]() -> Task<> {
          co_await pause(20ms);
          EXPECT_TRUE(co_await write_text(stream, "x"));
        },
        boost::asio::detached);
    EXPECT_EQ(co_await read_exactly(stream, 1), "x");
    EXPECT_GT(stream.waited_reading(), 0ns);
    stream.set_wait_limit(50ms);
    EXPECT_EQ((co_await read_exactly(stream, 1)).error().kind, ErrorKind::timeout);
  });
}

TEST(TcpStream, TheWaitLimitEndsAWriteAndSaysSo) {
  std::promise<void> is_over;
  LoopbackServer server([&](int) { is_over.get_future().wait(); });
  const std::string bytes(large, 'x');
  with_stream(server, [&](Stream& stream) -> Task<> {
    stream.set_wait_limit(50ms);
    const auto result = co_await write_text(stream, bytes);
    EXPECT_EQ(result.error().kind, ErrorKind::timeout);
    EXPECT_TRUE(result.error().what.contains("took nothing")) << result.error().what;
  });
  is_over.set_value();
}

TEST(TcpStream, TheWaitLimitIsForOneWaitNotForTheWhole) {
  LoopbackServer server([](int connection) {
    for (int i = 0; i < 12; ++i) {
      send_all(connection, "x");
      std::this_thread::sleep_for(100ms);
    }
  });
  with_stream(server, [](Stream& stream) -> Task<> {
    stream.set_wait_limit(1s);
    EXPECT_EQ(co_await read_exactly(stream, 100), std::string(12, 'x'));
  });
}

TEST(TcpStream, ALateReaderDoesNotEndAWriterThatIsInTime) {
  std::promise<void> reader_is_late;
  const std::string bytes(large, 'x');
  LoopbackServer server([&](int connection) {
    reader_is_late.get_future().wait();
    (void)receive_exactly(connection, large);
  });
  with_stream(server, [&](Stream& stream) -> Task<> {
    boost::asio::co_spawn(
        co_await boost::asio::this_coro::executor,
        [&]() -> Task<> {
          stream.set_wait_limit(30ms);
          auto read = read_exactly(stream, 1);
          const auto result = co_await std::move(read);
          EXPECT_EQ(result.error().kind, ErrorKind::timeout);
          reader_is_late.set_value();
        },
        boost::asio::detached);
    co_await pause(1ms);
    stream.set_wait_limit(20s);
    const auto result = co_await write_text(stream, bytes);
    EXPECT_TRUE(result) << describe(result.error());
  });
}

TEST(TcpStream, CloseEndsAWaitingReaderAndAWaitingWriter) {
  std::promise<void> is_over;
  LoopbackServer server([&](int) { is_over.get_future().wait(); });
  const std::string bytes(large, 'x');
  with_stream(server, [&](Stream& stream) -> Task<> {
    int ended = 0;
    const auto expect_canceled = [&](auto task) -> Task<> {
      const auto result = co_await std::move(task);
      EXPECT_EQ(result.error().kind, ErrorKind::canceled);
      ++ended;
    };
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::co_spawn(executor, expect_canceled(read_exactly(stream, 1)), boost::asio::detached);
    boost::asio::co_spawn(executor, expect_canceled(write_text(stream, bytes)), boost::asio::detached);
    co_await pause(20ms);
    EXPECT_EQ(ended, 0);
    stream.close();
    stream.close();
    co_await pause(20ms);
    EXPECT_EQ(ended, 2);
    EXPECT_EQ((co_await read_exactly(stream, 1)).error().kind, ErrorKind::canceled);
    EXPECT_EQ((co_await write_text(stream, "x")).error().kind, ErrorKind::canceled);
    EXPECT_EQ(stream.peer(), "127.0.0.1:" + std::to_string(server.port()));
  });
  is_over.set_value();
}

// Not at once, so that the client has connected.
void reset_after_a_byte(int connection) {
  (void)receive_exactly(connection, 1);
  reset_on_close(connection);
}

TEST(TcpStream, AResetIsANetworkErrorWithItsTextAndPeer) {
  LoopbackServer server(reset_after_a_byte);
  with_stream(server, [](Stream& stream) -> Task<> {
    EXPECT_TRUE(co_await write_text(stream, "x"));
    const auto result = co_await read_exactly(stream, 1);
    EXPECT_EQ(result.error(), (Error{ErrorKind::network, "reading: Connection reset by peer", {}, stream.peer()}));
  });
}

TEST(TcpStream, WritingToAPeerThatHasGoneIsANetworkErrorNotASignal) {
  LoopbackServer server(reset_after_a_byte);
  with_stream(server, [](Stream& stream) -> Task<> {
    EXPECT_TRUE(co_await write_text(stream, "x"));
    EXPECT_FALSE(co_await read_exactly(stream, 1));
    const auto result = co_await write_text(stream, "x");
    EXPECT_EQ(result.error().kind, ErrorKind::network);
    EXPECT_EQ(result.error().what, "writing: Broken pipe");
  });
}

TEST(TcpStream, ReadsAndWritesAtTheSameTime) {
  const std::string bytes = random_bytes(large, 3);
  LoopbackServer server([&](int connection) {  // an echo
    for (std::string part; !(part = receive_exactly(connection, 1U << 16U)).empty();) send_all(connection, part);
  });
  with_stream(server, [&](Stream& stream) -> Task<> {
    boost::asio::co_spawn(co_await boost::asio::this_coro::executor, write_text(stream, bytes), boost::asio::detached);
    EXPECT_TRUE(co_await read_exactly(stream, large) == bytes);
  });
}

}  // namespace
}  // namespace godwit::net
