// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <zlib.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "net/connect.h"
#include "tests/support/loopback_server.h"
#include "tests/support/run_task.h"
#include "tests/support/scripted_stream.h"
#include "tests/support/stream_helpers.h"

namespace godwit::net {
namespace {

using namespace std::chrono_literals;
using namespace godwit::test;
using Delivery = ScriptOptions::Delivery;

// The marker of the last flush may stay unread, as it holds no byte of text.
const ScriptOptions unread_flush{.may_stop_early = true};

// The peer's side: what deflate makes of `texts`, each ended by `flush`.
std::string compressed(const std::vector<std::string>& texts, int flush) {
  z_stream zlib{};
  deflateInit2(&zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string result;
  for (const std::string& text : texts) {
    const std::size_t before = result.size();
    result.resize(before + text.size() + text.size() / 100 + 1000);
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    zlib.avail_in = static_cast<uInt>(text.size());
    zlib.next_out = reinterpret_cast<Bytef*>(result.data() + before);
    zlib.avail_out = static_cast<uInt>(result.size() - before);
    deflate(&zlib, flush);
    EXPECT_EQ(zlib.avail_in, 0U);
    result.resize(result.size() - zlib.avail_out);
  }
  deflateEnd(&zlib);
  return result;
}

std::string decompressed(const std::string& bytes, std::size_t size) {
  std::string result(size + 1, '\0');
  z_stream zlib{};
  inflateInit2(&zlib, -MAX_WBITS);
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  zlib.avail_in = static_cast<uInt>(bytes.size());
  zlib.next_out = reinterpret_cast<Bytef*>(result.data());
  zlib.avail_out = static_cast<uInt>(result.size());
  inflate(&zlib, Z_SYNC_FLUSH);
  result.resize(zlib.total_out);
  inflateEnd(&zlib);
  return result;
}

// Compressible: words with some variety.
std::string prose(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += "line " + std::to_string(i * i) + " of the message\r\n";
  text.resize(size);
  return text;
}

// Keeps what is written; nothing can be read from it.
class KeepingStream final : public Stream {
 public:
  explicit KeepingStream(std::vector<std::string>& writes) : writes_(writes) {}
  Task<Result<std::size_t>> read_some(std::span<char>) override { co_return std::size_t{0}; }
  Task<Result<>> write(std::span<const std::string_view> pieces) override {
    writes_.emplace_back();
    for (const std::string_view piece : pieces) writes_.back() += piece;
    co_return Result<>{};
  }
  void set_wait_limit(std::chrono::milliseconds) override {}
  void close() override {}
  std::string peer() const override { return "kept:0"; }
  std::string security() const override { return "TLSv1.3"; }
  std::chrono::nanoseconds waited_reading() const override { return 1ns; }
  std::chrono::nanoseconds waited_writing() const override { return 2ns; }

 private:
  std::vector<std::string>& writes_;
};

Conversation reading(const std::string& expected, std::size_t step) {
  return [&expected, step](std::unique_ptr<Stream> plain) -> Task<Result<>> {
    const auto stream = start_deflate(std::move(plain));
    GODWIT_CO_TRY(const std::string got, co_await read_exactly(*stream, expected.size(), step));
    if (got != expected) co_return fail(ErrorKind::network, "ended early");
    co_return Result<>{};
  };
}

TEST(DeflateStream, ReadsWhatThePeerFlushedHoweverItIsCut) {
  const std::vector<std::string> texts{"* OK ready\r\n", prose(3000), random_bytes(500, 1), "A1 OK done\r\n"};
  const std::string expected = texts[0] + texts[1] + texts[2] + texts[3];
  for (const int flush : {Z_SYNC_FLUSH, Z_PARTIAL_FLUSH, Z_FULL_FLUSH}) {
    const Script script = Script().server(compressed(texts, flush)).ends_with(ScriptEnd::silence);
    for (const std::size_t step : {1U, 7U, 65536U}) play_in_every_delivery(script, reading(expected, step), 5, unread_flush);
  }
}

TEST(DeflateStream, GivesAllThatIsThereBeforeItWaitsAgain) {
  const std::string expected(1U << 20U, 'a');  // 1 MiB in about 1 KiB: one read of the peer, many of the caller
  const Script script = Script().server(compressed({expected}, Z_SYNC_FLUSH)).ends_with(ScriptEnd::silence);
  play_in_every_delivery(script, reading(expected, 1000), 3, unread_flush);
}

// One code of a few bits stands for 258 bytes of text: when it has come, all of them must.
TEST(DeflateStream, GivesTheRestOfALongMatchBeforeItWaitsAgain) {
  const std::string expected(3000, 'a');
  const Script script = Script().server(compressed({expected}, Z_SYNC_FLUSH)).ends_with(ScriptEnd::silence);
  for (const std::size_t step : {1U, 7U}) play_in_every_delivery(script, reading(expected, step), 5, unread_flush);
}

TEST(DeflateStream, PassesFailuresOn) {
  const std::string expected = prose(1000);
  play_failing_at_every_step(Script().server(compressed({expected}, Z_SYNC_FLUSH)), reading(expected, 100),
                             expect_network_error, {.delivery = Delivery::random, .may_stop_early = true});
}

TEST(DeflateStream, DamagedDataIsASyntaxError) {
  run_task([]() -> Task<> {
    const auto stream = start_deflate(std::make_unique<ScriptedStream>(Script().server("\xff\xff\xff this is no deflate"),
                                                                       ScriptOptions{.may_stop_early = true}));
    const auto result = co_await read_exactly(*stream, 1);
    EXPECT_EQ(name_of(result.error().kind), "syntax");
    EXPECT_TRUE(result.error().what.contains("compressed data is damaged")) << result.error().what;
    EXPECT_EQ(result.error().where, "script:0");
  }());
}

TEST(DeflateStream, DamageBehindGoodDataIsFoundAfterIt) {
  run_task([]() -> Task<> {
    const std::string bytes = compressed({"good"}, Z_SYNC_FLUSH) + std::string(8, '\xff');
    const auto stream = start_deflate(
        std::make_unique<ScriptedStream>(Script().server(bytes), ScriptOptions{.delivery = Delivery::bytes}));
    EXPECT_EQ(co_await read_exactly(*stream, 4), "good");
    EXPECT_EQ(name_of((co_await read_exactly(*stream, 1)).error().kind), "syntax");
    stream->close();
  }());
}

TEST(DeflateStream, AFinishedDeflateStreamIsAnEndOfFile) {
  run_task([]() -> Task<> {
    const auto stream = start_deflate(std::make_unique<ScriptedStream>(
        Script().server(compressed({"bye"}, Z_FINISH)).ends_with(ScriptEnd::silence)));
    EXPECT_EQ(co_await read_exactly(*stream, 4), "bye");
    EXPECT_EQ(co_await read_exactly(*stream, 4), "");
  }());
}

TEST(DeflateStream, EachWriteCanBeReadByThePeerAtOnce) {
  std::vector<std::string> writes;
  const std::vector<std::string> texts{"A1 NOOP\r\n", "", prose(200000), random_bytes(200000, 2), "A2 LOGOUT\r\n"};
  run_task([&]() -> Task<> {
    const auto stream = start_deflate(std::make_unique<KeepingStream>(writes));
    std::string sent;
    for (const std::string& text : texts) {
      const std::size_t before = writes.size();
      const std::array pieces{std::string_view(text).substr(0, text.size() / 3), std::string_view(),
                              std::string_view(text).substr(text.size() / 3)};
      EXPECT_TRUE(co_await stream->write(pieces));
      EXPECT_EQ(writes.size() == before, text.empty());
      sent += text;
      std::string wire;
      for (const std::string& write : writes) wire += write;
      EXPECT_TRUE(decompressed(wire, sent.size()) == sent);
      EXPECT_TRUE(wire.ends_with(std::string("\0\0\xff\xff", 4)));
    }
    EXPECT_EQ(stream->security(), "TLSv1.3");
    EXPECT_EQ(stream->waited_reading(), 1ns);
    EXPECT_EQ(stream->waited_writing(), 2ns);
  }());
  for (const std::string& write : writes) EXPECT_FALSE(write.empty());
}

// Sizes around that of the output buffer, where the end of a flush and the end of the buffer may meet.
TEST(DeflateStream, AFlushMayEndWhereTheBufferEnds) {
  for (std::size_t size = 32 * 1024 - 40; size < 32 * 1024 + 40; ++size) {
    const std::string text = random_bytes(size, size);
    std::vector<std::string> writes;
    run_task([&]() -> Task<> {
      const auto stream = start_deflate(std::make_unique<KeepingStream>(writes));
      EXPECT_TRUE(co_await write_text(*stream, text));
      EXPECT_TRUE(co_await write_text(*stream, "x"));
    }());
    std::string wire;
    for (const std::string& write : writes) {
      EXPECT_FALSE(write.empty());
      wire += write;
    }
    ASSERT_TRUE(decompressed(wire, size + 1) == text + "x") << size;
  }
}

TEST(DeflateStream, WorksOverARealConnectionBothWays) {
  const std::string bytes = prose(16U << 20U);
  const LoopbackServer server([](int connection) {  // an echo of the compressed bytes
    for (std::string part; !(part = receive_exactly(connection, 1)).empty();) {
      std::array<char, 65536> more;
      const ssize_t size = ::recv(connection, more.data(), more.size(), MSG_DONTWAIT);
      if (size > 0) part.append(more.data(), static_cast<std::size_t>(size));
      send_all(connection, part);
    }
  });
  run_task([&]() -> Task<> {
    auto plain = co_await connect("127.0.0.1", server.port(), 20s);
    if (!plain) throw std::runtime_error(describe(plain.error()));
    const auto stream = start_deflate(*std::move(plain));
    const auto write = [&]() -> Task<> { EXPECT_TRUE(co_await write_text(*stream, bytes)); };
    boost::asio::co_spawn(co_await boost::asio::this_coro::executor, write, boost::asio::detached);
    EXPECT_TRUE(co_await read_exactly(*stream, bytes.size()) == bytes);
  }());
}

}  // namespace
}  // namespace godwit::net
