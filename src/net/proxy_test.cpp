// SPDX-License-Identifier: Apache-2.0
// Both handshakes as bytes, whole and in pieces; what real proxies do, tests/integration/test_lines.py knows.
#include "net/proxy.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "base/error_code.h"
#include "base/text.h"
#include "net/connect.h"
#include "tests/support/loopback_server.h"
#include "tests/support/run_task.h"
#include "tests/support/stream_helpers.h"

namespace godwit::net {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace godwit::test;

const std::string tunneled = "* OK behind the proxy\r\n";

Proxy proxy_of(const char* address, const char* password = "") { return {parse_proxy_address(address).value(), Secret(password)}; }

// What a handshake came to when a proxy says `said`, of which at most `step` bytes come at a time.
struct Exchange {
  std::string sent;
  std::optional<Error> error;
  bool is_open = false;
  std::string left;  // of what the proxy said: the tunnel's
};
Exchange converse(const Proxy& proxy, const std::string& host, std::uint16_t port, std::string_view said, std::size_t step = 1000) {
  Exchange exchange;
  auto handshake = begin_proxy_handshake(proxy, host, port);
  if (!handshake) {
    exchange.error = handshake.error();
    return exchange;
  }
  while (true) {
    exchange.sent += (*handshake)->take_output().reveal();
    const std::size_t size = std::min({(*handshake)->wanted(), step, said.size()});
    exchange.is_open = (*handshake)->wanted() == 0;
    if (size == 0) break;
    const auto fed = (*handshake)->feed(said.substr(0, size));
    said.remove_prefix(size);
    if (!fed) {
      exchange.error = fed.error();
      break;
    }
  }
  exchange.left = said;
  return exchange;
}

// The way is open whatever the pieces are, nothing of the tunnel is taken, and an answer that is cut off anywhere does not open it.
void expect_open(const Proxy& proxy, const std::string& host, const std::string& answer, const std::string& sent) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{1000}}) {
    const Exchange exchange = converse(proxy, host, 993, answer + tunneled, step);
    EXPECT_FALSE(exchange.error) << describe(*exchange.error);
    EXPECT_TRUE(exchange.is_open) << step;
    EXPECT_EQ(to_hex(exchange.sent), to_hex(sent));
    EXPECT_EQ(exchange.left, tunneled);
  }
  for (std::size_t size = 0; size < answer.size(); ++size) {
    const Exchange exchange = converse(proxy, host, 993, answer.substr(0, size));
    EXPECT_FALSE(exchange.is_open) << size;
    EXPECT_FALSE(exchange.error) << size << ": " << describe(*exchange.error);
  }
}

void expect_refusal(const Proxy& proxy, const std::string& answer, ErrorCode code, const std::string& words) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{1000}}) {
    const Exchange exchange = converse(proxy, "mail.example.com", 993, answer, step);
    ASSERT_TRUE(exchange.error) << to_hex(answer);
    EXPECT_EQ(code_of(*exchange.error), code.number) << describe(*exchange.error);
    EXPECT_TRUE(describe(*exchange.error).contains(words)) << describe(*exchange.error);
    EXPECT_FALSE(exchange.is_open);
  }
}

const std::string request_for_name = "\5\1\0\3\x10mail.example.com\x03\xe1"s;
const std::string bound_v4 = "\5\0\0\1\x7f\0\0\1\x12\x34"s;

TEST(Socks5, LeavesTheNameToTheProxy) {
  expect_open(proxy_of("socks5://p"), "mail.example.com", "\5\0"s + bound_v4, "\5\1\0"s + request_for_name);
}

TEST(Socks5, LogsInByUserAndPassword) {
  expect_open(proxy_of("socks5://alice@p", "se cret"), "mail.example.com", "\5\2\1\0"s + bound_v4,
              "\5\2\0\2\1\5alice\7se cret"s + request_for_name);
  const std::string longest(255, 'x');
  expect_open(proxy_of("socks5://alice@p", longest.c_str()), "mail.example.com", "\5\2\1\0"s + bound_v4,
              "\5\2\0\2\1\5alice\xff"s + longest + request_for_name);
}

