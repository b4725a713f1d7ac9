// SPDX-License-Identifier: Apache-2.0
#include "http/client.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "base/error_code.h"
#include "tests/support/loopback_server.h"
#include "tests/support/run_task.h"

namespace godwit::http {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string receive_head(int descriptor) {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    const std::string byte = test::receive_exactly(descriptor, 1);
    if (byte.empty()) break;
    head += byte;
  }
  return head;
}

Request request_to(const test::LoopbackServer& server, std::string method = "GET") {
  Request request;
  request.method = std::move(method);
  request.url = fmt::format("http://127.0.0.1:{}/path?secret=x", server.port());
  return request;
}

Result<Response> send(Request request, std::size_t limit = 1 << 20) {
  Client client({});
  return test::run_task(client.send(std::move(request), limit));
}

TEST(HttpClient, SendsWhatItIsGivenAndReturnsWhatComes) {
  std::string seen;
  test::LoopbackServer server([&](int descriptor) {
    seen = receive_head(descriptor);
    seen += test::receive_exactly(descriptor, 5);
    test::send_all(descriptor,
                   "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 Slow\r\nRetry-After: 7\r\nX-Two: a b \r\nContent-Length: 3\r\n\r\nabc");
  });
  Request request = request_to(server, "REPORT");
  request.headers = {{"Depth", "1"}, {"X-Empty", ""}};
  request.credentials = {.scheme = Scheme::bearer, .secret = Secret("token")};
  request.body = Secret(std::string_view("a\0b=c", 5));
  const auto response = send(std::move(request));
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->head.status, 429);
  EXPECT_EQ(response->body, "abc");
  EXPECT_EQ(response->head.header("x-two"), "a b ");
  EXPECT_EQ(response->head.retry_after, std::chrono::seconds(7));
  EXPECT_THAT(seen, testing::StartsWith("REPORT /path?secret=x HTTP/1.1\r\n"));
  for (const char* line : {"Depth: 1\r\n", "X-Empty:\r\n", "Authorization: Bearer token\r\n", "Content-Length: 5\r\n"})
    EXPECT_THAT(seen, HasSubstr(line));
  EXPECT_TRUE(seen.ends_with(std::string_view("a\0b=c", 5)));
  const auto error = error_of(*response);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::unavailable);
  EXPECT_EQ(error->retry_after, std::chrono::seconds(7));
}

TEST(HttpClient, FollowsNoRedirect) {
  test::LoopbackServer server([](int descriptor) {
    receive_head(descriptor);
    test::send_all(descriptor, "HTTP/1.1 302 Found\r\nLocation: https://example.com/\r\nContent-Length: 0\r\n\r\n");
  });
  const auto response = send(request_to(server));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 302);
  EXPECT_EQ(error_of(*response)->kind, ErrorKind::refused);
}

