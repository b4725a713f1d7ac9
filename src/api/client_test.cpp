// SPDX-License-Identifier: Apache-2.0
#include "api/client.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/this_coro.hpp>
#include <fstream>
#include <functional>

#include "api/owner_lock.h"
#include "api/test_server.h"
#include "ledger/sqlite_ledger.h"
#include "tests/support/stream_helpers.h"

namespace godwit::api {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::run_task;
using test::ServerThread;
using test::TemporaryFolder;
using testing::HasSubstr;

// A server that does not know HTTP: it takes one connection after the other and does to each what it is told.
class FalseServer {
 public:
  explicit FalseServer(std::function<void(int)> session) : session_(std::move(session)), thread_([this] { serve(); }) {}
  ~FalseServer() {
    is_over_ = true;
    (void)connect_to(file());  // wakes it
    thread_.join();
  }
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "socket"; }

 private:
  void serve() {
    while (true) {
      const Descriptor connection(::accept(listener_.get(), nullptr, nullptr));
      if (is_over_) return;
      session_(connection.get());
    }
  }
  static Descriptor listening(const std::filesystem::path& file, std::optional<ListeningSocket>& keeper) {
    keeper.emplace(ListeningSocket::open(file).value());
    const int descriptor = keeper->release();
    ::fcntl(descriptor, F_SETFL, 0);
    return Descriptor(descriptor);
  }

  TemporaryFolder folder_;
  std::optional<ListeningSocket> keeper_;
  Descriptor listener_{listening(file(), keeper_)};
  std::atomic<bool> is_over_ = false;
  std::function<void(int)> session_;
  std::thread thread_;
};

// Reads the request's header and says this.
std::function<void(int)> saying(std::string answer) {
  return [answer = std::move(answer)](int descriptor) {
    std::string request;
    while (!request.ends_with("\r\n\r\n")) {
      const std::string byte = test::receive_exactly(descriptor, 1);
      if (byte.empty()) return;
      request += byte;
    }
    test::send_all(descriptor, answer);
  };
}

TEST(ApiClient, NoOwnerIsNotFound) {
  const TemporaryFolder folder;
  const auto nobody = call_and_wait(folder.path() / "ledger.socket", "GET", "/v1/x");
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().kind, ErrorKind::not_found);
  EXPECT_THAT(nobody.error().what, HasSubstr("no such socket"));
}

TEST(ApiClient, GivesTheVeryErrorOfTheHandler) {
  const Error thrown{ErrorKind::quota, "the mailbox is full; make room there", "NO [OVERQUOTA] \xfc", "bob@example.com: INBOX: UID 7"};
  Router router;
  router.add("POST", "/v1/x", [&](Request) -> Task<Answer> { co_return Answer(std::unexpected(thrown)); });
  const ServerThread server(std::move(router));
  const auto answer = call_and_wait(server.socket(), "POST", "/v1/x");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), thrown);
  EXPECT_EQ(exit_status_of(answer.error().kind), 1);
}

TEST(ApiClient, UsesOneConnectionForManyCalls) {
  std::atomic<int> count = 0;
  Router router;
  router.add("POST", "/v1/x", [&](Request request) -> Task<Answer> {
    ++count;
    co_return request.body == json("bad") ? Answer(std::unexpected(Error{ErrorKind::refused, "no", {}, {}})) : Answer(200, request.body);
  });
  ServerOptions options;
  options.clients_limit = 1;
  const ServerThread server(std::move(router), options);
  const auto calls = [&]() -> Task<> {
    Result<Client> client = co_await Client::connect(server.socket());
    for (int number = 0; number < 20; ++number) {
      EXPECT_EQ(co_await client->call("POST", "/v1/x", number), json(number));
      EXPECT_EQ((co_await client->call("POST", "/v1/x", "bad")).error().kind, ErrorKind::refused) << "and the connection stays";
      EXPECT_EQ((co_await client->call("GET", "/nothing")).error().kind, ErrorKind::not_found);
    }
    Client moved = std::move(*client);
    EXPECT_EQ(co_await moved.call("POST", "/v1/x", "moved"), json("moved"));
  };
  run_task(calls());
  EXPECT_EQ(count, 41);
}

TEST(ApiClient, ConnectsAgainAfterAnIdleTime) {
  Router router;
  router.add("GET", "/v1/x", [](Request) -> Task<Answer> { co_return Answer(200, 1); });
  ServerOptions options;
  options.idle_limit = 30ms;
  const ServerThread server(std::move(router), options);
  const auto calls = [&]() -> Task<> {
    Result<Client> client = co_await Client::connect(server.socket());
    for (int number = 0; number < 3; ++number) {
      EXPECT_TRUE(co_await client->call("GET", "/v1/x"));
      co_await test::pause(100ms);
    }
  };
  run_task(calls());
}

