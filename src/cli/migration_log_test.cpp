// SPDX-License-Identifier: Apache-2.0
#include "cli/migration_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/error_code.h"
#include "tests/support/round_lab.h"

namespace godwit::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string content_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

TEST(MigrationLog, NamesOfAccountsAreNamesOfFiles) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"alice@example.com", "alice@example.com"}, {"old:alice@example.com", "old%3Aalice@example.com"},
      {"../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"}, {".", "%2E"}, {"a/b\\c", "a%2Fb%5Cc"}, {"", "%"}, {"100%", "100%25"},
      {std::string("a\0b", 3), "a%00b"}, {"j\xc3\xb6rg", "j%C3%B6rg"}};
  for (const auto& [name, file] : cases) {
    EXPECT_EQ(file_name_for(name), file);
    EXPECT_EQ(file_name_for(name).find('/'), std::string::npos);
    EXPECT_NE(file_name_for(name).front(), '.');
  }
  const std::string longest(300, 'x');
  EXPECT_LE(file_name_for(longest).size(), 200U);
  EXPECT_NE(file_name_for(longest), file_name_for(longest + "y")) << "names that begin alike have files of their own";
}

TEST(MigrationLog, TellsAccountFolderAndCode) {
  test::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "log";
  const auto log = *MigrationLog::open({file.native(), "text"});
  jobs::JobStatus job;
  job.name = "alice@example.com";
  log->event(job, {sync::Event::Kind::warning, "folder Sent: UID 7 was not moved", "Sent", codes::quota.number});
  log->event(job, {sync::Event::Kind::step, "folder Old: was New on the source", "Old"});
  log->event(job, {sync::Event::Kind::warning, "the target is slow"});
  job.state = jobs::State::failed;
  job.error = make_error(codes::login_refused, "the server refused the login", "NO no");
  log->ended(job);
  std::istringstream lines(content_of(file));
  std::string line;
  std::getline(lines, line);
  EXPECT_THAT(line, AllOf(HasSubstr("warning account=alice@example.com folder=Sent code=GW-5000"),
                          HasSubstr("message=\"folder Sent: UID 7 was not moved\"")));
  std::getline(lines, line);
  EXPECT_THAT(line, AllOf(HasSubstr("info account=alice@example.com folder=Old"), Not(HasSubstr("code="))));
  std::getline(lines, line);
  EXPECT_THAT(line, AllOf(Not(HasSubstr("folder=")), Not(HasSubstr("code="))));
  std::getline(lines, line);
  EXPECT_THAT(line, AllOf(HasSubstr("error"), HasSubstr("code=GW-2001"), HasSubstr("state=failed"), HasSubstr("NO no")));
}

TEST(MigrationLog, WithoutAFileNothingIsWritten) {
  const auto log = MigrationLog::open({});
  ASSERT_TRUE(log);
  (*log)->event({}, {sync::Event::Kind::warning, "x"});
  EXPECT_FALSE((*log)->failure());
  EXPECT_FALSE(MigrationLog::open({"/nowhere/at/all", "text"}));
}

TEST(MigrationLog, BothSidesOfAnAccountShareATrace) {
  test::TemporaryFolder folder;
  const TraceOptions options{(folder.path() / "traces").native(), false};
  ASSERT_TRUE(prepare_traces(options));
  AccountTrace trace(options, "alice@example.com");
  {
    const auto first = *trace.open(), second = *trace.open();
    EXPECT_EQ(first, second);
    first->write("one\n");
  }
  (*trace.open())->write("two\n");
  EXPECT_EQ(content_of(folder.path() / "traces" / "alice@example.com.trace"), "one\ntwo\n");
  EXPECT_EQ(std::filesystem::status(options.directory).permissions(), std::filesystem::perms::owner_all);
  AccountTrace none({}, "alice@example.com");
  EXPECT_EQ(*none.open(), nullptr);
  EXPECT_EQ(prepare_traces({"", true}).error().kind, ErrorKind::usage);
  std::ofstream(folder.path() / "file") << "x";
  EXPECT_EQ(prepare_traces({(folder.path() / "file" / "below").native(), false}).error().kind, ErrorKind::storage);
}

}  // namespace
}  // namespace godwit::cli
