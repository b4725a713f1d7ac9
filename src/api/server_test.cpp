// SPDX-License-Identifier: Apache-2.0
#include "api/server.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <random>

#include "api/error_body.h"
#include "api/test_server.h"
#include "tests/support/stream_helpers.h"

namespace godwit::api {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::answer_to;
using test::RawClient;
using test::run_task;
using test::ServerThread;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Tells what it was given.
Task<Answer> echo(Request request) {
  co_return Answer(200, {{"method", request.method},
                         {"path", request.path},
                         {"query", request.query},
                         {"parameters", request.parameters},
                         {"body", request.body}});
}

Router echoing() {
  Router router;
  for (const char* method : {"GET", "PUT", "POST", "PATCH", "DELETE"}) router.add(method, "/v1/{name}", echo);
  return router;
}

constexpr std::string_view simple = "GET /v1/x HTTP/1.1\r\nHost: godwit\r\n\r\n";
constexpr std::string_view last = "GET /v1/x HTTP/1.1\r\nHost: godwit\r\nConnection: close\r\n\r\n";

std::string posting(std::string_view body, std::string_view more = "Content-Type: application/json\r\n") {
  return fmt::format("POST /v1/x HTTP/1.1\r\nHost: godwit\r\nConnection: close\r\n{}Content-Length: {}\r\n\r\n{}", more, body.size(), body);
}

// The error of an answer, which must be whole.
Error error_in(const std::string& answer) {
  const std::size_t head = answer.find("\r\n\r\n");
  const auto body = head == std::string::npos ? json() : json::parse(answer.substr(head + 4), nullptr, false);
  const auto error = error_of(body);
  EXPECT_TRUE(error) << answer;
  return error.value_or(Error{});
}

TEST(ApiServer, AnswersEveryMethod) {
  const ServerThread server(echoing());
  for (const char* method : {"GET", "PUT", "POST", "PATCH", "DELETE"}) {
    const auto answer = call_and_wait(server.socket(), method, "/v1/a%2Fb?c=d", {{"e", {1, 2}}});
    ASSERT_TRUE(answer) << describe(answer.error());
    EXPECT_EQ(*answer, json({{"method", method},
                             {"path", "/v1/a%2Fb"},
                             {"query", {{"c", "d"}}},
                             {"parameters", {{"name", "a/b"}}},
                             {"body", {{"e", {1, 2}}}}}));
  }
  EXPECT_TRUE(call_and_wait(server.socket(), "GET", "/v1/x").value().at("body").is_null());
}

TEST(ApiServer, TakesARequestInEveryDelivery) {
  const ServerThread server(echoing());
  const std::string request = posting(R"({"a":"b"})");
  const std::string chunked = "POST /v1/x HTTP/1.1\r\nHost: g\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n"
                              "Transfer-Encoding: chunked\r\n\r\n4;ext=1\r\n{\"a\"\r\n5\r\n:\"b\"}\r\n0\r\nTrailer: t\r\n\r\n";
  std::mt19937 random(3);
  for (const std::string& text : {request, chunked}) {
    for (int run = 0; run < 30; ++run) {
      RawClient client(server.socket());
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = run == 0 ? text.size() : run == 1 ? 1 : 1 + random() % 40;
        client.send(std::string_view(text).substr(at, size));
        at += size;
        if (random() % 4 == 0) std::this_thread::yield();
      }
      EXPECT_THAT(client.receive_rest(), testing::AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr(R"("body":{"a":"b"})")));
    }
  }
}

TEST(ApiServer, KeepsTheConnectionAndTakesRequestsAhead) {
  const ServerThread server(echoing());
  std::string requests;
  for (int count = 0; count < 50; ++count) requests += fmt::format("GET /v1/n{} HTTP/1.1\r\nHost: g\r\n\r\n", count);
  const std::string answers = answer_to(server.socket(), requests + std::string(last));
  std::size_t at = 0;
  for (int count = 0; count < 50; ++count) {
    at = answers.find(fmt::format("\"path\":\"/v1/n{}\"", count), at);
    ASSERT_NE(at, std::string::npos) << count;
  }
  EXPECT_EQ(answers.find("Connection: close"), answers.rfind("Connection: close"));
}

