// SPDX-License-Identifier: Apache-2.0
// What is written comes back: MessageWriter and MessageFile together.
#include "files/message_writer.h"

#include <gtest/gtest.h>

#include <random>

#include "files/message_file.h"
#include "tests/support/round_lab.h"

namespace godwit::files {
namespace {

struct Stored {
  std::string on_disk, read;
  bool is_marked = false;
  std::uint64_t stored_size = 0, wire_size = 0;
};

std::string read_whole(MessageFile file) {
  std::string bytes;
  while (true) {
    const auto piece = file.read();
    if (!piece || piece->empty()) break;
    bytes.append(piece->data(), piece->size());
  }
  EXPECT_EQ(bytes.size(), file.size());
  return bytes;
}

class MessageWriterTest : public testing::Test {
 protected:
  Stored store(std::string_view message, std::size_t piece_size) {
    const Directory folder = Directory::open(place_.path()).value();
    EXPECT_TRUE(folder.remove_file("m"));
    auto writer = MessageWriter::create(folder, "m");
    for (std::size_t at = 0; at < message.size(); at += piece_size) EXPECT_TRUE(writer->write(message.substr(at, piece_size)));
    EXPECT_TRUE(writer->finish(1234));
    const auto line_ends = writer->has_bare_newline() ? LineEnds::as_they_are : LineEnds::crlf;
    auto file = MessageFile::open(folder, "m", line_ends);
    EXPECT_EQ(file->modified(), 1234);
    return {folder.read_file("m").value(), read_whole(*std::move(file)), writer->has_bare_newline(), writer->stored_size(),
            writer->wire_size()};
  }
  test::TemporaryFolder place_;
};

TEST_F(MessageWriterTest, LineEnds) {
  struct Case {
    std::string message, on_disk;
    bool is_marked;
    std::uint64_t wire_size;
  };
  for (const Case& each : {Case{"a\r\nb\r\n", "a\nb\n", false, 6}, Case{"a\r\nb", "a\nb", false, 4}, Case{"", "", false, 0},
                           Case{"a\rb\r\n", "a\rb\n", false, 5}, Case{"a\r\nb\r\r\nc", "a\r\nb\r\r\nc", false, 8},
                           Case{"a\r\nb\nc\r\n", "a\r\nb\nc\r\n", true, 9}, Case{"\n", "\n", true, 2}, Case{"a\r", "a\r", false, 2},
                           Case{"\r\r\r\n", "\r\r\r\n", false, 4}, Case{"\r\n\r\n", "\n\n", false, 4}}) {
    for (const std::size_t piece : {1U, 2U, 3U, 100U}) {
      const Stored stored = store(each.message, piece);
      EXPECT_EQ(stored.on_disk, each.on_disk) << piece;
      EXPECT_EQ(stored.read, each.message) << piece;
      EXPECT_EQ(stored.is_marked, each.is_marked) << piece;
      EXPECT_EQ(stored.wire_size, each.wire_size) << piece;
      EXPECT_EQ(stored.stored_size, each.on_disk.size()) << piece;
    }
  }
}

TEST_F(MessageWriterTest, AnyBytesInAnyPiecesComeBack) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string message;
    const std::size_t size = random() % 40;
    while (message.size() < size) message += std::string_view("\r\n\r\nab\0", 7)[random() % (round % 2 == 0 ? 7 : 4)];
    EXPECT_EQ(store(message, 1 + random() % 5).read, message);
  }
}

TEST_F(MessageWriterTest, LargeOnesGoThroughBuffers) {
  std::string message;
  while (message.size() < 3'000'000) message += std::string(70, 'x') + "\r\n";
  EXPECT_EQ(store(message, 99'999).read, message);
  const std::string late = message + "bare\n" + message;
  const Stored stored = store(late, 77'777);
  EXPECT_EQ(stored.read, late);
  EXPECT_TRUE(stored.is_marked);
}

TEST_F(MessageWriterTest, AFileThatGrowsWhileItIsReadIsRefused) {
  const Directory folder = Directory::open(place_.path()).value();
  ASSERT_TRUE(folder.replace_file("m", std::string(2'000'000, 'x')));
  auto file = MessageFile::open(folder, "m", LineEnds::crlf);
  ASSERT_TRUE(file && file->read());
  const Descriptor more(::open((place_.path() / "m").c_str(), O_WRONLY | O_APPEND));
  ASSERT_TRUE(write_all(more.get(), "grown", "m"));
  Result<std::span<const char>> piece;
  do piece = file->read();
  while (piece && !piece->empty());
  ASSERT_FALSE(piece);
  EXPECT_EQ(piece.error().kind, ErrorKind::refused);
}

}  // namespace
}  // namespace godwit::files