TEST(ApiClient, LearnsWhyALargeRequestIsRefused) {
  Router router;
  router.add("POST", "/v1/x", [](Request) -> Task<Answer> { co_return Answer(); });
  const ServerThread server(std::move(router));
  const auto answer = call_and_wait(server.socket(), "POST", "/v1/x", std::string(3'000'000, 'a'));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::usage);
  EXPECT_THAT(answer.error().what, HasSubstr("larger than 1.0 MiB"));
}

TEST(ApiClient, TakesALargeAnswer) {
  Router router;
  router.add("GET", "/v1/x", [](Request) -> Task<Answer> { co_return Answer(200, std::string(1'500'000, 'a')); });
  const ServerThread server(std::move(router));
  EXPECT_EQ(call_and_wait(server.socket(), "GET", "/v1/x").value().get<std::string>().size(), 1'500'000U);
  ClientOptions options;
  options.answer_size_limit = 1'000'000;
  const auto refused = call_and_wait(server.socket(), "GET", "/v1/x", nullptr, options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::syntax);
  EXPECT_THAT(refused.error().what, HasSubstr("larger than"));
}

TEST(ApiClient, DoesNotWaitForEver) {
  const FalseServer server([](int descriptor) { (void)test::receive_until_end(descriptor); });
  ClientOptions options;
  options.answer_limit = 50ms;
  const auto answer = call_and_wait(server.file(), "GET", "/v1/x", nullptr, options);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::timeout);
  EXPECT_THAT(answer.error().what, HasSubstr("within 0.05 s"));
  EXPECT_THAT(answer.error().where, HasSubstr("process"));
}

TEST(ApiClient, PathsThatWouldBreakTheRequestAreRefused) {
  Router router;
  const ServerThread server(std::move(router));
  for (const char* path : {"", "v1", "/a b", "/a\r\nX: y", "/\xfc", "/\x7f"}) {
    EXPECT_EQ(call_and_wait(server.socket(), "GET", path).error().kind, ErrorKind::bug) << path;
  }
}