TEST(Socks5, KeepsTheLoginToItselfWhereNoneIsWanted) {
  expect_open(proxy_of("socks5://alice@p", "secret"), "mail.example.com", "\5\0"s + bound_v4, "\5\2\0\2"s + request_for_name);
}

TEST(Socks5, TakesAVersionOfItsOwnInTheLogin) {  // RFC 1929 says 1, some proxies say 5
  expect_open(proxy_of("socks5://a@p", "b"), "mail.example.com", "\5\2\5\0"s + bound_v4, "\5\2\0\2\1\1a\1b"s + request_for_name);
}

TEST(Socks5, SaysAddressesAsAddresses) {
  expect_open(proxy_of("socks5://p"), "192.0.2.7", "\5\0"s + bound_v4, "\5\1\0\5\1\0\1\xc0\0\2\7\x03\xe1"s);
  expect_open(proxy_of("socks5://p"), "2001:db8::7", "\5\0"s + bound_v4,
              "\5\1\0\5\1\0\4\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7\x03\xe1"s);
}

TEST(Socks5, TakesEveryFormOfBoundAddress) {
  const std::string sent = "\5\1\0"s + request_for_name;
  expect_open(proxy_of("socks5://p"), "mail.example.com", "\5\0\5\0\0\4"s + std::string(16, '\5') + "\0\0"s, sent);
  expect_open(proxy_of("socks5://p"), "mail.example.com", "\5\0\5\0\0\3\7gateway\0\0"s, sent);
  expect_open(proxy_of("socks5://p"), "mail.example.com", "\5\0\5\0\0\3\0\0\0"s, sent);
  expect_open(proxy_of("socks5://p"), "mail.example.com", "\5\0\5\0\0\3\xff"s + std::string(255, 'x') + "\0\0"s, sent);
}

TEST(Socks5, TellsWhyNot) {
  const Proxy open = proxy_of("socks5://p"), closed = proxy_of("socks5://alice@p", "secret");
  expect_refusal(open, "\5\xff"s, codes::proxy_login_refused, "the proxy wants a login");
  expect_refusal(closed, "\5\xff"s, codes::proxy_login_refused, "takes no login by user and password");
  expect_refusal(closed, "\5\2\1\1"s, codes::proxy_login_refused, "refuses the login of user alice (status 1)");
  expect_refusal(open, "\5\2"s, codes::proxy_not_spoken, "the login method 2, which was not offered");
  expect_refusal(open, "\5\1"s, codes::proxy_not_spoken, "the login method 1, which was not offered");
  const std::pair<char, const char*> replies[] = {{1, "general failure (reply 1)"},       {2, "not allowed by its rules (reply 2)"},
                                                  {3, "network unreachable (reply 3)"},   {4, "host unreachable (reply 4)"},
                                                  {5, "connection refused (reply 5)"},    {6, "TTL expired (reply 6)"},
                                                  {7, "command not supported (reply 7)"}, {8, "address type not supported (reply 8)"},
                                                  {9, "does not know (reply 9)"},         {'\xff', "does not know (reply 255)"}};
  for (const auto& [reply, words] : replies) {
    expect_refusal(open, "\5\0\5"s + reply + "\0\1"s, codes::proxy_cannot_connect, words);
  }
}

TEST(Socks5, KnowsWhatIsNoSocksProxy) {
  const Proxy proxy = proxy_of("socks5://p");
  for (const std::string& answer :
       {"HTTP/1.0 400 Bad Request\r\n\r\n"s, "* OK IMAP4rev1\r\n"s, "\4\x5b"s, "\5\0\4\0\0\1"s, "\5\0\5\0\0\2"s}) {
    expect_refusal(proxy, answer, codes::proxy_not_spoken, "no SOCKS5 proxy");
  }
}

