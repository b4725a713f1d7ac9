// SPDX-License-Identifier: Apache-2.0
#include "net/connect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <span>
#include <vector>

#include "base/error_code.h"
#include "base/text.h"
#include "net/connection_race.h"
#include "net/tcp_stream.h"

namespace godwit::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Endpoints = std::vector<tcp::endpoint>;

namespace {

// Shared with the handler, which may come when nobody waits any more.
struct Resolution {
  tcp::resolver resolver;
  asio::steady_timer done;
  std::optional<error_code> outcome;
  Endpoints endpoints;

  Resolution(const asio::any_io_executor& executor, Clock::time_point deadline)
      : resolver(executor), done(executor, deadline) {}
};

Task<Result<Endpoints>> resolve(const std::string& host, std::uint16_t port, Clock::time_point deadline) {
  error_code not_literal;
  if (const auto address = asio::ip::make_address(host, not_literal); !not_literal) {
    co_return Endpoints{{address, port}};
  }
  const auto resolution = std::make_shared<Resolution>(co_await asio::this_coro::executor, deadline);
  resolution->resolver.async_resolve(host, std::to_string(port), tcp::resolver::numeric_service,
                                     [resolution](error_code error, const tcp::resolver::results_type& results) {
                                       resolution->outcome = error;
                                       for (const auto& entry : results) resolution->endpoints.push_back(entry.endpoint());
                                       resolution->done.cancel();
                                     });
  error_code ignored;
  co_await resolution->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  resolution->resolver.cancel();
  if (!resolution->outcome) co_return fail(codes::name_not_resolved_in_time, "the name was not resolved in time");
  if (*resolution->outcome) {
    co_return fail(codes::name_not_resolved, "the name cannot be resolved: " + resolution->outcome->message());
  }
  co_return interleaved(resolution->endpoints);
}

Task<Result<tcp::socket>> connect_socket(const std::string& host, std::uint16_t port, Clock::time_point deadline) {
  GODWIT_CO_TRY(auto endpoints, co_await resolve(host, port, deadline));
  const auto race = std::make_shared<ConnectionRace>(co_await asio::this_coro::executor, std::move(endpoints));
  co_return co_await race->run(deadline);
}

constexpr const char* silent_proxy = "the proxy did not open the way in time; check its kind and port, and whether it reaches the server";

// The answers of a proxy within what is left of the time.
Task<Result<>> shake_hands(ProxyHandshake& handshake, TcpStream& stream, Clock::time_point deadline) {
  std::array<char, 512> buffer;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) co_return fail(codes::server_silent, silent_proxy);
    stream.set_wait_limit(left);
    if (const Secret output = handshake.take_output(); !output.empty()) {
      const std::string_view piece = output.reveal();
      GODWIT_CO_CHECK(co_await stream.write({&piece, 1}));
    }
    if (handshake.wanted() == 0) co_return Result<>{};
    const std::span<char> space(buffer.data(), std::min(handshake.wanted(), buffer.size()));
    const auto size = co_await stream.read_some(space);
    if (!size && size.error().kind == ErrorKind::timeout) co_return fail(codes::server_silent, silent_proxy);
    if (!size) co_return std::unexpected(size.error());
    if (*size == 0) co_return fail(codes::closed_by_server, "the proxy closed the connection before the way was open");
    GODWIT_CO_CHECK(handshake.feed({space.data(), *size}));
  }
}

}  // namespace

Task<Result<std::unique_ptr<Stream>>> connect(std::string host, std::uint16_t port, std::chrono::milliseconds limit) {
  auto socket = co_await connect_socket(host, port, Clock::now() + limit);
  if (!socket) co_return std::unexpected(std::move(socket).error().at(fmt::format("{}:{}", printable(host), port)));
  auto stream = std::make_unique<TcpStream>(*std::move(socket));
  stream->set_wait_limit(limit);
  co_return stream;
}

Task<Result<std::unique_ptr<Stream>>> connect_through(Proxy proxy, std::string host, std::uint16_t port,
                                                      std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  const std::string place = "proxy " + proxy.address.text();
  GODWIT_CO_TRY(const auto handshake, begin_proxy_handshake(proxy, host, port));
  auto socket = co_await connect_socket(proxy.address.host, proxy.address.port, deadline);
  if (!socket) co_return std::unexpected(std::move(socket).error().at(place));
  auto stream = std::make_unique<TcpStream>(*std::move(socket));
  const auto opened = co_await shake_hands(*handshake, *stream, deadline);
  if (!opened) co_return std::unexpected(Error(opened.error()).at(fmt::format("{}: to {}:{}", place, printable(host), port)));
  stream->set_wait_limit(limit);
  co_return stream;
}

}  // namespace godwit::net
