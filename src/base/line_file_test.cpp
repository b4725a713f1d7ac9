// SPDX-License-Identifier: Apache-2.0
#include "base/line_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/error_code.h"

namespace godwit {
namespace {

using std::filesystem::path;
using ::testing::HasSubstr;

std::string content_of(const path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

class LineFiles : public testing::Test {
 protected:
  LineFiles() : folder_(path(testing::TempDir()) / fmt::format("godwit-line-file-{}", ::getpid())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~LineFiles() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] path file(const char* name = "log") const { return folder_ / name; }
  [[nodiscard]] std::shared_ptr<LineFile> open(RotationLimits limits = {}) const {
    auto opened = LineFile::open(file(), limits);
    EXPECT_TRUE(opened) << describe(opened.error());
    return *opened;
  }
  // The numbered files from the oldest to the newest, one behind the other.
  [[nodiscard]] std::string everything() const {
    std::string text;
    for (int number = 99; number > 0; --number) text += content_of(file(fmt::format("log.{}", number).c_str()));
    return text + content_of(file());
  }

  path folder_;
};

TEST_F(LineFiles, AppendsAndIsReadableByItsOwnerAlone) {
  open()->write("one\n");
  const auto again = open();
  again->write("two\nthree\n");
  EXPECT_EQ(content_of(file()), "one\ntwo\nthree\n") << "on disk while the file is open: nothing is kept back";
  struct stat status{};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_FALSE(again->failure());
}

TEST_F(LineFiles, RotatesBeforeALineWouldPassTheLimit) {
  const auto lines = open({.bytes = 10, .old_files = 2});
  lines->write("0123456\n");  // 8 bytes
  lines->write("a\n");        // 10: still fits
  EXPECT_FALSE(std::filesystem::exists(file("log.1")));
  lines->write("b\n");
  EXPECT_EQ(content_of(file("log.1")), "0123456\na\n");
  EXPECT_EQ(content_of(file()), "b\n");
  lines->write("a line that is longer than the limit\n");
  lines->write("c\n");
  EXPECT_EQ(content_of(file("log.1")), "a line that is longer than the limit\n");
  EXPECT_EQ(content_of(file("log.2")), "b\n");
  EXPECT_EQ(content_of(file()), "c\n");
  EXPECT_FALSE(std::filesystem::exists(file("log.3")));
  struct stat status{};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(LineFiles, BeginsAnewWhereNoOldFilesAreKept) {
  const auto lines = open({.bytes = 4, .old_files = 0});
  for (const char* const line : {"abc\n", "def\n"}) lines->write(line);
  EXPECT_EQ(everything(), "def\n");
}

TEST_F(LineFiles, ThreadsAndSeveralWritersMixNoLinesAndLoseNone) {
  constexpr int writers = 3, threads = 3, each = 200;
  {
    std::vector<std::jthread> running;
    for (int writer = 0; writer < writers; ++writer) {
      const auto lines = open({.bytes = 2000, .old_files = 99});
      for (int thread = 0; thread < threads; ++thread) {
        running.emplace_back([lines, writer, thread] {
          for (int i = 0; i < each; ++i) lines->write(fmt::format("{} {} {:04}\n", writer, thread, i));
        });
      }
    }
  }
  std::istringstream text(everything());
  std::map<std::string, int> next;
  int count = 0;
  for (std::string line; std::getline(text, line); ++count) {
    ASSERT_EQ(line.size(), 8U) << line;
    EXPECT_EQ(line.substr(4), fmt::format("{:04}", next[line.substr(0, 3)]++)) << "out of order";
  }
  EXPECT_EQ(count, writers * threads * each);
}

TEST_F(LineFiles, WhatAnotherWriterHasRotatedIsNotRotatedAgain) {
  const RotationLimits limits{.bytes = 4, .old_files = 9};
  const auto one = open(limits), other = open(limits);
  one->write("abc\n");
  one->write("d\n");
  other->write("e\n");
  EXPECT_EQ(content_of(file()), "d\ne\n");
  EXPECT_EQ(content_of(file("log.1")), "abc\n");
  EXPECT_FALSE(std::filesystem::exists(file("log.2")));
}

TEST_F(LineFiles, AFileThatCannotBeOpenedIsAnErrorThatSaysWhatToDo) {
  const auto opened = LineFile::open(folder_ / "missing\x1b" / "log");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::storage);
  EXPECT_EQ(opened.error().code, codes::line_file.number);
  EXPECT_THAT(opened.error().what, HasSubstr("missing\\x1b/log: the file cannot be opened for writing (No such file or directory); check"));
}

// A limit on the size of files stands for a full disk: a write takes a part, and then nothing.
TEST_F(LineFiles, WhatCannotBeWrittenIsToldAndLeavesNoLineGluedToAnother) {
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const auto lines = open();
  lines->write("first\n");
  const rlimit small{10, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  lines->write("second line\n");
  lines->write("third line\n");
  setrlimit(RLIMIT_FSIZE, &before);
  lines->write("fourth\n");
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(content_of(file()), "first\nseco\nfourth\n");
  const auto failure = lines->failure();
  ASSERT_TRUE(failure);
  EXPECT_THAT(failure->what, HasSubstr("lines were lost 2 times (File too large); make room there"));
}

TEST_F(LineFiles, GoesOnInTheSameFileWhereItCannotRotate) {
  std::filesystem::create_directories(file("log.1") / "a directory in the way");
  const auto lines = open({.bytes = 4, .old_files = 1});
  for (const char* const line : {"abc\n", "def\n", "ghi\n"}) lines->write(line);
  EXPECT_EQ(content_of(file()), "abc\ndef\nghi\n");
  EXPECT_FALSE(lines->failure());
}

TEST_F(LineFiles, DevicesAreNotRotated) {
  const auto null = LineFile::open("/dev/null", {.bytes = 1, .old_files = 1});
  ASSERT_TRUE(null);
  for (int i = 0; i < 3; ++i) (*null)->write("line\n");
  EXPECT_FALSE((*null)->failure());
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

}  // namespace
}  // namespace godwit