TEST(Socks5, RefusesWhatItCannotSay) {
  const std::string longest(255, 'h');
  EXPECT_FALSE(converse(proxy_of("socks5://p"), longest, 1, "").error);
  EXPECT_EQ(converse(proxy_of("socks5://p"), longest + "h", 1, "").error->kind, ErrorKind::usage);
  EXPECT_EQ(converse(proxy_of("socks5://p"), "", 1, "").error->kind, ErrorKind::usage);
  EXPECT_EQ(converse(proxy_of("socks5://a@p", (longest + "h").c_str()), "h", 1, "").error->kind, ErrorKind::usage);
  EXPECT_EQ(converse(proxy_of(("socks5://" + longest + "h@p").c_str(), "x"), "h", 1, "").error->kind, ErrorKind::usage);
}

const std::string connect_line = "CONNECT mail.example.com:993 HTTP/1.1\r\nHost: mail.example.com:993\r\n";

TEST(HttpConnect, TakesEveryStatusLineOfSuccess) {
  for (const char* answer : {"HTTP/1.1 200 Connection established\r\n\r\n", "HTTP/1.0 200 OK\r\nVia: 1.1 proxy\r\nX: y\r\n\r\n",
                             "HTTP/1.1 200\r\n\r\n", "HTTP/1.1 200 \r\n\r\n", "HTTP/1.1 204 No \xc3\xa4\xff\r\n\r\n", "HTTP/1.0 200 OK\n\n",
                             "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"}) {
    expect_open(proxy_of("http://p"), "mail.example.com", answer, connect_line + "\r\n");
  }
}

TEST(HttpConnect, LogsInByBasic) {
  expect_open(proxy_of("http://Aladdin@p", "open sesame"), "mail.example.com", "HTTP/1.1 200 OK\r\n\r\n",
              connect_line + "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");  // RFC 7617 §2
}

TEST(HttpConnect, PutsIPv6IntoBrackets) {
  expect_open(proxy_of("http://p"), "2001:db8::7", "HTTP/1.1 200 OK\r\n\r\n",
              "CONNECT [2001:db8::7]:993 HTTP/1.1\r\nHost: [2001:db8::7]:993\r\n\r\n");
}

TEST(HttpConnect, TellsWhyNot) {
  const Proxy open = proxy_of("http://p"), closed = proxy_of("http://alice@p", "secret");
  expect_refusal(open, "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\n\r\n", codes::proxy_login_refused,
                 "the proxy wants a login; write its user into the proxy's address; it said: \"407 Who are you\"");
  expect_refusal(closed, "HTTP/1.1 407 No\r\n\r\n", codes::proxy_login_refused, "refuses the login of user alice");
  expect_refusal(closed, "HTTP/1.0 401 Unauthorized\r\n\r\n", codes::proxy_login_refused, "it said: \"401 Unauthorized\"");
  expect_refusal(open, "HTTP/1.1 403 Filtered\r\n\r\n", codes::proxy_cannot_connect, "\"403 Filtered\"");
  expect_refusal(open, "HTTP/1.0 502\r\n\r\n", codes::proxy_cannot_connect, "\"502\"");
  expect_refusal(open, "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", codes::proxy_cannot_connect, "\"302 Found\"");
}

