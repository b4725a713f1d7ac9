// SPDX-License-Identifier: Apache-2.0
// What every stream over a real connection does, plain or encrypted.
#include "base/error_code.h"
#include "net/stream.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <climits>
#include <future>
#include <random>

#include "tests/support/stream_helpers.h"
#include "tests/support/stream_peer.h"

namespace godwit::net {
namespace {

using namespace std::chrono_literals;
using namespace godwit::test;

constexpr std::size_t large = 32U << 20U;  // more than the kernel's buffers at both ends hold

class StreamTest : public testing::TestWithParam<Transport> {
 protected:
  [[nodiscard]] std::function<void(int)> peer(std::function<void(Peer&)> use) const {
    return peer_session(GetParam(), std::move(use));
  }
  void with_stream(const LoopbackServer& server, const std::function<Task<>(Stream&)>& use) const {
    test::with_stream(server, GetParam(), use);
  }
};

std::string name_of_transport(const testing::TestParamInfo<Transport>& info) {
  constexpr std::array names{"Tcp", "Tls12", "Tls13"};
  return names.at(static_cast<std::size_t>(info.param));
}

INSTANTIATE_TEST_SUITE_P(Real, StreamTest, testing::Values(Transport::tcp, Transport::tls12, Transport::tls13), name_of_transport);

std::vector<std::string_view> cut_into_pieces(std::string_view bytes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::string_view> pieces;
  while (!bytes.empty()) {
    const std::size_t size = std::min<std::size_t>(random() % 3 == 0 ? random() % 3 : random() % 20000, bytes.size());
    pieces.push_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return pieces;
}

// Runs beside the caller from when that one waits.
template <class Work>
Task<> start(Work work) {
  const auto begin = [work = std::move(work)]() -> Task<> {
    co_await pause(1ms);
    co_await work();
  };
  boost::asio::co_spawn(co_await boost::asio::this_coro::executor, begin, boost::asio::detached);
}

TEST_P(StreamTest, SaysWhatItIs) {
  const LoopbackServer server(peer([](Peer&) {}));
  with_stream(server, [&](Stream& stream) -> Task<> {
    constexpr std::array securities{"", "TLSv1.2", "TLSv1.3"};
    EXPECT_EQ(stream.security(), securities.at(static_cast<std::size_t>(GetParam())));
    EXPECT_EQ(stream.peer(), "127.0.0.1:" + std::to_string(server.port()));
    co_return;
  });
}

TEST_P(StreamTest, WritesManyPiecesToASlowReader) {
  const std::string bytes = random_bytes(large, 1);
  const auto pieces = cut_into_pieces(bytes, 1);
  ASSERT_GT(pieces.size(), 3U * IOV_MAX);
  std::string received;
  {
    std::promise<void> writer_waits;
    const LoopbackServer server(peer([&](Peer& peer) {
      writer_waits.get_future().wait_for(60s);
      received = peer.receive(large);
    }));
    with_stream(server, [&](Stream& stream) -> Task<> {
      const auto before = stream.waited_reading();
      co_await start([&]() -> Task<> {
        writer_waits.set_value();
        co_return;
      });
      const auto written = co_await stream.write(pieces);
      EXPECT_TRUE(written) << describe(written.error());
      EXPECT_GT(stream.waited_writing(), 0ns);
      EXPECT_EQ(stream.waited_reading(), before);
      EXPECT_EQ(co_await read_exactly(stream, 1), "");  // until the peer has read all
    });
  }
  EXPECT_TRUE(received == bytes);
}

TEST_P(StreamTest, ReadsWhatComesInParts) {
  const std::string bytes = random_bytes(large, 2);
  const LoopbackServer server(peer([&](Peer& peer) {
    for (const std::string_view piece : cut_into_pieces(bytes, 2)) peer.send(piece);
  }));
  with_stream(server, [&](Stream& stream) -> Task<> {
    const auto before = stream.waited_writing();
    const auto received = co_await read_exactly(stream, large + 1, 100'003);
    EXPECT_TRUE(received == bytes);
    EXPECT_EQ(stream.waited_writing(), before);
    EXPECT_EQ(co_await read_exactly(stream, 1), "");  // the end stays the end
  });
}

TEST_P(StreamTest, ReadsAndWritesAtTheSameTime) {
  const std::string bytes = random_bytes(large, 3);
  const LoopbackServer server(peer([&](Peer& peer) {  // an echo
    for (std::string part; !(part = peer.receive(1U << 16U)).empty();) peer.send(part);
  }));
  with_stream(server, [&](Stream& stream) -> Task<> {
    std::optional<Result<>> written;
    co_await start([&]() -> Task<> { written = co_await write_text(stream, bytes); });
    EXPECT_TRUE(co_await read_exactly(stream, large, 70'001) == bytes);
    EXPECT_TRUE(written && *written);
  });
}

TEST_P(StreamTest, TheWaitLimitEndsAReadAndSaysSo) {
  const LoopbackServer server(peer([](Peer& peer) { (void)peer.receive(1); }));
  with_stream(server, [&](Stream& stream) -> Task<> {
    stream.set_wait_limit(50ms);
    const auto before = stream.waited_reading();
    const auto result = co_await read_exactly(stream, 1);
    EXPECT_EQ(result.error().kind, ErrorKind::timeout);
    EXPECT_EQ(describe(result.error()), stream.peer() + ": the server sent nothing for 0.05 s (GW-3107)");
    EXPECT_GE(stream.waited_reading() - before, 50ms);
  });
}

TEST_P(StreamTest, TheWaitLimitEndsAWriteAndSaysSo) {
  std::promise<void> is_over;
  const LoopbackServer server(peer([&](Peer&) { is_over.get_future().wait(); }));
  const std::string bytes(large, 'x');
  with_stream(server, [&](Stream& stream) -> Task<> {
    stream.set_wait_limit(50ms);
    const auto result = co_await write_text(stream, bytes);
    EXPECT_EQ(result.error().kind, ErrorKind::timeout);
    EXPECT_EQ(describe(result.error()), stream.peer() + ": the server took nothing for 0.05 s (GW-3107)");
    stream.close();  // perhaps in the middle of a record
  });
  is_over.set_value();
}

TEST_P(StreamTest, AShorterLimitHoldsAfterALongerWait) {
  const LoopbackServer server(peer([](Peer& peer) {
    peer.send(peer.receive(1));
    (void)peer.receive(1);
  }));
  with_stream(server, [&](Stream& stream) -> Task<> {
    stream.set_wait_limit(1h);
    const auto before = stream.waited_reading();
    co_await start([&]() -> Task<> { EXPECT_TRUE(co_await write_text(stream, "x")); });  // so the reader has to wait
    EXPECT_EQ(co_await read_exactly(stream, 1), "x");
    EXPECT_GT(stream.waited_reading(), before);
    stream.set_wait_limit(50ms);
    EXPECT_EQ((co_await read_exactly(stream, 1)).error().kind, ErrorKind::timeout);
  });
}

// Eight waits of a tenth of a second with a limit of half a second. An attempt that a stall of the machine has lengthened says
// nothing.
TEST_P(StreamTest, TheWaitLimitIsForOneWaitNotForTheWhole) {
  for (bool is_told = false; !is_told;) {
    const LoopbackServer server(peer([](Peer& peer) {
      for (int i = 0; i < 8; ++i) {
        peer.send("x");
        std::this_thread::sleep_for(100ms);
      }
    }));
    with_stream(server, [&](Stream& stream) -> Task<> {
      stream.set_wait_limit(500ms);
      const auto begin = std::chrono::steady_clock::now();
      const auto received = co_await read_exactly(stream, 100);
      const bool is_stalled = std::chrono::steady_clock::now() - begin > 1100ms;
      is_told = received || !is_stalled;
      if (is_told) EXPECT_EQ(received, std::string(8, 'x'));
    });
    if (HasFailure()) break;
  }
}

TEST_P(StreamTest, ALateReaderDoesNotEndAWriterThatIsInTime) {
  std::promise<void> reader_is_late;
  const std::string bytes(large, 'x');
  const LoopbackServer server(peer([&](Peer& peer) {
    peer.send("x");
    reader_is_late.get_future().wait_for(60s);
    (void)peer.receive(large);
  }));
  with_stream(server, [&](Stream& stream) -> Task<> {
    EXPECT_EQ(co_await read_exactly(stream, 1), "x");  // and what TLS sends behind its handshake
    stream.set_wait_limit(30ms);
    bool reader_waits = false;
    co_await start([&]() -> Task<> {
      reader_waits = true;  // before anybody else gets his turn
      EXPECT_EQ((co_await read_exactly(stream, 1)).error().kind, ErrorKind::timeout);
      reader_is_late.set_value();
    });
    while (!reader_waits) co_await pause(1ms);
    stream.set_wait_limit(60s);
    const auto result = co_await write_text(stream, bytes);
    EXPECT_TRUE(result) << describe(result.error());
  });
}

TEST_P(StreamTest, CloseEndsAWaitingReaderAndAWaitingWriter) {
  std::promise<void> is_over;
  const LoopbackServer server(peer([&](Peer&) { is_over.get_future().wait(); }));
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
    while (ended < 2) co_await pause(1ms);
    EXPECT_EQ((co_await read_exactly(stream, 1)).error().kind, ErrorKind::canceled);
    EXPECT_EQ((co_await write_text(stream, "x")).error().kind, ErrorKind::canceled);
    EXPECT_EQ(stream.peer(), "127.0.0.1:" + std::to_string(server.port()));
  });
  is_over.set_value();
}

TEST_P(StreamTest, AnOrderlyEndIsAnEndOfFile) {
  const LoopbackServer server(peer([](Peer& peer) { peer.send("bye"); }));
  with_stream(server, [](Stream& stream) -> Task<> {
    EXPECT_EQ(co_await read_exactly(stream, 100), "bye");
    EXPECT_EQ(co_await read_exactly(stream, 100), "");
  });
}

TEST_P(StreamTest, AResetIsANetworkErrorWithItsTextAndPeer) {
  const LoopbackServer server(peer([](Peer& peer) {
    (void)peer.receive(1);  // not at once, so that the client has connected
    peer.reset();
  }));
  with_stream(server, [](Stream& stream) -> Task<> {
    EXPECT_TRUE(co_await write_text(stream, "x"));
    const auto result = co_await read_exactly(stream, 1);
    EXPECT_EQ(result.error(), make_error(codes::connection_broken, "reading: Connection reset by peer", {}, stream.peer()));
  });
}

TEST_P(StreamTest, WritingToAPeerThatHasGoneIsANetworkErrorNotASignal) {
  const LoopbackServer server(peer([](Peer& peer) {
    (void)peer.receive(1);
    peer.reset();
  }));
  with_stream(server, [](Stream& stream) -> Task<> {
    EXPECT_TRUE(co_await write_text(stream, "x"));
    EXPECT_FALSE(co_await read_exactly(stream, 1));
    const auto result = co_await write_text(stream, "x");
    EXPECT_EQ(result.error(), make_error(codes::connection_broken, "writing: Broken pipe", {}, stream.peer()));
  });
}

}  // namespace
}  // namespace godwit::net
