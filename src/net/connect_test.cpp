// SPDX-License-Identifier: Apache-2.0
#include "net/connect.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include "net/connection_race.h"
#include "net/tcp_stream.h"
#include "tests/support/loopback_server.h"
#include "tests/support/run_task.h"
#include "tests/support/scripted_stream.h"
#include "tests/support/stream_helpers.h"

namespace godwit::net {
namespace {

using namespace std::chrono_literals;
using namespace godwit::test;
using boost::asio::ip::make_address;
using boost::asio::ip::tcp;

const auto loopback = make_address("127.0.0.1");

// A port of the loopback interface that answers to nothing: its queue of connections is full, so the kernel drops the rest.
class SilentPort {
 public:
  explicit SilentPort(const boost::asio::ip::address& address = loopback) {
    const tcp family = address.is_v6() ? tcp::v6() : tcp::v4();
    acceptor_.open(family);
    acceptor_.bind({address, 0});
    acceptor_.listen(0);
    for (tcp::socket& filler : fillers_) {
      filler.open(family);
      filler.native_non_blocking(true);
      const tcp::endpoint target = acceptor_.local_endpoint();
      (void)::connect(filler.native_handle(), target.data(), static_cast<socklen_t>(target.size()));
    }
  }
  [[nodiscard]] tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  boost::asio::io_context context_;
  tcp::acceptor acceptor_{context_};
  std::vector<tcp::socket> fillers_ = [this] {
    std::vector<tcp::socket> sockets;
    for (int i = 0; i < 4; ++i) sockets.emplace_back(context_);
    return sockets;
  }();
};

// A port that refuses: it is taken, so that nobody else gets it, but nobody listens.
class RefusingPort {
 public:
  RefusingPort() {
    socket_.open(tcp::v4());
    socket_.bind({loopback, 0});
  }
  [[nodiscard]] tcp::endpoint endpoint() const { return socket_.local_endpoint(); }

 private:
  boost::asio::io_context context_;
  tcp::socket socket_{context_};
};

Result<tcp::endpoint> race(std::vector<tcp::endpoint> endpoints, std::chrono::milliseconds limit) {
  return run_task([&]() -> Task<Result<tcp::endpoint>> {
    const auto runner = std::make_shared<ConnectionRace>(co_await boost::asio::this_coro::executor, endpoints);
    GODWIT_CO_TRY(const auto socket, co_await runner->run(std::chrono::steady_clock::now() + limit));
    co_return socket.remote_endpoint();
  }());
}

TEST(Connect, ResolvesNames) {
  LoopbackServer server([](int connection) { send_all(connection, "hello"); });
  run_task([&]() -> Task<> {
    auto stream = co_await connect("localhost", server.port(), 30s);
    EXPECT_TRUE(stream) << describe(stream.error());
    if (!stream) co_return;
    EXPECT_EQ(co_await read_exactly(**stream, 100), "hello");
    EXPECT_EQ((*stream)->peer(), "127.0.0.1:" + std::to_string(server.port()));
    EXPECT_EQ((*stream)->security(), "");
  }());
}

TEST(Connect, ARefusedConnectionNamesAddressAndReason) {
  const RefusingPort refusing;
  const auto port = refusing.endpoint().port();
  const auto stream = run_task(connect("127.0.0.1", port, 30s));
  EXPECT_EQ(stream.error().kind, ErrorKind::network);
  EXPECT_EQ(describe(stream.error()),
            "127.0.0.1:" + std::to_string(port) + ": cannot connect: 127.0.0.1: Connection refused (GW-3103)");
}

TEST(Connect, ANameThatDoesNotExistIsANetworkError) {
  const std::string impossible = std::string(64, 'x') + ".invalid";  // no label is so long, so no server need be asked
  const auto stream = run_task(connect(impossible, 143, 20s));
  EXPECT_EQ(stream.error().kind, ErrorKind::network);
  EXPECT_TRUE(stream.error().what.contains("cannot be resolved")) << stream.error().what;
  EXPECT_EQ(stream.error().where, impossible + ":143");
}

TEST(Connect, TheDeadlineIsOverAll) {
  const SilentPort silent;
  const auto stream = run_task(connect("127.0.0.1", silent.endpoint().port(), 100ms));
  EXPECT_EQ(stream.error().kind, ErrorKind::timeout);
  EXPECT_TRUE(stream.error().what.contains("127.0.0.1: no answer")) << stream.error().what;
}

TEST(Connect, TheStreamBeginsWithTheSameLimit) {
  LoopbackServer server([](int connection) { (void)receive_until_end(connection); });
  run_task([&]() -> Task<> {
    auto limit = 80ms;
    auto stream = co_await connect("127.0.0.1", server.port(), limit);
    while (!stream) stream = co_await connect("127.0.0.1", server.port(), limit *= 2);  // a loaded machine needs longer
    const auto result = co_await read_exactly(**stream, 1);
    EXPECT_EQ(result.error().kind, ErrorKind::timeout);
    EXPECT_TRUE(result.error().what.ends_with(fmt::format("for {:.3g} s", std::chrono::duration<double>(limit).count())))
        << result.error().what;
  }());
}

TEST(ConnectionRace, TakesTheFamiliesInTurn) {
  const tcp::endpoint six_a(make_address("2001:db8::1"), 1), six_b(make_address("2001:db8::2"), 1);
  const tcp::endpoint six_c(make_address("2001:db8::3"), 1), four_a(make_address("192.0.2.1"), 1);
  EXPECT_EQ(interleaved({six_a, six_b, six_c, four_a}), (std::vector{six_a, four_a, six_b, six_c}));
  EXPECT_EQ(interleaved({four_a, six_a}), (std::vector{four_a, six_a}));
  EXPECT_TRUE(interleaved({}).empty());
}

TEST(ConnectionRace, GoesOnAtOnceWhenAnAddressRefuses) {
  LoopbackServer server([](int) {});
  const RefusingPort refusing;
  std::vector<tcp::endpoint> endpoints(60, refusing.endpoint());
  endpoints.emplace_back(loopback, server.port());
  const auto begin = std::chrono::steady_clock::now();
  const auto winner = race(std::move(endpoints), 25s);
  ASSERT_TRUE(winner) << describe(winner.error());
  EXPECT_EQ(winner->port(), server.port());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 14s);  // to wait after each would be 15 s
}

TEST(ConnectionRace, GoesOnAfterAWhileWhenAnAddressIsSilent) {
  const SilentPort silent;
  LoopbackServer server([](int) {});
  const auto begin = std::chrono::steady_clock::now();
  const auto winner = race({silent.endpoint(), {loopback, server.port()}}, 25s);
  ASSERT_TRUE(winner) << describe(winner.error());
  EXPECT_EQ(winner->port(), server.port());
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 250ms);
}