TEST(HttpConnect, KnowsWhatIsNoHttpProxy) {
  const Proxy proxy = proxy_of("http://p");
  for (const char* answer : {"* OK IMAP4rev1\r\n", "\5\xff", "HTTP/2 200\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 20\r\n\r\n",
                             "HTTP/1.1 2000 OK\r\n\r\n",
                             "HTTP/1.1 099 x\r\n\r\n", "HTTP/1.1 600 x\r\n\r\n", "HTTP/1.1 ab0 x\r\n\r\n", "HTTPX"}) {
    expect_refusal(proxy, answer, codes::proxy_not_spoken, "no HTTP proxy");
  }
  expect_refusal(proxy, "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x'), codes::proxy_not_spoken, "longer than 16384 bytes");
}

TEST(HttpConnect, RefusesWhatItCannotSay) {
  for (const char* host : {"", "a b", "a\r\nX: y", "a\tb", "a\x7f"}) {
    EXPECT_EQ(converse(proxy_of("http://p"), host, 1, "").error->kind, ErrorKind::usage) << host;
  }
  EXPECT_EQ(converse(proxy_of("http://a%3ab@p", "x"), "h", 1, "").error->kind, ErrorKind::usage);
}

// --- over a connection -------------------------------------------------------------------------------------------------

std::string address_of(const LoopbackServer& server, const char* scheme) { return fmt::format("{}://127.0.0.1:{}", scheme, server.port()); }

TEST(ConnectThrough, LeavesWhatIsBehindTheAnswerInTheStream) {
  for (const char* scheme : {"http", "socks5"}) {
    const bool is_http = scheme == "http"s;
    LoopbackServer server([&](int connection) {
      if (!is_http) {
        EXPECT_EQ(receive_exactly(connection, 3), "\5\1\0"s);
        send_all(connection, "\5\0"s);
      }
      const std::string request = is_http ? connect_line + "\r\n" : request_for_name;
      EXPECT_EQ(receive_exactly(connection, request.size()), request);
      send_all(connection, (is_http ? "HTTP/1.1 200 OK\r\n\r\n"s : bound_v4) + tunneled);
    });
    run_task([&]() -> Task<> {
      auto stream = co_await connect_through(proxy_of(address_of(server, scheme).c_str()), "mail.example.com", 993, 20s);
      EXPECT_TRUE(stream) << describe(stream.error());
      if (stream) EXPECT_EQ(co_await read_exactly(**stream, 1000), tunneled);
    }());
  }
}

TEST(ConnectThrough, NamesTheProxyInItsErrors) {
  LoopbackServer server([](int connection) {
    (void)receive_exactly(connection, (connect_line + "\r\n").size());
    send_all(connection, "HTTP/1.1 403 Filtered\r\n\r\n");
  });
  const std::string address = address_of(server, "http");
  const auto stream = run_task(connect_through(proxy_of(address.c_str()), "mail.example.com", 993, 20s));
  ASSERT_FALSE(stream);
  EXPECT_EQ(describe(stream.error()), "proxy " + address + ": to mail.example.com:993: the proxy does not reach the server, or may not; "
                                      "it said: \"403 Filtered\" (GW-3503)");
}

TEST(ConnectThrough, NoticesAProxyThatCloses) {
  LoopbackServer server([](int connection) {
    (void)receive_exactly(connection, 3);
    send_all(connection, "\5"s);
  });
  const std::string address = address_of(server, "socks5");
  const auto stream = run_task(connect_through(proxy_of(address.c_str()), "mail.example.com", 993, 20s));
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::network);
  EXPECT_TRUE(describe(stream.error()).contains("the proxy closed the connection before the way was open")) << describe(stream.error());
}

TEST(ConnectThrough, TheLimitIsForTheWholeHandshake) {
  LoopbackServer server([](int connection) {
    for (const char letter : "HTTP/1.1 200 O"s) {
      if (send_all(connection, {&letter, 1}) == 0) return;
      std::this_thread::sleep_for(30ms);  // each byte is in time
    }
    (void)receive_until_end(connection);
  });
  const auto stream = run_task(connect_through(proxy_of(address_of(server, "http").c_str()), "mail.example.com", 993, 200ms));
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::timeout) << describe(stream.error());
  EXPECT_TRUE(stream.error().what.contains("the proxy did not open the way in time")) << describe(stream.error());
}

TEST(ConnectThrough, AProxyThatSaysNothingIsATimeout) {
  LoopbackServer server([](int connection) { (void)receive_until_end(connection); });
  const auto stream = run_task(connect_through(proxy_of(address_of(server, "socks5").c_str()), "mail.example.com", 993, 80ms));
  ASSERT_FALSE(stream);
  EXPECT_TRUE(describe(stream.error()).contains("the proxy did not open the way in time")) << describe(stream.error());
}

}  // namespace
}  // namespace godwit::net
