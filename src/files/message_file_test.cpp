// SPDX-License-Identifier: Apache-2.0
// Files that grow, shrink, vanish or become something else while they are read.
#include "files/message_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/round_lab.h"

namespace godwit::files {
namespace {

class MessageFileTest : public testing::Test {
 protected:
  void write(const std::string& bytes) const { std::ofstream(place_.path() / "m", std::ios::binary | std::ios::trunc) << bytes; }
  [[nodiscard]] Result<MessageFile> open() const { return MessageFile::open(folder_, "m", LineEnds::crlf); }
  // All of it, or what went wrong.
  static Result<std::string> read(MessageFile& file) {
    std::string all;
    while (true) {
      GODWIT_TRY(const auto piece, file.read());
      if (piece.empty()) return all;
      all.append(piece.data(), piece.size());
    }
  }

  test::TemporaryFolder place_;
  Directory folder_ = Directory::open(place_.path()).value();
};

const std::string large(3 * 1024 * 1024, 'x');

TEST_F(MessageFileTest, WhatChangesIsNotTakenForAMessage) {
  for (const std::size_t size : {large.size() - 1, large.size() + 1, std::size_t{0}, large.size() * 2}) {
    write(large);
    auto file = open();
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->read());
    std::filesystem::resize_file(place_.path() / "m", size);
    const auto rest = read(*file);
    ASSERT_FALSE(rest) << size;
    EXPECT_EQ(rest.error().kind, ErrorKind::refused);
    EXPECT_NE(rest.error().what.find("changed while it was read"), std::string::npos);
  }
}

TEST_F(MessageFileTest, WhatIsGoneOrReplacedIsReadAsItWasOpened) {
  write(large);
  auto file = open();
  std::filesystem::remove(place_.path() / "m");
  std::filesystem::create_symlink("/etc/hostname", place_.path() / "m");
  EXPECT_EQ(read(*file).value(), large);
  EXPECT_EQ(open().error().kind, ErrorKind::refused);
}

TEST_F(MessageFileTest, WhatIsNoFile) {
  EXPECT_EQ(open().error().kind, ErrorKind::not_found);
  ASSERT_EQ(::mkfifo((place_.path() / "m").c_str(), 0600), 0);
  EXPECT_EQ(open().error().kind, ErrorKind::refused);
  std::filesystem::remove(place_.path() / "m");
  std::filesystem::create_directory(place_.path() / "m");
  EXPECT_EQ(open().error().kind, ErrorKind::refused);
}

// None of it is read: a giant would take hours.
TEST_F(MessageFileTest, GiantsAndHolesAreRefused) {
  constexpr std::uint64_t gibibyte = 1U << 30U;
  for (const auto& [size, because] : {std::pair(4096 * gibibyte, "larger than a message"), std::pair(2 * gibibyte, "is a hole")}) {
    write("Subject: x\n\n");
    std::filesystem::resize_file(place_.path() / "m", size);
    const auto file = open();
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind, ErrorKind::refused);
    EXPECT_NE(file.error().what.find(because), std::string::npos) << file.error().what;
  }
  write("Subject: x\n\n");
  std::filesystem::resize_file(place_.path() / "m", 1024 * 1024);
  EXPECT_TRUE(open());
}

}  // namespace
}  // namespace godwit::files
