// SPDX-License-Identifier: Apache-2.0
#include "cli/password.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "tests/support/round_lab.h"

namespace godwit::cli {
namespace {

constexpr const char* variable = "GODWIT_TEST_PASSWORD";

class Password : public testing::Test {
 protected:
  Password() { ::unsetenv(variable); }
  ~Password() override { ::unsetenv(variable); }
  std::string file_with(std::string_view text) {
    const auto file = folder_.path() / "password";
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
  static Result<Secret> read(const std::string& file) { return read_password(file, variable, "source alice@example.com"); }

  test::TemporaryFolder folder_;
};

TEST_F(Password, IsTheFirstLineOfAFile) {
  for (const std::string_view text : {" pass word", " pass word\n", " pass word\r\n", " pass word\nsecond line\n"}) {
    const auto password = read(file_with(text));
    ASSERT_TRUE(password) << testing::PrintToString(std::string(text));
    EXPECT_EQ(password->reveal(), " pass word");
  }
}

TEST_F(Password, MayHoldAnyBytes) {
  const auto password = read(file_with("p\xc3\xa4\xff\"\\{3}\n"));
  ASSERT_TRUE(password);
  EXPECT_EQ(password->reveal(), "p\xc3\xa4\xff\"\\{3}");
}

TEST_F(Password, BadFilesAreUsageErrors) {
  for (const std::string file : {folder_.path() / "missing", folder_.path(), std::filesystem::path(file_with("\n"))}) {
    const auto password = read(file);
    ASSERT_FALSE(password) << file;
    EXPECT_EQ(password.error().kind, ErrorKind::usage);
    EXPECT_THAT(password.error().what, testing::HasSubstr(file));
  }
  EXPECT_FALSE(read(file_with("")));
}

TEST_F(Password, FileGoesBeforeTheEnvironment) {
  ::setenv(variable, "from the environment", 1);
  EXPECT_EQ(read(file_with("from the file"))->reveal(), "from the file");
  const char* const value = ::getenv(variable);
  EXPECT_EQ(read("")->reveal(), "from the environment");
  EXPECT_EQ(::getenv(variable), nullptr) << "no child gets it";
  EXPECT_EQ(std::string_view(value, 20), std::string(20, '\0')) << "it is not seen in /proc";
}

TEST_F(Password, MayBeLongButNotALogFile) {
  for (const std::size_t size : {std::size_t{1000}, std::size_t{65535}}) {
    EXPECT_EQ(read(file_with(std::string(size, 'x') + "\nsecond"))->reveal(), std::string(size, 'x'));
    EXPECT_EQ(read(file_with(std::string(size, 'x')))->reveal(), std::string(size, 'x'));
  }
  const auto password = read(file_with(std::string(65536, 'x')));
  ASSERT_FALSE(password);
  EXPECT_EQ(password.error().kind, ErrorKind::usage);
  EXPECT_THAT(password.error().what, testing::HasSubstr("64 KiB"));
}

TEST_F(Password, MayComeFromAPipeInPieces) {
  const auto pipe = folder_.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] {
    std::ofstream stream(pipe);
    for (const char c : std::string_view("piece by piece\r\n")) stream << c << std::flush;
  });
  EXPECT_EQ(read(pipe)->reveal(), "piece by piece");
  writer.join();
}

}  // namespace
}  // namespace godwit::cli