bool has_ipv6() {
  boost::asio::io_context context;
  tcp::acceptor acceptor(context);
  boost::system::error_code error;
  acceptor.open(tcp::v6(), error);
  if (!error) acceptor.bind({make_address("::1"), 0}, error);
  return !error;
}

TEST(ConnectionRace, AFamilyThatIsABlackHoleOnlyDelays) {
  if (!has_ipv6()) GTEST_SKIP() << "this machine has no IPv6 on its loopback interface";
  const SilentPort silent_six(make_address("::1"));
  LoopbackServer four([](int) {});
  const auto by_four = race({silent_six.endpoint(), {loopback, four.port()}}, 25s);
  ASSERT_TRUE(by_four) << describe(by_four.error());
  EXPECT_TRUE(by_four->address().is_v4());

  const SilentPort silent_four;
  boost::asio::io_context context;
  tcp::acceptor six(context, {make_address("::1"), 0});
  const auto by_six = race({silent_four.endpoint(), six.local_endpoint()}, 25s);
  ASSERT_TRUE(by_six) << describe(by_six.error());
  EXPECT_TRUE(by_six->address().is_v6());
}

TEST(ConnectionRace, TellsWhyEveryAddressFailed) {
  const RefusingPort refusing;
  const auto loser = race({refusing.endpoint(), refusing.endpoint()}, 25s);
  EXPECT_EQ(loser.error().kind, ErrorKind::network);
  EXPECT_EQ(loser.error().what, "cannot connect: 127.0.0.1: Connection refused; 127.0.0.1: Connection refused");
}

// A connection whose peer vanished is noticed after two minutes, idle or not.
TEST(Connect, TheKernelLooksAfterSilentPeers) {
  LoopbackServer server([](int connection) { (void)receive_until_end(connection); });
  run_task([&]() -> Task<> {
    auto stream = co_await connect("127.0.0.1", server.port(), 20s);
    EXPECT_TRUE(stream);
    if (!stream) co_return;
    const auto socket = dynamic_cast<TcpStream&>(**stream).release();
    const auto option = [&](int level, int name) {
      int value = 0;
      socklen_t size = sizeof value;
      EXPECT_EQ(::getsockopt(socket->descriptor(), level, name, &value, &size), 0);
      return value;
    };
    EXPECT_NE(option(SOL_SOCKET, SO_KEEPALIVE), 0);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPIDLE), 60);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPINTVL), 15);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPCNT), 4);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_USER_TIMEOUT), 120'000);
    socket->close();
  }());
}

TEST(StartTls, NeedsATcpStream) {
  const auto stream = run_task(start_tls(std::make_unique<ScriptedStream>(Script()), "mail.example.com", {}));
  EXPECT_EQ(stream.error().kind, ErrorKind::bug);
}

}  // namespace
}  // namespace godwit::net