TEST(HttpClient, EndlessAnswersAreCut) {
  for (const char* start :
       {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n", "HTTP/1.1 200 OK\r\n"}) {
    test::LoopbackServer server([start](int descriptor) {
      receive_head(descriptor);
      test::send_all(descriptor, start);
      const std::string lines = std::string(start).ends_with("\r\n\r\n") ? std::string(65536, 'x') : "X: " + std::string(997, 'y') + "\r\n";
      for (int i = 0; i < 2000 && test::send_all(descriptor, lines) == lines.size(); ++i) {
      }
    });
    const auto response = send(request_to(server), 100'000);
    ASSERT_FALSE(response) << start;
    EXPECT_EQ(code_of(response.error()), codes::response_too_large.number) << describe(response.error());
  }
}

TEST(HttpClient, Failures) {
  const auto code = [](const char* answer, std::chrono::milliseconds limit = std::chrono::milliseconds(0)) {
    test::LoopbackServer server([answer](int descriptor) {
      receive_head(descriptor);
      test::send_all(descriptor, answer);
      if (answer == std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc?"))
        static_cast<void>(test::receive_until_end(descriptor));
    });
    Request request = request_to(server);
    request.whole_limit = limit;
    const auto response = send(std::move(request));
    EXPECT_FALSE(response);
    if (response) return std::uint16_t{0};
    EXPECT_THAT(describe(response.error()), testing::AllOf(HasSubstr("http://127.0.0.1:"), Not(HasSubstr("secret"))));
    return code_of(response.error());
  };
  EXPECT_EQ(code(""), codes::closed_by_server.number);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), codes::connection_broken.number);
  EXPECT_EQ(code("* OK IMAP\r\n"), codes::response_malformed.number);
  EXPECT_EQ(code("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc?", std::chrono::milliseconds(500)), codes::server_silent.number);
}

TEST(HttpClient, WhatCannotBeAsked) {
  const auto code = [](const char* url) {
    Request request;
    request.url = url;
    request.connect_limit = std::chrono::seconds(5);
    const auto response = send(std::move(request));
    return response ? std::uint16_t{0} : code_of(response.error());
  };
  EXPECT_EQ(code("file:///etc/passwd"), codes::usage.number);
  EXPECT_EQ(code("http://127.0.0.1:1/"), codes::cannot_connect.number);
  EXPECT_EQ(code("http://nowhere.invalid/"), codes::name_not_resolved.number);
  Request request;
  request.url = "http://127.0.0.1:1/";
  request.headers = {{"A", "b\r\nC: d"}};
  EXPECT_EQ(code_of(send(request).error()), codes::usage.number);
  request.headers = {};
  request.method = "GET /";
  EXPECT_EQ(send(request).error().kind, ErrorKind::bug);
}

// Both bodies are larger than what the client holds of them.
Task<Result<std::string>> echo(Client& client, Request request, const std::string& body) {
  GODWIT_CO_TRY(const auto exchange, co_await client.open(std::move(request), true));
  for (std::size_t at = 0; at < body.size(); at += 70'000) GODWIT_CO_CHECK(co_await exchange->write(body.substr(at, 70'000)));
  exchange->finish_writing();
  GODWIT_CO_TRY(const Head head, co_await exchange->head());
  if (head.status != 200) co_return fail(ErrorKind::bug, "status");
  std::string all;
  for (;;) {
    GODWIT_CO_TRY(const std::string piece, co_await exchange->read());
    if (piece.empty()) co_return all;
    all += piece;
  }
}

TEST(HttpClient, StreamsBothWays) {
  const std::string body = test::random_bytes(3'000'000, 5);
  test::LoopbackServer server([&](int descriptor) {
    receive_head(descriptor);
    std::string got;
    for (;;) {
      std::string line;
      while (!line.ends_with("\r\n")) line += test::receive_exactly(descriptor, 1);
      const std::size_t size = std::stoul(line, nullptr, 16);
      got += test::receive_exactly(descriptor, size);
      static_cast<void>(test::receive_exactly(descriptor, 2));
      if (size == 0) break;
    }
    test::send_all(descriptor, fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", got.size()) + got);
  });
  Client client({});
  const auto all = test::run_task(echo(client, request_to(server, "PUT"), body));
  ASSERT_TRUE(all) << describe(all.error());
  EXPECT_TRUE(*all == body);
}

TEST(HttpClient, MayBeBrokenOff) {
  test::LoopbackServer server([](int descriptor) { static_cast<void>(test::receive_until_end(descriptor)); });
  Client client({});
  boost::asio::io_context context(1);
  boost::asio::co_spawn(context, client.send(request_to(server)), boost::asio::detached);
  context.poll();
  // The context goes first, and takes the coroutine with it; the server's session ends because the connection does.
}

TEST(HttpOrigin, ShowsNoSecret) {
  EXPECT_EQ(origin_of("https://a.example.com:8443/x?code=1#2"), "https://a.example.com:8443");
  EXPECT_EQ(origin_of("https://user:password@a.example.com/x"), "https://a.example.com");
  EXPECT_EQ(origin_of("nonsense/x"), "nonsense");
}

}  // namespace
}  // namespace godwit::http
