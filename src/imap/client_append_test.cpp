// SPDX-License-Identifier: Apache-2.0
// APPEND in all its forms against scripts.
#include <gmock/gmock.h>

#include "imap/client.h"
#include "imap/test_talk.h"
#include "tests/support/run_task.h"
#include "tests/support/scripted_stream.h"

namespace godwit::imap {
namespace {

using test::Script;
using test::ScriptedStream;
using test::ScriptOptions;
using ::testing::ElementsAre;

Script greeting(const char* extensions) {
  Script script;
  script.server(fmt::format("* OK [CAPABILITY IMAP4rev1 {}] ready\r\n", extensions));
  return script;
}

AppendMessage message(std::string_view bytes) {
  AppendMessage one;
  one.bytes = bytes;
  return one;
}

// Appends these and gives the outcome of the handle.
Task<Result<AppendResult>> append(Client& client, std::string mailbox, std::vector<AppendMessage> messages) {
  GODWIT_CO_TRY(auto command, co_await client.append(mailbox, messages));
  co_return co_await command.wait();
}

void play(const Script& script, Talk talk) {
  const auto conversation = with_client(std::move(talk));
  test::play_in_every_delivery(script, conversation, 10);
  test::play_failing_at_every_step(script, conversation);
}

TEST(ClientAppendTest, LiteralPlusIsOneWrite) {
  Script script = greeting("LITERAL+ MULTIAPPEND");
  script.client(
      "A0001 APPEND \"Entw&APw-rfe\" (\\Seen a) \"17-Jul-1996 02:44:25 -0700\" {3+}\r\na\r\n {0+}\r\n {2+}\r\nxy\r\n");
  script.server("A0001 OK [APPENDUID 9 5,7:8] done\r\n");
  play(script, [](Client& client) -> Task<Result<>> {
    std::vector<AppendMessage> messages{message("a\r\n"), message(""), message("xy")};
    messages[0].flags.add("\\Seen");
    messages[0].flags.add("a");
    messages[0].internal_date = "17-Jul-1996 02:44:25 -0700";
    GODWIT_CO_TRY(const AppendResult result, co_await append(client, "Entw\xC3\xBCrfe", messages));
    EXPECT_EQ(result.append_uid.value().uid_validity, 9U);
    EXPECT_EQ(result.append_uid.value().count(), 3U);
    co_return Result<>();
  });
}

TEST(ClientAppendTest, QueuedCommandsGoWithTheSameWrite) {
  Script script = greeting("LITERAL+");
  script.client("A0001 NOOP\r\nA0002 APPEND \"a\" {1+}\r\nx\r\n").server("A0001 OK .\r\nA0002 OK .\r\n");
  auto stream = std::make_unique<ScriptedStream>(script);
  const auto report = stream->report();
  const auto result = test::run_task(with_client([](Client& client) -> Task<Result<>> {
    auto noop = client.noop();
    GODWIT_CO_TRY(const AppendResult appended, co_await append(client, "a", {message("x")}));
    EXPECT_FALSE(appended.append_uid);
    GODWIT_CO_CHECK(co_await noop.wait());
    co_return Result<>();
  })(std::move(stream)));
  EXPECT_TRUE(result);
  EXPECT_LE(report->operations, 4U);  // greeting, one write, at most two reads
}

TEST(ClientAppendTest, SynchronisingLiterals) {
  Script script = greeting("MULTIAPPEND");
  script.client("A0001 APPEND \"a\" {1}\r\n").server("+ go\r\n").client("x {2}\r\n").server("* 1 EXISTS\r\n+ go\r\n");
  script.client("yz\r\n").server("A0001 OK [APPENDUID 1 2:3] done\r\n");
  play(script, [](Client& client) -> Task<Result<>> {
    GODWIT_CO_TRY(const AppendResult result, co_await append(client, "a", {message("x"), message("yz")}));
    EXPECT_EQ(result.append_uid.value().count(), 2U);
    co_return Result<>();
  });
}

TEST(ClientAppendTest, LiteralMinusWaitsAboveItsLimit) {
  const std::string large(4097, 'L');
  Script script = greeting("LITERAL- MULTIAPPEND");
  script.client("A0001 APPEND \"a\" {1+}\r\nx {4097}\r\n")
      .server("+ go\r\n")
      .client(large + "\r\n")
      .server("A0001 OK done\r\n");
  play(script, [&](Client& client) -> Task<Result<>> {
    GODWIT_CO_CHECK(co_await append(client, "a", {message("x"), message(large)}));
    co_return Result<>();
  });
}

// Early NO: nothing more of the command is written, and the session goes on.
TEST(ClientAppendTest, EarlyRefusal) {
  Script script = greeting("MULTIAPPEND");
  script.client("A0001 APPEND \"a\" {1}\r\n").server("+ go\r\n").client("x {2}\r\n").server("A0001 NO [OVERQUOTA] full\r\n");
  script.client("A0002 NOOP\r\n").server("A0002 OK done\r\n");
  play(script, [](Client& client) -> Task<Result<>> {
    const std::vector<AppendMessage> messages{message("x"), message("yz")};
    GODWIT_CO_TRY(auto command, co_await client.append("a", messages));
    const auto result = co_await command.wait();
    EXPECT_FALSE(result);
    if (!result) EXPECT_EQ(result.error().kind, ErrorKind::quota);
    auto noop = client.noop();
    GODWIT_CO_CHECK(co_await noop.wait());
    co_return Result<>();
  });
}

TEST(ClientAppendTest, EarlyOkIsNotBelieved) {
  Script script = greeting("");
  script.client("A0001 APPEND \"a\" {1}\r\n").server("A0001 OK [APPENDUID 1 2] stored nothing\r\n");
  test::play_in_every_delivery(script, with_client([](Client& client) -> Task<Result<>> {
                                 const auto result = co_await append(client, "a", {message("x")});
                                 EXPECT_FALSE(result);
                                 if (!result) EXPECT_EQ(result.error().kind, ErrorKind::syntax);
                                 co_return Result<>();
                               }));
}

TEST(ClientAppendTest, SeveralWithoutTheExtensionAreABug) {
  const Script script = greeting("LITERAL+");
  test::play_in_every_delivery(script, with_client([](Client& client) -> Task<Result<>> {
                                 const auto result = co_await append(client, "a", {message("x"), message("y")});
                                 EXPECT_FALSE(result);
                                 if (!result) EXPECT_EQ(result.error().kind, ErrorKind::bug);
                                 co_return Result<>();
                               }),
                               1);
}

TEST(ClientAppendTest, OddKeywordIsRefusedBeforeAnythingIsWritten) {
  const Script script = greeting("LITERAL+");
  test::play_in_every_delivery(script, with_client([](Client& client) -> Task<Result<>> {
                                 AppendMessage one = message("x");
                                 one.flags.add("a b");
                                 const auto result = co_await append(client, "a", {one});
                                 EXPECT_FALSE(result);
                                 if (!result) EXPECT_EQ(result.error().kind, ErrorKind::refused);
                                 co_return Result<>();
                               }),
                               1);
}

TEST(ClientAppendTest, Stream) {
  Script script = greeting("LITERAL-");
  script.client("A0001 APPEND \"a\" (\\Draft) {6000}\r\n").server("+ go\r\n");
  script.client(std::string(3000, 'a'))
      .client(std::string(3000, 'b'))
      .client("\r\nA0002 NOOP\r\n")
      .server("A0001 OK [APPENDUID 1 2] x\r\nA0002 OK .\r\n");
  ScriptOptions options;
  options.early_writes = true;
  const auto conversation = with_client([](Client& client) -> Task<Result<>> {
    MessageFlags flags;
    flags.add("\\Draft");
    GODWIT_CO_TRY(auto stream, co_await client.append_stream("a", flags, "", 6000));
    auto noop = client.noop();  // goes out behind the APPEND
    GODWIT_CO_CHECK(co_await client.flush());
    GODWIT_CO_CHECK(co_await stream.write(std::string(3000, 'a')));
    GODWIT_CO_CHECK(co_await stream.write(std::string(3000, 'b')));
    GODWIT_CO_TRY(auto command, co_await stream.finish());
    GODWIT_CO_TRY(const AppendResult result, co_await command.wait());
    EXPECT_EQ(result.append_uid.value().uids.at(0).first, 2U);
    GODWIT_CO_CHECK(co_await noop.wait());
    co_return Result<>();
  });
  test::play_in_every_delivery(script, conversation, 10, options);
  test::play_failing_at_every_step(script, conversation, test::expect_network_error, options);
}

TEST(ClientAppendTest, StreamRefusedBeforeItsBytes) {
  Script script = greeting("");
  script.client("A0001 APPEND \"a\" {6}\r\n").server("A0001 NO [TRYCREATE] no folder\r\n");
  test::play_in_every_delivery(script, with_client([](Client& client) -> Task<Result<>> {
                                 const auto result = co_await client.append_stream("a", {}, "", 6);
                                 EXPECT_FALSE(result);
                                 if (!result) EXPECT_EQ(result.error().kind, ErrorKind::not_found);
                                 co_return Result<>();
                               }));
}

TEST(ClientAppendTest, GivenUpStreamEndsTheSession) {
  Script script = greeting("LITERAL+");
  script.client("A0001 APPEND \"a\" {6+}\r\n");
  ScriptOptions options;
  options.may_stop_early = true;
  test::play_in_every_delivery(script, with_client([](Client& client) -> Task<Result<>> {
                                 { GODWIT_CO_CHECK(co_await client.append_stream("a", {}, "", 6)); }
                                 auto noop = client.noop();
                                 const auto result = co_await noop.wait();
                                 EXPECT_FALSE(result);
                                 if (!result) EXPECT_EQ(result.error().kind, ErrorKind::bug);
                                 co_return Result<>();
                               }),
                               1, options);
}

// One coroutine appends, another reads the answers: the second must not disturb the first's wait for '+'.
TEST(ClientAppendTest, WriterAndReaderAtOnce) {
  Script script = greeting("");
  script.client("A0001 NOOP\r\nA0002 APPEND \"a\" {1}\r\n")
      .server("A0001 OK .\r\n+ go\r\n")
      .client("x\r\n")
      .server("A0002 OK .\r\n");
  ScriptOptions options;
  options.early_writes = true;
  test::play_in_every_delivery(script, with_client([](Client& client) -> Task<Result<>> {
                                 auto noop = client.noop();
                                 std::optional<Result<StatusResponse>> read;
                                 const auto executor = co_await boost::asio::this_coro::executor;
                                 const auto reader = [&]() -> Task<> { read = co_await noop.wait(); };
                                 boost::asio::co_spawn(executor, reader(), boost::asio::detached);
                                 GODWIT_CO_TRY(auto command, co_await client.append("a", std::vector{message("x")}));
                                 GODWIT_CO_CHECK(co_await command.wait());
                                 for (int turn = 0; turn < 100 && !read; ++turn) {
                                   co_await boost::asio::post(executor, boost::asio::use_awaitable);
                                 }
                                 EXPECT_TRUE(read && *read);
                                 co_return Result<>();
                               }),
                               20, options);
}

// The peer closes while we still write; what it said before is the reason.
class DeafStream final : public net::Stream {
 public:
  explicit DeafStream(std::string said) : said_(std::move(said)) {}
  Task<Result<std::size_t>> read_some(std::span<char> buffer) override {
    const std::size_t size =
        std::min(said_.size(), greeted_ ? buffer.size() : std::min(buffer.size(), said_.find('\n') + 1));
    std::ranges::copy(said_.substr(0, size), buffer.begin());
    said_.erase(0, size);
    greeted_ = true;
    co_return size;
  }
  Task<Result<>> write(std::span<const std::string_view>) override { co_return fail(ErrorKind::network, "broken pipe"); }
  void set_wait_limit(std::chrono::milliseconds) override {}
  void close() override {}
  std::string peer() const override { return {}; }
  std::string security() const override { return {}; }
  std::chrono::nanoseconds waited_reading() const override { return {}; }
  std::chrono::nanoseconds waited_writing() const override { return {}; }

 private:
  std::string said_;
  bool greeted_ = false;
};

Error error_when_deaf(const char* said) {
  const auto result = test::run_task(with_client([](Client& client) -> Task<Result<>> {
    GODWIT_CO_CHECK(co_await append(client, "a", {message("x")}));
    co_return Result<>();
  })(std::make_unique<DeafStream>(said)));
  EXPECT_FALSE(result);
  return result ? Error{} : result.error();
}

TEST(ClientAppendTest, ReasonOfABrokenWrite) {
  const Error refused = error_when_deaf("* OK [CAPABILITY LITERAL+] ready\r\nA0001 NO [TOOBIG] too large\r\n");
  EXPECT_EQ(refused.kind, ErrorKind::too_big);
  const Error bye = error_when_deaf("* OK [CAPABILITY LITERAL+] ready\r\n* BYE [UNAVAILABLE] later\r\n");
  EXPECT_EQ(bye.kind, ErrorKind::unavailable);
  EXPECT_EQ(bye.server_text, "[UNAVAILABLE] later");
  EXPECT_EQ(error_when_deaf("* OK [CAPABILITY LITERAL+] ready\r\n").kind, ErrorKind::network);
}

}  // namespace
}  // namespace godwit::imap
