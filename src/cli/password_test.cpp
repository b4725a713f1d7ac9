// SPDX-License-Identifier: Apache-2.0
#include "cli/password.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

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
  EXPECT_EQ(read("")->reveal(), "from the environment");
}

}  // namespace
}  // namespace godwit::cli
