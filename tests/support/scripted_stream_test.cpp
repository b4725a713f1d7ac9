// SPDX-License-Identifier: Apache-2.0
#include "tests/support/scripted_stream.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tests/support/run_task.h"
#include "tests/support/stream_helpers.h"

namespace godwit::test {
namespace {

// Reads until `text` is complete; any other bytes are an error.
Task<Result<>> read_text(net::Stream& stream, std::string_view text) {
  GODWIT_CO_TRY(const std::string got, co_await read_exactly(stream, text.size(), 64));
  if (got.size() < text.size()) co_return fail(ErrorKind::network, "end of file");
  if (got != text) co_return fail(ErrorKind::syntax, "got " + got);
  co_return Result<>{};
}

const char* const append_transcript = R"(
  # a comment
  S: * OK ready
  C: A1 APPEND INBOX {8}
  S: * 1 EXISTS
  S: + go on
  C: one
two
  S: * 1 FETCH (BODY[] {3}
a
 UID 7)
  S: A1 OK done
)";

Task<Result<>> append(std::unique_ptr<net::Stream> stream) {
  GODWIT_CO_CHECK(co_await read_text(*stream, "* OK ready\r\n"));
  GODWIT_CO_CHECK(co_await write_text(*stream, "A1 APPEND INBOX {8}\r\n"));
  GODWIT_CO_CHECK(co_await read_text(*stream, "* 1 EXISTS\r\n+ go on\r\n"));
  GODWIT_CO_CHECK(co_await write_text(*stream, "one\r\ntw"));
  GODWIT_CO_CHECK(co_await write_text(*stream, "o\r\n"));
  co_return co_await read_text(*stream, "* 1 FETCH (BODY[] {3}\r\na\r\n UID 7)\r\nA1 OK done\r\n");
}

TEST(Script, ReadsTranscriptsWithLiterals) {
  const Script script = Script::parse(append_transcript);
  ASSERT_EQ(script.steps().size(), 7U);
  EXPECT_EQ(script.steps()[4].bytes, "one\r\ntwo\r\n");
  EXPECT_EQ(script.steps()[5].bytes, "* 1 FETCH (BODY[] {3}\r\na\r\n UID 7)\r\n");
}

TEST(Script, ARefusedLiteralIsNotAwaited) {
  const Script script = Script::parse("C: A1 X {5}\nS: A1 NO too big\nC: A2 Y {2+}\nab c\nS:\n");
  ASSERT_EQ(script.steps().size(), 4U);
  EXPECT_EQ(script.steps()[2].bytes, "A2 Y {2+}\r\nab c\r\n");
  EXPECT_EQ(script.steps()[3].bytes, "\r\n");
}

TEST(Script, RefusesJunk) {
  EXPECT_THROW((void)Script::parse("X: hello"), std::invalid_argument);
  EXPECT_THROW((void)Script::parse("S: {5}\nab"), std::invalid_argument);
  EXPECT_THROW((void)Script::parse("C: {5}\nS: + \n"), std::invalid_argument);
  EXPECT_THROW((void)Script::load("/does/not/exist"), std::invalid_argument);
}

TEST(ScriptedStream, PlaysInEveryDeliveryAndFailsAtEveryStep) {
  const Script script = Script::parse(append_transcript);
  play_in_every_delivery(script, append);
  play_failing_at_every_step(script, append);
  play_failing_at_every_step(script, append, expect_network_error, {.delivery = ScriptOptions::Delivery::bytes});
}

TEST(ScriptedStream, BytewiseDeliveryGivesOneByteAtATime) {
  run_task([]() -> Task<> {
    ScriptedStream stream(Script().server("ab").server("c"), {.delivery = ScriptOptions::Delivery::bytes});
    std::array<char, 8> buffer{};
    for (const char expected : {'a', 'b', 'c'}) {
      EXPECT_EQ(co_await stream.read_some(buffer), 1U);
      EXPECT_EQ(buffer[0], expected);
    }
    EXPECT_EQ(co_await stream.read_some(buffer), 0U);
  }());
}

TEST(ScriptedStream, AnUnexpectedWriteFailsTheTestWithBothTexts) {
  EXPECT_NONFATAL_FAILURE(run_task([]() -> Task<> {
                            ScriptedStream stream(Script().client("A1 NOOP\r\n"));
                            const auto result = co_await write_text(stream, "A1 LOGOUT\r\n");
                            EXPECT_EQ(result.error().kind, ErrorKind::network);
                          }()),
                          "the client wrote: \"A1 LOGOUT\\x0d\\x0a\"\n  expected:         \"A1 NOOP");
}

TEST(ScriptedStream, WritingTooEarlyFailsTheTest) {
  const Script script = Script().client("a").server("+ x").client("b");
  EXPECT_NONFATAL_FAILURE(run_task([&]() -> Task<> {
                            ScriptedStream stream(script, {.early_writes = true});
                            (void)co_await write_text(stream, "ab");
                          }()),
                          "before it had read");
}

TEST(ScriptedStream, EarlyWritesMayRunAheadWhereAllowed) {
  run_task([]() -> Task<> {
    ScriptedStream stream(Script().client("a").server("1").client("b").server("2"), {.early_writes = true});
    EXPECT_TRUE(co_await write_text(stream, "ab"));
    EXPECT_TRUE(co_await read_text(stream, "12"));
  }());
}

TEST(ScriptedStream, AnUnplayedScriptFailsTheTest) {
  EXPECT_NONFATAL_FAILURE({ ScriptedStream stream(Script().client("bye")); }, "next the client writes \"bye\"");
  ScriptedStream may_stop(Script().client("bye"), {.may_stop_early = true});
}

TEST(ScriptedStream, AReadWaitsForTheWriteThatTheScriptWantsFirst) {
  run_task([]() -> Task<> {
    ScriptedStream stream(Script().client("ping").server("pong"));
    bool was_read = false;
    boost::asio::co_spawn(
        co_await boost::asio::this_coro::executor,
        [&]() -> Task<> {
          EXPECT_TRUE(co_await read_text(stream, "pong"));
          was_read = true;
        },
        boost::asio::detached);
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    EXPECT_FALSE(was_read);
    EXPECT_TRUE(co_await write_text(stream, "ping"));
    for (int i = 0; i < 5 && !was_read; ++i) {
      co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    }
    EXPECT_TRUE(was_read);
  }());
}

TEST(ScriptedStream, CloseAndTheWaitLimitEndAWaitingRead) {
  run_task([]() -> Task<> {
    ScriptedStream stream(Script().ends_with(ScriptEnd::silence));
    std::array<char, 8> buffer;
    stream.set_wait_limit(std::chrono::milliseconds(5));
    EXPECT_EQ((co_await stream.read_some(buffer)).error().kind, ErrorKind::timeout);
    stream.set_wait_limit(std::chrono::hours(1));
    boost::asio::post(co_await boost::asio::this_coro::executor, [&] { stream.close(); });
    EXPECT_EQ((co_await stream.read_some(buffer)).error().kind, ErrorKind::canceled);
    EXPECT_EQ((co_await write_text(stream, "x")).error().kind, ErrorKind::canceled);
    EXPECT_TRUE(stream.report()->is_closed);
  }());
}

TEST(RunTask, GivesResultsAndExceptions) {
  EXPECT_EQ(run_task([]() -> Task<int> { co_return 7; }()), 7);
  EXPECT_THROW(run_task([]() -> Task<> {
                 throw std::runtime_error("no");
                 co_return;
               }()),
               std::runtime_error);
}

TEST(RunTask, FailsWhenTheTaskDoesNotEnd) {
  const auto never_ends = [] {
    ScriptedStream stream(Script().ends_with(ScriptEnd::silence));
    std::array<char, 8> buffer;
    EXPECT_THROW((void)run_task(stream.read_some(buffer), std::chrono::milliseconds(20)), std::runtime_error);
  };
  EXPECT_NONFATAL_FAILURE(never_ends(), "not over within its time");
}

}  // namespace
}  // namespace godwit::test
