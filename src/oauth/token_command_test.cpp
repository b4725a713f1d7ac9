// SPDX-License-Identifier: Apache-2.0
#include "oauth/token_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "base/error_code.h"
#include "tests/support/run_task.h"

namespace godwit::oauth {
namespace {

using testing::HasSubstr;
using testing::Not;

Result<Secret> run(const std::string& script, std::chrono::milliseconds limit = std::chrono::seconds(20)) {
  const TokenSupply supply = supply_from_command({"/bin/sh", "-c", script, "sh", "alice@example.com; x"}, limit);
  return test::run_task(supply(Secret()));
}

TEST(TokenCommand, FirstLine) {
  for (const char* script : {"echo token", "printf token", "printf 'token\\r\\nmore'", "echo token; echo noise >&2",
                             "echo token > /dev/stdout", "echo token; sleep 100 & exit 0"}) {
    const auto token = run(script);
    ASSERT_TRUE(token) << script << describe(token.error());
    EXPECT_EQ(token->reveal(), "token") << script;
  }
  EXPECT_EQ(run("echo \"$1\"")->reveal(), "alice@example.com; x") << "no shell looks at it";
}

TEST(TokenCommand, Failures) {
  const auto fault = [](const std::string& script) {
    const auto token = run(script);
    EXPECT_FALSE(token) << script;
    if (!token) EXPECT_EQ(code_of(token.error()), codes::token_command.number);
    return token ? std::string() : describe(token.error());
  };
  EXPECT_THAT(fault("echo why not >&2; exit 3"), testing::AllOf(HasSubstr("status 3"), HasSubstr("why not")));
  EXPECT_THAT(fault("echo secret-token; exit 1"), Not(HasSubstr("secret-token")));
  EXPECT_THAT(fault("echo secret-token; echo secret-token >&2; exit 1"), Not(HasSubstr("secret-token")));
  EXPECT_THAT(fault("true"), HasSubstr("printed nothing"));
  EXPECT_THAT(fault("echo; echo token"), HasSubstr("printed nothing"));
  EXPECT_THAT(fault("kill -9 $$"), HasSubstr("signal 9"));
  EXPECT_THAT(fault("echo >/dev/stderr why not; exit 3"), HasSubstr("why not"));
  const auto missing = test::run_task(supply_from_command({"/nowhere/token"})(Secret()));
  ASSERT_FALSE(missing);
  EXPECT_THAT(describe(missing.error()), testing::AllOf(HasSubstr("/nowhere/token"), HasSubstr("cannot be started")));
}

TEST(TokenCommand, IsKilledWithItsChildren) {
  for (const char* script : {"echo waiting >&2; sleep 300", "yes", "yes >&2"}) {
    const auto token = run(script, std::chrono::milliseconds(300));
    ASSERT_FALSE(token);
    EXPECT_THAT(describe(token.error()), testing::AllOf(HasSubstr("longer than 0.3 s"), HasSubstr("killed")));
  }
}

TEST(TokenFile, IsReadAgain) {
  const std::string name = testing::TempDir() + "godwit-token-" + std::to_string(::getpid());
  const TokenSupply supply = supply_from_file(name);
  EXPECT_EQ(code_of(test::run_task(supply(Secret())).error()), codes::token_file.number);
  std::ofstream(name) << "one\nmore\n";
  EXPECT_EQ(test::run_task(supply(Secret()))->reveal(), "one");
  std::ofstream(name) << "two";
  EXPECT_EQ(test::run_task(supply(Secret()))->reveal(), "two");
  std::ofstream(name) << "\n";
  EXPECT_THAT(test::run_task(supply(Secret())).error().what, HasSubstr("is empty"));
  std::remove(name.c_str());
}

}  // namespace
}  // namespace godwit::oauth
