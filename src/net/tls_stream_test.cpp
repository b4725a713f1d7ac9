// SPDX-License-Identifier: Apache-2.0
#include "net/tls_stream.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <future>

#include "net/connect.h"
#include "tests/support/loopback_server.h"
#include "tests/support/run_task.h"
#include "tests/support/stream_helpers.h"
#include "tests/support/test_certificate.h"

namespace godwit::net {
namespace {

using namespace std::chrono_literals;
using namespace godwit::test;

constexpr std::size_t large = 64U << 20U;

const TestCertificate& identity() {
  static const TestCertificate certificate({});
  return certificate;
}

// Connects to the server, does the handshake, and runs `use` on the stream.
template <class Use>
void with_stream(const LoopbackServer& server, Use use) {
  run_task([&]() -> Task<> {
    auto plain = co_await connect("127.0.0.1", server.port(), 20s);
    if (!plain) throw std::runtime_error(describe(plain.error()));
    auto stream = co_await start_tls(*std::move(plain), "mail.example.com", {Trust::Mode::always, {}});
    if (!stream) throw std::runtime_error(describe(stream.error()));
    co_await use(**stream);
  }(), 120s);
}

// Sends `up` to a server that sends `down` at the same time, each in its own thread.
void exchange(int version, const std::string& up, const std::string& down, std::chrono::milliseconds pause_of_server) {
  std::string received;
  {
    // One SSL object must not be used by two threads, so the server takes turns: a part each way.
    const LoopbackServer server(tls_session(
        identity(),
        [&](SSL* ssl) {
          constexpr std::size_t part = 1U << 20U;
          for (std::size_t i = 0; i < down.size(); i += part) {
            tls_send_all(ssl, std::string_view(down).substr(i, part));
            if (i % (16 * part) == 0) std::this_thread::sleep_for(pause_of_server);
            received += tls_receive_exactly(ssl, std::min(part, up.size() - i));
          }
        },
        {.highest_version = version}));
    with_stream(server, [&](Stream& stream) -> Task<> {
      EXPECT_EQ(stream.security(), version == TLS1_3_VERSION ? "TLSv1.3" : "TLSv1.2");
      std::optional<Result<>> written;
      const auto write = [&]() -> Task<> { written = co_await write_text(stream, up); };
      boost::asio::co_spawn(co_await boost::asio::this_coro::executor, write, boost::asio::detached);
      const auto read = co_await read_exactly(stream, down.size() + 1, 70'001);
      EXPECT_TRUE(read == down);
      for (int i = 0; i < 1000 && !written; ++i) co_await pause(10ms);
      EXPECT_TRUE(written && *written);
      EXPECT_GT(stream.waited_reading() + stream.waited_writing(), 0ns);
    });
  }
  EXPECT_TRUE(received == up);
}

TEST(TlsStream, CarriesMuchInBothDirectionsAtOnce) {
  exchange(TLS1_3_VERSION, random_bytes(large, 1), random_bytes(large, 2), 20ms);
}

TEST(TlsStream, CarriesBothDirectionsOverTls12) {
  exchange(TLS1_2_VERSION, random_bytes(4U << 20U, 3), random_bytes(4U << 20U, 4), 0ms);
}

TEST(TlsStream, SurvivesNewKeysInTheMiddle) {
  const std::string bytes = random_bytes(8U << 20U, 5);
  std::string received;
  {
    const LoopbackServer server(tls_session(identity(), [&](SSL* ssl) {
      for (int i = 0; i < 8; ++i) {
        received += tls_receive_exactly(ssl, 1U << 20U);
        SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
        tls_send_all(ssl, "x");
      }
      (void)tls_receive_exactly(ssl, 1);  // the client's new keys, until it says goodbye
    }));
    with_stream(server, [&](Stream& stream) -> Task<> {
      const auto write = [&]() -> Task<> { EXPECT_TRUE(co_await write_text(stream, bytes)); };
      boost::asio::co_spawn(co_await boost::asio::this_coro::executor, write, boost::asio::detached);
      EXPECT_EQ(co_await read_exactly(stream, 8), "xxxxxxxx");
    });
  }
  EXPECT_TRUE(received == bytes);
}

// The sizes of the records that come, as SSL_read gives one at a time.
std::vector<std::size_t> record_sizes_of(const std::vector<std::string_view>& pieces) {
  std::size_t total = 0;
  for (const std::string_view piece : pieces) total += piece.size();
  std::vector<std::size_t> sizes;
  {
    const LoopbackServer server(tls_session(identity(), [&](SSL* ssl) {
      std::string buffer(1U << 16U, '\0');
      std::size_t received = 0;
      for (std::size_t done = 0; done < total && SSL_read_ex(ssl, buffer.data(), buffer.size(), &received) == 1;) {
        sizes.push_back(received);
        done += received;
      }
    }));
    with_stream(server, [&](Stream& stream) -> Task<> {
      EXPECT_TRUE(co_await stream.write(pieces));
      EXPECT_EQ(co_await read_exactly(stream, 1), "");  // until the server has read all
    });
  }
  return sizes;
}

TEST(TlsStream, SmallPiecesShareARecord) {
  const std::string body(40000, 'b');
  using Sizes = std::vector<std::size_t>;
  EXPECT_EQ(record_sizes_of({"A1 APPEND ", "INBOX", "", " {2+}\r\n", "xx", "\r\n"}), Sizes{26});
  EXPECT_EQ(record_sizes_of({body}), (Sizes{16384, 16384, 7232}));
  EXPECT_EQ(record_sizes_of({"head", body, "\r\n"}), (Sizes{16384, 16384, 7238}));
  EXPECT_EQ(record_sizes_of({body, "tail"}), (Sizes{16384, 16384, 7236}));
}

TEST(TlsStream, AnOrderlyEndIsAnEndOfFile) {
  const LoopbackServer server(tls_session(identity(), [](SSL* ssl) { tls_send_all(ssl, "bye"); }));
  with_stream(server, [](Stream& stream) -> Task<> {
    EXPECT_EQ(co_await read_exactly(stream, 100), "bye");
    EXPECT_EQ(co_await read_exactly(stream, 100), "");
  });
}

TEST(TlsStream, AnEndWithoutGoodbyeIsANetworkErrorAfterTheBytes) {
  const LoopbackServer server(
      tls_session(identity(), [](SSL* ssl) { tls_send_all(ssl, "cut"); }, {.says_goodbye = false}));
  with_stream(server, [](Stream& stream) -> Task<> {
    EXPECT_EQ(co_await read_exactly(stream, 3), "cut");
    for (int i = 0; i < 2; ++i) {
      const auto result = co_await read_exactly(stream, 1);
      EXPECT_EQ(result.error().kind, ErrorKind::network);
      EXPECT_TRUE(result.error().what.contains("without ending TLS")) << describe(result.error());
    }
  });
}

TEST(TlsStream, BytesInFrontOfAnErrorAreDeliveredFirst) {
  std::promise<void> is_all_sent;
  auto all_sent = is_all_sent.get_future();
  const LoopbackServer server([&](int connection) {
    tls_session(identity(), [](SSL* ssl) { tls_send_all(ssl, "good"); }, {.says_goodbye = false})(connection);
    send_all(connection, "this is no TLS record at all");
    is_all_sent.set_value();
    (void)receive_until_end(connection);
  });
  with_stream(server, [&](Stream& stream) -> Task<> {
    all_sent.wait();
    std::array<char, 100> buffer;
    const auto size = co_await stream.read_some(buffer);
    EXPECT_EQ(size, 4U);
    for (int i = 0; i < 2; ++i) EXPECT_EQ((co_await stream.read_some(buffer)).error().kind, ErrorKind::tls);
  });
}

TEST(TlsStream, AResetIsANetworkErrorAndNoSignal) {
  const LoopbackServer server([](int connection) {
    tls_session(identity(), [](SSL*) {}, {.says_goodbye = false})(connection);
    reset_on_close(connection);
  });
  const std::string bytes = random_bytes(8U << 20U, 6);
  with_stream(server, [&](Stream& stream) -> Task<> {
    const auto read = co_await read_exactly(stream, 1);
    EXPECT_EQ(read.error().kind, ErrorKind::network);
    const auto written = co_await write_text(stream, bytes);
    EXPECT_FALSE(written);
    EXPECT_EQ(written.error().where, stream.peer());
  });
}

TEST(TlsStream, TheWaitLimitEndsReadsAndWrites) {
  std::promise<void> is_over;
  const LoopbackServer server(tls_session(identity(), [&](SSL*) { is_over.get_future().wait(); }));
  const std::string bytes(large, 'x');
  with_stream(server, [&](Stream& stream) -> Task<> {
    stream.set_wait_limit(50ms);
    EXPECT_EQ((co_await read_exactly(stream, 1)).error().kind, ErrorKind::timeout);
    EXPECT_EQ((co_await write_text(stream, bytes)).error().kind, ErrorKind::timeout);
    stream.close();  // in the middle of a record
    is_over.set_value();
  });
}

TEST(TlsStream, CloseEndsAWaitingReaderAndAWaitingWriter) {
  std::promise<void> is_over;
  const LoopbackServer server(tls_session(identity(), [&](SSL*) { is_over.get_future().wait(); }));
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
    co_await pause(100ms);
    EXPECT_EQ(ended, 0);
    stream.close();
    stream.close();
    co_await pause(20ms);
    EXPECT_EQ(ended, 2);
    EXPECT_EQ((co_await read_exactly(stream, 1)).error().kind, ErrorKind::canceled);
    is_over.set_value();
  });
}

TEST(TlsStream, CloseSaysGoodbye) {
  int how_it_ended = 0;
  {
    const LoopbackServer server(tls_session(identity(), [&](SSL* ssl) {
      char byte = 0;
      how_it_ended = SSL_get_error(ssl, SSL_read(ssl, &byte, 1));
    }));
    with_stream(server, [](Stream&) -> Task<> { co_return; });
  }
  EXPECT_EQ(how_it_ended, SSL_ERROR_ZERO_RETURN);
}

}  // namespace
}  // namespace godwit::net