TEST(ApiServer, SaysGoOnToAClientThatAsks) {
  const ServerThread server(echoing());
  RawClient client(server.socket());
  client.send("POST /v1/x HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Type: application/json\r\n"
              "Content-Length: 2\r\n\r\n");
  EXPECT_EQ(client.receive(25), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("[]");
  EXPECT_THAT(client.receive_rest(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(ApiServer, RefusesWithTheReason) {
  ServerOptions options;
  options.header_limit = 1000;
  options.body_limit = 2000;
  const ServerThread server(echoing(), options);
  struct Case {
    std::string request;
    int status;
    ErrorKind kind;
    std::string_view words;
  };
  const std::string close = " HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n";
  const std::vector<Case> table{
      {"GET /nothing" + close, 404, ErrorKind::not_found, "no call at /nothing"},
      {"OPTIONS /v1/x" + close, 405, ErrorKind::usage, "use DELETE or GET or PATCH or POST or PUT"},
      {"BREW /v1/x" + close, 405, ErrorKind::usage, "BREW is not taken"},
      {"GET /v1/%zz" + close, 400, ErrorKind::usage, "two hexadecimal digits"},
      {"GET http://h/v1/x" + close, 400, ErrorKind::usage, "begins with"},
      {"GET /v1/x HTTP/1.0\r\n\r\n", 505, ErrorKind::usage, "HTTP/1.1"},
      {"GET /v1/x HTTP/2.0\r\n\r\n", 400, ErrorKind::usage, "no HTTP request"},
      {"hello\r\n\r\n", 400, ErrorKind::usage, "no HTTP request"},
      {std::string("\x16\x03\x01\x02\x00\x01\x00", 7) + "\r\n\r\n", 400, ErrorKind::usage, "no HTTP request"},
      {"GET /v1/x HTTP/1.1\r\nA: " + std::string(2000, 'a') + "\r\n\r\n", 431, ErrorKind::usage, "header"},
      {"GET /" + std::string(2000, 'a'), 431, ErrorKind::usage, "header"},
      {"GET /v1/x HTTP/1.1\r\nContent-Length: 2001\r\n\r\n", 413, ErrorKind::usage, "body"},
      {"GET /v1/x HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400, ErrorKind::usage, "no HTTP request"},
      {"GET /v1/x HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400, ErrorKind::usage, "no HTTP request"},
      {"GET /v1/x HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n[]", 400, ErrorKind::usage, "no HTTP request"},
      {"GET /v1/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n", 413, ErrorKind::usage, "body"},
      {"GET /v1/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, ErrorKind::usage, "no HTTP request"},
      {"GET /v1/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(500'000, 'e'), 431, ErrorKind::usage, "header"},
      {posting("{", "Content-Type: application/json\r\n"), 400, ErrorKind::usage, "line 1, column 2"},
      {posting("a=b", "Content-Type: application/x-www-form-urlencoded\r\n"), 415, ErrorKind::usage, "application/json"},
      {posting("{}", ""), 415, ErrorKind::usage, "application/json"},
      {posting(std::string(1900, '[')), 400, ErrorKind::usage, "levels deep"},
  };
  for (const Case& each : table) {
    const std::string answer = answer_to(server.socket(), each.request);
    EXPECT_THAT(answer, StartsWith(fmt::format("HTTP/1.1 {} ", each.status))) << each.request.substr(0, 100);
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    const Error error = error_in(answer);
    EXPECT_EQ(error.kind, each.kind) << answer;
    EXPECT_THAT(error.what, HasSubstr(each.words)) << answer;
  }
  EXPECT_THAT(answer_to(server.socket(), "OPTIONS /v1/x" + close), HasSubstr("\r\nAllow: DELETE, GET, PATCH, POST, PUT\r\n"));
  EXPECT_THAT(answer_to(server.socket(), "HEAD /v1/x" + close), EndsWith("\r\n\r\n")) << "no body";
}

TEST(ApiServer, LimitsHoldToTheByte) {
  ServerOptions options;
  options.body_limit = 2000;
  const ServerThread server(echoing(), options);
  EXPECT_THAT(answer_to(server.socket(), posting('"' + std::string(1998, 'a') + '"')), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer_to(server.socket(), posting('"' + std::string(1999, 'a') + '"')), StartsWith("HTTP/1.1 413 "));
  const ServerThread by_default(echoing());
  EXPECT_THAT(answer_to(by_default.socket(), posting('"' + std::string(1048574, 'a') + '"')), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer_to(by_default.socket(), posting('"' + std::string(1048575, 'a') + '"')), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(answer_to(by_default.socket(), posting("1", "Content-Type: application/json\r\nA: " + std::string(60'000, 'a') + "\r\n")),
              StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer_to(by_default.socket(), posting("1", "A: " + std::string(65'536, 'a') + "\r\n")), StartsWith("HTTP/1.1 431 "));
}

TEST(ApiServer, ARefusedCallLeavesTheConnectionUsable) {
  const ServerThread server(echoing());
  const std::string answers = answer_to(server.socket(), "GET /nothing HTTP/1.1\r\nHost: g\r\n\r\n" + std::string(last));
  EXPECT_THAT(answers, testing::AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("HTTP/1.1 200 OK")));
}

TEST(ApiServer, WhatAHandlerThrowsIsAnAnswer) {
  Router router;
  router.add("GET", "/v1/throws", [](Request) -> Task<Answer> {
    throw std::runtime_error("a wheel came off");
    co_return Answer();
  });
  router.add("GET", "/v1/early", [](const Request&) -> Task<Answer> { throw std::runtime_error("not even begun"); });
  router.add("GET", "/v1/empty", Handler());
  router.add("GET", "/v1/bytes", [](Request) -> Task<Answer> { co_return Answer(200, "\xff\xfe"); });
  router.add_stream("GET", "/v1/stream", [](Request, EventStream&) -> Task<Result<>> {
    throw std::runtime_error("no line");
    co_return Result<>{};
  });
  const ServerThread server(std::move(router));
  for (const auto& [path, words] : {std::pair("/v1/throws", "GET /v1/throws: a wheel came off"), {"/v1/early", "not even begun"},
                                    {"/v1/empty", "bad_function_call"}, {"/v1/stream", "no line"}}) {
    const auto answer = call_and_wait(server.socket(), "GET", path);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::bug);
    EXPECT_THAT(answer.error().what, HasSubstr(words));
  }
  EXPECT_EQ(call_and_wait(server.socket(), "GET", "/v1/bytes"), json("\xef\xbf\xbd\xef\xbf\xbd"));
}

TEST(ApiServer, ServesTwoHundredClientsAtOnce) {
  constexpr int clients = 200;
  int present = 0;
  Router router;
  // Nobody is answered before everybody is there.
  router.add("POST", "/v1/meet/{number}", [&present](Request request) -> Task<Answer> {
    ++present;
    while (present < clients) co_await test::pause(1ms);
    co_return Answer(200, request.parameters.at("number"));
  });
  const ServerThread server(std::move(router));
  int answered = 0;
  const auto everybody = [&]() -> Task<> {
    const auto executor = co_await boost::asio::this_coro::executor;
    for (int number = 0; number < clients; ++number) {
      boost::asio::co_spawn(executor, [&answered, &server, number]() -> Task<> {
        Result<Client> client = co_await Client::connect(server.socket());
        if (!client) co_return;
        const Result<json> answer = co_await client->call("POST", fmt::format("/v1/meet/{}", number));
        if (answer == json(std::to_string(number))) ++answered;
        const Result<json> again = co_await client->call("POST", "/v1/meet/again");
        if (again == json("again")) ++answered;
      }, boost::asio::detached);
    }
    for (int count = 0; count < 2000 && answered < 2 * clients; ++count) co_await test::pause(5ms);
  };
  run_task(everybody());
  EXPECT_EQ(answered, 2 * clients);
}

TEST(ApiServer, RefusesMoreClientsThanItMayHave) {
  ServerOptions options;
  options.clients_limit = 3;
  const ServerThread server(echoing(), options);
  std::vector<RawClient> clients;
  for (int count = 0; count < 3; ++count) {
    clients.emplace_back(server.socket()).send(simple);
    ASSERT_EQ(clients.back().receive(15), "HTTP/1.1 200 OK");
  }
  const auto refused = call_and_wait(server.socket(), "GET", "/v1/x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(refused.error().what, HasSubstr("3 clients"));
  clients.pop_back();
  Result<json> answer = refused;
  for (int attempt = 0; attempt < 200 && !answer; ++attempt) {
    std::this_thread::sleep_for(10ms);
    answer = call_and_wait(server.socket(), "GET", "/v1/x");
  }
  EXPECT_TRUE(answer) << "there is room again";
}

TEST(ApiServer, RefusesOtherUsers) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  const ServerThread server(echoing());
  ASSERT_EQ(::chmod(server.folder().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(server.socket().c_str(), 0666), 0) << "or the file system would refuse already";
  constexpr uid_t nobody = 65534;
  std::string answer;
  std::thread other([&] {  // on Linux a thread can be another user than its process
    ASSERT_EQ(::syscall(SYS_setresuid, nobody, nobody, nobody), 0);
    answer = answer_to(server.socket(), last);
  });
  other.join();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(error_in(answer).what, HasSubstr("the number 65534"));
  ASSERT_EQ(::chmod(server.socket().c_str(), 0600), 0);
  ASSERT_EQ(::chmod(server.folder().c_str(), 0777), 0) << "or the file system would keep the socket from being removed";
  Result<Descriptor> refused = fail(ErrorKind::bug, "");
  Error taken;
  std::thread without_permission([&] {
    ASSERT_EQ(::syscall(SYS_setresuid, nobody, nobody, nobody), 0);
    refused = connect_to(server.socket());
    const auto opened = ListeningSocket::open(server.socket());
    if (!opened) taken = opened.error();
  });
  without_permission.join();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::storage);
  EXPECT_THAT(refused.error().what, HasSubstr("Permission denied"));
  EXPECT_EQ(taken.kind, ErrorKind::storage);
  EXPECT_TRUE(call_and_wait(server.socket(), "GET", "/v1/x")) << "what one may not look at is not taken for stale";
}

TEST(ApiServer, SlowClientsAreTold) {
  ServerOptions options;
  options.request_limit = 150ms;
  const ServerThread server(echoing(), options);
  RawClient client(server.socket());
  const auto begin = std::chrono::steady_clock::now();
  std::thread dripping([&] {
    for (const char c : std::string_view("POST /v1/x HTTP/1.1\r\nHost: godwit\r\n")) {
      if (client.send({&c, 1}) == 0) break;
      std::this_thread::sleep_for(20ms);
    }
  });
  const std::string answer = client.receive_rest();
  const auto time = std::chrono::steady_clock::now() - begin;
  dripping.join();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(error_in(answer).what, HasSubstr("not complete after 0.15 s"));
  EXPECT_GE(time, 140ms);
  EXPECT_LT(time, 10s);
}

TEST(ApiServer, SlowBodyIsTheSame) {
  ServerOptions options;
  options.request_limit = 50ms;
  const ServerThread server(echoing(), options);
  EXPECT_THAT(answer_to(server.socket(), "POST /v1/x HTTP/1.1\r\nContent-Length: 5\r\n\r\n12"), StartsWith("HTTP/1.1 408 "));
}

TEST(ApiServer, IdleConnectionEndsWithoutAWord) {
  ServerOptions options;
  options.idle_limit = 50ms;
  const ServerThread server(echoing(), options);
  EXPECT_EQ(answer_to(server.socket(), ""), "");
  RawClient client(server.socket());
  client.send(simple);
  EXPECT_THAT(client.receive_rest(), EndsWith("}\n"));
}

TEST(ApiServer, AClientThatTakesNothingIsLeft) {
  constexpr std::size_t size = 2'000'000;
  Router router;
  router.add("GET", "/v1/much", [](Request) -> Task<Answer> { co_return Answer(200, std::string(size, 'a')); });
  ServerOptions options;
  options.request_limit = 100ms;
  const ServerThread server(std::move(router), options);
  RawClient client(server.socket());
  client.send("GET /v1/much HTTP/1.1\r\n\r\n");
  pollfd end{client.descriptor(), POLLRDHUP, 0};
  ASSERT_EQ(::poll(&end, 1, 20'000), 1) << "the server has not ended the connection";
  EXPECT_LT(client.receive_rest().size(), size);
}

TEST(ApiServer, ClientsThatLeaveHarmNobody) {
  const ServerThread server(echoing());
  const std::string request = posting(R"({"a":"b"})");
  for (std::size_t size = 0; size <= request.size(); ++size) {
    RawClient client(server.socket());
    client.send(std::string_view(request).substr(0, size));
    if (size % 2 == 0) client.end_sending();
  }
  EXPECT_TRUE(call_and_wait(server.socket(), "GET", "/v1/x"));
}

TEST(ApiServer, ACallGoesOnWhenItsClientHasLeft) {
  std::promise<void> begun, goes_on, over;
  const std::shared_future<void> may_go_on = goes_on.get_future();
  Router router;
  router.add("POST", "/v1/x", [&begun, may_go_on, &over](Request) -> Task<Answer> {
    begun.set_value();
    while (may_go_on.wait_for(0s) != std::future_status::ready) co_await test::pause(1ms);
    over.set_value();
    co_return Answer();
  });
  const ServerThread server(std::move(router));
  {
    RawClient client(server.socket());
    client.send("POST /v1/x HTTP/1.1\r\n\r\n");
    begun.get_future().wait();
  }
  std::this_thread::sleep_for(20ms);
  goes_on.set_value();
  EXPECT_EQ(over.get_future().wait_for(10s), std::future_status::ready);
}

TEST(ApiServer, RandomBytesHarmNobody) {
  ServerOptions options;
  options.request_limit = 20ms;
  options.idle_limit = 20ms;
  options.body_limit = 500;
  const ServerThread server(echoing(), options);
  std::mt19937_64 random(11);
  const std::vector<std::string> seeds{
      std::string(simple), posting(R"({"a":[1,2,{"b":null}]})"),
      "POST /v1/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n2\r\n[]\r\n0\r\n\r\n"};
  for (int run = 0; run < 400; ++run) {
    std::string text = run % 4 == 0 ? test::random_bytes(1 + random() % 300, random()) : seeds[random() % seeds.size()];
    for (auto changes = random() % 6; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text.insert(at, test::random_bytes(random() % 9, random())); break;
        default: text.erase(at, 1 + random() % 5);
      }
      if (text.empty()) text = "x";
    }
    RawClient client(server.socket());
    client.send(text);
    if (run % 2 == 0) client.end_sending();
    const std::string answer = client.receive_rest();
    EXPECT_THAT(answer, testing::AnyOf("", StartsWith("HTTP/1.1 "))) << text;
  }
  EXPECT_TRUE(call_and_wait(server.socket(), "GET", "/v1/x"));
}

TEST(ApiServer, SocketInUseIsAnError) {
  const ServerThread first(echoing());
  boost::asio::io_context context;
  const Result<Server> second = Server::listen(context.get_executor(), first.socket(), echoing());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::exists);
  EXPECT_TRUE(call_and_wait(first.socket(), "GET", "/v1/x")) << "it was left alone";
}

TEST(ApiServer, WorksInADeepDirectory) {
  const ServerThread server(echoing(), {}, std::filesystem::path(std::string(150, 'a')) / std::string(150, 'b') / "ledger.socket");
  ASSERT_GT(server.socket().native().size(), 300U);
  EXPECT_TRUE(call_and_wait(server.socket(), "GET", "/v1/x"));
}

TEST(ApiServer, StopsWhileClientsAreConnected) {
  std::atomic<int> begun = 0;
  Router router = echoing();
  router.add("POST", "/v1/slow/{name}", [&begun](Request request) -> Task<Answer> {
    ++begun;
    co_await test::pause(150ms);
    co_return Answer(200, request.parameters.at("name"));
  });
  ServerThread server(std::move(router));
  RawClient idle(server.socket()), kept(server.socket()), half(server.socket()), busy(server.socket());
  kept.send(simple);
  ASSERT_EQ(kept.receive(15), "HTTP/1.1 200 OK");
  half.send("POST /v1/x HTTP/1.1\r\nConte");
  busy.send("POST /v1/slow/one HTTP/1.1\r\n\r\n");
  while (begun == 0) std::this_thread::sleep_for(1ms);
  const Result<> stopped = server.stop();
  EXPECT_TRUE(stopped) << describe(stopped.error());
  EXPECT_EQ(idle.receive_rest(), "");
  EXPECT_THAT(kept.receive_rest(), EndsWith("}\n"));
  EXPECT_EQ(half.receive_rest(), "");
  EXPECT_THAT(busy.receive_rest(), testing::AllOf(StartsWith("HTTP/1.1 200 OK"), HasSubstr("Connection: close"), EndsWith("\"one\"\n")));
  EXPECT_FALSE(std::filesystem::exists(server.socket()));
  EXPECT_EQ(call_and_wait(server.socket(), "GET", "/v1/x").error().kind, ErrorKind::not_found);
  EXPECT_TRUE(server.stop()) << "a second time";
}

TEST(ApiServer, StopCancelsWhatTakesTooLong) {
  std::atomic<bool> has_begun = false;
  Router router;
  router.add("POST", "/v1/endless", [&](Request) -> Task<Answer> {
    has_begun = true;
    co_await test::pause(1h);
    co_return Answer();
  });
  ServerOptions options;
  options.stop_limit = 50ms;
  ServerThread server(std::move(router), options);
  RawClient client(server.socket());
  client.send("POST /v1/endless HTTP/1.1\r\n\r\n");
  while (!has_begun) std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(server.stop());
  const Error error = error_in(client.receive_rest());
  EXPECT_EQ(error.kind, ErrorKind::canceled);
  EXPECT_THAT(error.what, HasSubstr("POST /v1/endless was broken off"));
}

TEST(ApiServer, StopNamesWhatDoesNotEnd) {
  std::atomic<bool> has_begun = false, may_end = false;
  Router router;
  router.add("POST", "/v1/deaf", [&](Request) -> Task<Answer> {
    co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
    has_begun = true;
    while (!may_end) co_await test::pause(1ms);
    co_return Answer();
  });
  ServerOptions options;
  options.stop_limit = 20ms;
  ServerThread server(std::move(router), options);
  RawClient client(server.socket());
  client.send("POST /v1/deaf HTTP/1.1\r\n\r\n");
  while (!has_begun) std::this_thread::sleep_for(1ms);
  const Result<> stopped = server.stop();
  may_end = true;
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, ErrorKind::timeout);
  EXPECT_THAT(stopped.error().what, HasSubstr("POST /v1/deaf"));
}

TEST(ApiServer, DroppedWithoutStopCutsEverything) {
  std::atomic<bool> has_begun = false;
  Router router = echoing();
  router.add("POST", "/v1/endless/x", [&](Request) -> Task<Answer> {
    has_begun = true;
    co_await test::pause(1h);
    co_return Answer();
  });
  ServerThread server(std::move(router));
  RawClient idle(server.socket()), busy(server.socket());
  busy.send("POST /v1/endless/x HTTP/1.1\r\n\r\n");
  while (!has_begun) std::this_thread::sleep_for(1ms);
  server.drop();
  EXPECT_EQ(idle.receive_rest(), "");
  EXPECT_EQ(busy.receive_rest(), "");
  EXPECT_FALSE(std::filesystem::exists(server.socket()));
}

TEST(ApiServer, GoesWithItsContextWhateverIsUnderWay) {
  const test::TemporaryFolder folder;
  Router router;
  router.add("POST", "/v1/endless", [](Request) -> Task<Answer> {
    co_await test::pause(1h);
    co_return Answer();
  });
  boost::asio::io_context context(1);
  Result<Server> server = Server::listen(context.get_executor(), folder.path() / "socket", std::move(router));
  ASSERT_TRUE(server);
  RawClient idle(folder.path() / "socket"), busy(folder.path() / "socket");
  busy.send("POST /v1/endless HTTP/1.1\r\n\r\n");
  context.run_for(50ms);
}

}  // namespace
}  // namespace godwit::api
