// SPDX-License-Identifier: Apache-2.0
// What only an encrypted connection has; see stream_test.cpp for the rest.
#include "net/tls_stream.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <future>

#include "tests/support/stream_helpers.h"
#include "tests/support/stream_peer.h"

namespace godwit::net {
namespace {

using namespace std::chrono_literals;
using namespace godwit::test;

void with_stream(const LoopbackServer& server, const std::function<Task<>(Stream&)>& use) {
  test::with_stream(server, Transport::tls13, use);
}

TEST(TlsStream, SurvivesNewKeysInTheMiddle) {
  const std::string bytes = random_bytes(8U << 20U, 5);
  std::string received;
  {
    const LoopbackServer server(tls_session(peer_certificate(), [&](SSL* ssl) {
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
    const LoopbackServer server(tls_session(peer_certificate(), [&](SSL* ssl) {
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

TEST(TlsStream, AnEndWithoutGoodbyeIsANetworkErrorAfterTheBytes) {
  const LoopbackServer server(
      tls_session(peer_certificate(), [](SSL* ssl) { tls_send_all(ssl, "cut"); }, {.says_goodbye = false}));
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
    tls_session(peer_certificate(), [](SSL* ssl) { tls_send_all(ssl, "good"); }, {.says_goodbye = false})(connection);
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

TEST(TlsStream, CloseSaysGoodbye) {
  int how_it_ended = 0;
  {
    const LoopbackServer server(tls_session(peer_certificate(), [&](SSL* ssl) {
      char byte = 0;
      how_it_ended = SSL_get_error(ssl, SSL_read(ssl, &byte, 1));
    }));
    with_stream(server, [](Stream&) -> Task<> { co_return; });
  }
  EXPECT_EQ(how_it_ended, SSL_ERROR_ZERO_RETURN);
}

}  // namespace
}  // namespace godwit::net