TEST(ApiClient, AnswersThatAreNoneAreErrors) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
  struct Case {
    std::string answer;
    ErrorKind kind;
  };
  const std::vector<Case> table{
      {"", ErrorKind::network},
      {"HTTP/1.1 20", ErrorKind::network},
      {head, ErrorKind::network},
      {head + "Content-Length: 9\r\n\r\n[1", ErrorKind::network},
      {head + "Transfer-Encoding: chunked\r\n\r\n2\r\n[", ErrorKind::network},
      {"* OK IMAP4rev1 ready\r\n\r\n", ErrorKind::syntax},
      {head + "A: " + std::string(70'000, 'a') + "\r\n\r\n", ErrorKind::syntax},
      {head + "Content-Length: 1\r\n\r\n[", ErrorKind::syntax},
      {head + "Content-Length: 0\r\n\r\n", ErrorKind::syntax},
      {head + "\r\n<html>", ErrorKind::syntax},
      {"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\n{}", ErrorKind::syntax},
      {"HTTP/1.1 403 No\r\nContent-Length: 50\r\n\r\n{\"error\":{\"kind\":\"auth\",\"what\":\"no entry\"}}       ", ErrorKind::auth},
  };
  for (const Case& each : table) {
    const FalseServer server(saying(each.answer));
    const auto answer = call_and_wait(server.file(), "GET", "/v1/x");
    ASSERT_FALSE(answer) << each.answer;
    EXPECT_EQ(answer.error().kind, each.kind) << each.answer << describe(answer.error());
  }
  const FalseServer server(saying(head + "\r\n[1]"));
  EXPECT_EQ(call_and_wait(server.file(), "GET", "/v1/x"), json({1})) << "an answer that ends with the connection";
}

// A stream that counts up to `end`, and then ends as told.
struct Counting {
  std::atomic<int> sent = 0;
  std::atomic<bool> is_over = false;
  [[nodiscard]] Router router(int end, Result<> outcome = {}) {
    Router made;
    made.add_stream("GET", "/v1/count", [this, end, outcome](Request, EventStream& lines) -> Task<Result<>> {
      struct Over {
        std::atomic<bool>& flag;
        ~Over() { flag = true; }
      } over{is_over};
      for (int number = 0; number < end; ++number) {
        GODWIT_CO_CHECK(co_await lines.send({{"number", number}, {"name", "a\nb"}}));
        ++sent;
        if (number % 10 == 0) co_await test::pause(1ms);
      }
      co_return outcome;
    });
    made.add("GET", "/v1/plain", [](Request) -> Task<Answer> { co_return Answer(200, 1); });
    return made;
  }
  [[nodiscard]] bool ends_soon() const {
    for (int count = 0; count < 2000 && !is_over; ++count) std::this_thread::sleep_for(5ms);
    return is_over;
  }
};

// Numbers that came, and how the stream ended.
struct Heard {
  int count = 0;
  std::optional<Error> error;
};
Task<Heard> listen_to(std::filesystem::path socket, std::string path, int at_most = 1'000'000) {
  Heard heard;
  Result<Client> client = co_await Client::connect(std::move(socket));
  if (!client) co_return Heard{0, client.error()};
  Result<EventReader> reader = co_await client->open_stream(std::move(path));
  if (!reader) co_return Heard{0, reader.error()};
  while (heard.count < at_most) {
    Result<std::optional<json>> line = co_await reader->next();
    if (!line) heard.error = line.error();
    if (!line || !*line) break;
    EXPECT_EQ(**line, json({{"number", heard.count}, {"name", "a\nb"}}));
    ++heard.count;
  }
  if (heard.count < at_most) {
    EXPECT_EQ(co_await reader->next(), std::nullopt) << "nothing more behind the end";
  }
  co_return heard;
}

TEST(ApiStream, GivesLineAfterLine) {
  Counting counting;
  const ServerThread server(counting.router(2000));
  const Heard heard = run_task(listen_to(server.socket(), "/v1/count"));
  EXPECT_EQ(heard.count, 2000);
  EXPECT_EQ(heard.error, std::nullopt);
}

TEST(ApiStream, MayBeEmpty) {
  Counting counting;
  const ServerThread server(counting.router(0));
  const Heard heard = run_task(listen_to(server.socket(), "/v1/count"));
  EXPECT_EQ(heard.count, 0);
  EXPECT_EQ(heard.error, std::nullopt);
}

TEST(ApiStream, EndsWithTheErrorOfTheHandler) {
  const Error error{ErrorKind::storage, "the disk is full", {}, "ledger"};
  for (const int lines : {0, 1, 15}) {
    Counting counting;
    const ServerThread server(counting.router(lines, std::unexpected(error)));
    const Heard heard = run_task(listen_to(server.socket(), "/v1/count"));
    EXPECT_EQ(heard.count, lines);
    EXPECT_EQ(heard.error, error);
    const std::string raw = test::answer_to(server.socket(), "GET /v1/count HTTP/1.1\r\n\r\n");
    EXPECT_THAT(raw, testing::StartsWith(lines == 0 ? "HTTP/1.1 500 " : "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"));
  }
}

TEST(ApiStream, IsCanceledWhenTheClientLeaves) {
  Counting counting;
  const ServerThread server(counting.router(1'000'000'000));
  const Heard heard = run_task(listen_to(server.socket(), "/v1/count", 25));
  EXPECT_EQ(heard.count, 25);
  EXPECT_TRUE(counting.ends_soon());
}

TEST(ApiStream, IsCanceledWhileItWaitsForSomethingElse) {
  std::promise<void> over;
  Router router;
  router.add_stream("GET", "/v1/wait", [&over](Request, EventStream& lines) -> Task<Result<>> {
    (void)co_await lines.send("here");
    try {
      co_await test::pause(1h);
    } catch (const boost::system::system_error&) {
      over.set_value();
    }
    co_return Result<>{};
  });
  const ServerThread server(std::move(router));
  {
    test::RawClient client(server.socket());
    client.send("GET /v1/wait HTTP/1.1\r\n\r\n");
    ASSERT_EQ(client.receive(15), "HTTP/1.1 200 OK");
  }
  EXPECT_EQ(over.get_future().wait_for(10s), std::future_status::ready);
}

TEST(ApiStream, OfAClientThatReadsNothingEnds) {
  Counting counting;
  ServerOptions options;
  options.request_limit = 100ms;
  const ServerThread server(counting.router(1'000'000'000), options);
  test::RawClient client(server.socket());
  client.send("GET /v1/count HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(counting.ends_soon());
}

TEST(ApiStream, EndsWithTheServer) {
  Counting counting;
  ServerThread server(counting.router(1'000'000'000));
  auto heard = std::async(std::launch::async, [&] { return run_task(listen_to(server.socket(), "/v1/count")); });
  while (counting.sent < 20) std::this_thread::sleep_for(1ms);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(server.stop());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s) << "it does not wait for streams";
  const Heard result = heard.get();
  EXPECT_GE(result.count, 20);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->kind, ErrorKind::canceled);
}

TEST(ApiStream, ThatBreaksIsAnError) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string line = R"({"name":"a\nb","number":0})";
  for (const auto& [answer, count, kind] :
       {std::tuple(head, 0, ErrorKind::network), {head + "1b\r\n" + line + "\n\r\n", 1, ErrorKind::network},
        {head + "2\r\n{\n\r\n0\r\n\r\n", 0, ErrorKind::syntax}, {head + "x\r\n", 0, ErrorKind::syntax},
        {head + "fff\r\n" + std::string(0xfff, 'a') + "\r\n", 0, ErrorKind::network}}) {
    const FalseServer server(saying(answer));
    const Heard heard = run_task(listen_to(server.file(), "/v1/count"));
    EXPECT_EQ(heard.count, count) << answer;
    ASSERT_TRUE(heard.error) << answer;
    EXPECT_EQ(heard.error->kind, kind) << answer << describe(*heard.error);
  }
}

TEST(ApiStream, IsReadHoweverItIsCut) {
  const std::string line = R"({"name":"a\nb","number":0})";
  std::string answer = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char c : line + "\n") answer += fmt::format("1\r\n{}\r\n", c);
  const FalseServer server(saying(answer + "0\r\n\r\n"));
  EXPECT_EQ(run_task(listen_to(server.file(), "/v1/count")).count, 1);
}

TEST(ApiStream, ALineThatComesInTwoHalvesHidesNoOther) {
  const std::string begin = std::string(100, ' ') + R"({"name":"a\nb","numb)";  // longer than the next line
  const std::string end = "er\":0}\n" R"({"name":"a\nb","number":1})" "\n";
  const FalseServer server([&](int descriptor) {
    saying("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")(descriptor);
    test::send_all(descriptor, fmt::format("{:x}\r\n{}\r\n", begin.size(), begin));
    std::this_thread::sleep_for(50ms);
    test::send_all(descriptor, fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", end.size(), end));
  });
  const Heard heard = run_task(listen_to(server.file(), "/v1/count"));
  EXPECT_EQ(heard.count, 2);
  EXPECT_EQ(heard.error, std::nullopt);
}

TEST(ApiStream, LeavesTheClientUsable) {
  Counting counting;
  const ServerThread server(counting.router(1'000'000'000));
  const auto both = [&]() -> Task<> {
    Result<Client> client = co_await Client::connect(server.socket());
    EXPECT_EQ(co_await client->call("GET", "/v1/plain"), json(1));
    Result<EventReader> reader = co_await client->open_stream("/v1/count");
    for (int number = 0; number < 5; ++number) {
      EXPECT_EQ((co_await reader->next()).value().value().at("number"), number);
      EXPECT_EQ(co_await client->call("GET", "/v1/plain"), json(1));
    }
  };
  run_task(both());
}

TEST(ApiStream, APlainCallIsNone) {
  Counting counting;
  const ServerThread server(counting.router(1));
  EXPECT_EQ(run_task(listen_to(server.socket(), "/v1/plain")).error.value().kind, ErrorKind::syntax);
  EXPECT_EQ(run_task(listen_to(server.socket(), "/v1/nothing")).error.value().kind, ErrorKind::not_found);
}

TEST(OwnerLock, TellsWhetherThereIsAnOwner) {
  const TemporaryFolder folder;
  const auto ledger = folder.path() / "plan.ledger";
  EXPECT_EQ(has_owner(ledger), false);
  {
    const auto open = ledger::open_sqlite_ledger(ledger);
    ASSERT_TRUE(open) << describe(open.error());
    EXPECT_EQ(has_owner(ledger), true) << "without a socket";
    EXPECT_EQ(has_owner(folder.path() / "." / "plan.ledger"), true);
  }
  EXPECT_EQ(has_owner(ledger), false);
  std::ofstream(folder.path() / "plan.ledger.lock") << "123\n";
  EXPECT_EQ(has_owner(ledger), false) << "what a killed process left";
  {
    const auto listening = ListeningSocket::open(socket_of(ledger));
    ASSERT_TRUE(listening);
    EXPECT_EQ(has_owner(ledger), true);
  }
  EXPECT_TRUE(ledger::open_sqlite_ledger(ledger)) << "asking has taken no lock";
}

TEST(OwnerLock, SocketLiesBesideTheLedgerWhateverTheWayToIt) {
  const TemporaryFolder folder;
  const auto ledger = folder.path() / "plan.ledger";
  std::ofstream(ledger) << "";
  std::filesystem::create_symlink(ledger, folder.path() / "link");
  const auto real = std::filesystem::canonical(folder.path());
  EXPECT_EQ(socket_of(ledger), real / "plan.ledger.socket");
  EXPECT_EQ(socket_of(folder.path() / "link"), real / "plan.ledger.socket");
  EXPECT_EQ(socket_of(folder.path() / "no" / ".." / "plan.ledger"), real / "plan.ledger.socket");
}

}  // namespace
}  // namespace godwit::api
