// SPDX-License-Identifier: Apache-2.0
#include "report/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "report/test_manifest.h"

namespace godwit::report {
namespace {

using test::contents_of;
using test::ScratchDirectory;
using test::text_of;
using test::write_file;
using testing::HasSubstr;

TEST(OutputFile, AppearsWholeOrNotAtAll) {
  const ScratchDirectory scratch;
  write_file(scratch / "file", "old");
  {
    auto output = OutputFile::create(scratch / "file", 0600);
    ASSERT_TRUE(output) << text_of(output.error());
    ASSERT_TRUE(output->write("new, but "));
    EXPECT_EQ(contents_of(scratch / "file"), "old");
  }
  EXPECT_EQ(contents_of(scratch / "file"), "old");
  EXPECT_FALSE(std::filesystem::exists(scratch / "file.new"));
  auto output = OutputFile::create(scratch / "file", 0600);
  ASSERT_TRUE(output) << text_of(output.error());
  ASSERT_TRUE(output->write("new"));
  ASSERT_TRUE(output->write(" and whole"));
  ASSERT_TRUE(output->publish());
  EXPECT_EQ(contents_of(scratch / "file"), "new and whole");
  EXPECT_FALSE(std::filesystem::exists(scratch / "file.new"));
  struct stat status{};
  ASSERT_EQ(::stat((scratch / "file").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

// The child is killed while it writes; what it leaves is replaced, also where a new file's publishing was cut in the middle.
TEST(OutputFile, LeftoversOfAKillAreReplaced) {
  const ScratchDirectory scratch;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto output = OutputFile::create(scratch / "file", 0600);
    if (output && output->write("half")) ::kill(::getpid(), SIGKILL);
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_FALSE(std::filesystem::exists(scratch / "file"));
  ASSERT_EQ(contents_of(scratch / "file.new"), "half");
  {
    auto output = OutputFile::create(scratch / "file", 0600);
    ASSERT_TRUE(output) << text_of(output.error());
    ASSERT_TRUE(output->write("whole"));
    ASSERT_TRUE(output->publish_new());
  }
  std::filesystem::create_hard_link(scratch / "file", scratch / "file.new");
  auto output = OutputFile::create(scratch / "file", 0600);
  ASSERT_TRUE(output) << text_of(output.error());
  ASSERT_TRUE(output->write("x"));
  EXPECT_EQ(contents_of(scratch / "file"), "whole");
}

TEST(OutputFile, HasOneWriter) {
  const ScratchDirectory scratch;
  auto first = OutputFile::create(scratch / "file", 0600);
  ASSERT_TRUE(first);
  const auto second = OutputFile::create(scratch / "file", 0600);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::storage);
  EXPECT_THAT(second.error().what, HasSubstr("another process"));
  ASSERT_TRUE(first->write("first"));
  ASSERT_TRUE(first->publish());
  EXPECT_EQ(contents_of(scratch / "file"), "first");
  EXPECT_TRUE(OutputFile::create(scratch / "file", 0600));
}

TEST(OutputFile, PublishedAsNewReplacesNothing) {
  const ScratchDirectory scratch;
  auto output = OutputFile::create(scratch / "file", 0600);
  ASSERT_TRUE(output);
  ASSERT_TRUE(output->write("second"));
  write_file(scratch / "file", "first");
  const auto published = output->publish_new();
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().kind, ErrorKind::exists);
  EXPECT_EQ(contents_of(scratch / "file"), "first");
}

TEST(OutputFile, RefusalsSayWhatToDo) {
  const ScratchDirectory scratch;
  const auto refusal = [](const std::filesystem::path& file) {
    const auto output = OutputFile::create(file, 0600);
    return output ? std::string("accepted") : text_of(output.error());
  };
  EXPECT_THAT(refusal(scratch / "missing/file"), HasSubstr("check the name"));
  EXPECT_THAT(refusal(scratch.path()), HasSubstr("directory"));
  write_file(scratch / "precious", "data");
  std::filesystem::create_symlink(scratch / "precious", scratch / "file.new");
  EXPECT_NE(refusal(scratch / "file"), "accepted");
  EXPECT_EQ(contents_of(scratch / "precious"), "data");
}

// A limit on the size of files stands for a full disk; in a child, because it holds for the process.
TEST(OutputFile, AFullDiskIsAnError) {
  const ScratchDirectory scratch;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const rlimit limit{1000, 1000};
    std::signal(SIGXFSZ, SIG_IGN);
    auto output = OutputFile::create(scratch / "file", 0600);
    if (!output || ::setrlimit(RLIMIT_FSIZE, &limit) != 0 || !output->write(std::string(900, 'x'))) ::_exit(1);
    const auto written = output->write(std::string(900, 'x'));
    ::_exit(!written && written.error().kind == ErrorKind::storage && written.error().what.contains("make room") ? 0 : 2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_FALSE(std::filesystem::exists(scratch / "file"));
}

}  // namespace
}  // namespace godwit::report
