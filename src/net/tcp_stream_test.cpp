// SPDX-License-Identifier: Apache-2.0
// What only a plain connection has; see stream_test.cpp for the rest.
#include "net/tcp_stream.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "tests/support/stream_peer.h"

namespace godwit::net {
namespace {

TEST(TcpStream, SetsItsSocketOptions) {
  const test::LoopbackServer server([](int connection) { (void)test::receive_until_end(connection); });
  test::with_stream(server, test::Transport::tcp, [](Stream& stream) -> Task<> {
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

}  // namespace
}  // namespace godwit::net
