// SPDX-License-Identifier: Apache-2.0
#include "plan/accounts.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "plan/plan_file.h"
#include "tests/support/round_lab.h"

namespace godwit::plan {
namespace {

using testing::HasSubstr;

class AccountsTest : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) const { std::ofstream(folder_.path() / name, std::ios::binary) << text; }

  // `head` goes in front of [accounts], `settings` below it.
  [[nodiscard]] Result<std::vector<Account>> accounts(
      const std::string& settings, const std::string& head = "[source]\nhost = \"o\"\n[target]\nhost = \"n\"\n") const {
    const std::string text = "[plan]\nname = \"x\"\nledger = \"l\"\n" + head + "[accounts]\nfiles = \"a.csv\"\n" + settings;
    write("godwit.toml", text);
    const auto plan = read_plan(folder_.path() / "godwit.toml");
    EXPECT_TRUE(plan) << (plan ? "" : describe(plan.error()));
    return plan ? read_accounts(*plan) : std::unexpected(plan.error());
  }
  // All of them, or what is wrong: "alice>alice/wave …".
  [[nodiscard]] std::string names(const std::string& settings,
                                  const std::string& head = "[source]\nhost = \"o\"\n[target]\nhost = \"n\"\n") const {
    const auto all = accounts(settings, head);
    if (!all) return describe(all.error());
    std::string text;
    for (const Account& account : *all)
      text += fmt::format("{}:{}>{}:{}/{} ", account.source, account.source_user, account.target, account.target_user, account.wave);
    return text;
  }

  test::TemporaryFolder folder_;
};

constexpr const char* admins = "[source]\nhost = \"o\"\nadmin_user = \"r\"\n[target]\nhost = \"n\"\nadmin_user = \"r\"\n";

TEST_F(AccountsTest, AreCompletedByThePlan) {
  write("a.csv", "user,password,new user,wave\nalice@old.example.com,x,,\nbob@old.example.com,y,b@new.example.com,late\n");
  const auto all = accounts(
      "same_password = true\ndefault_wave = \"first\"\n[accounts.addresses]\n\"@old.example.com\" = \"@new.example.com\"\n"
      "[[wave]]\nname = \"first\"\n[[wave]]\nname = \"late\"\n");
  ASSERT_TRUE(all) << describe(all.error());
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].target_user, "alice@new.example.com");
  EXPECT_EQ((*all)[0].target_password.reveal(), "x");
  EXPECT_EQ((*all)[0].wave, "first");
  EXPECT_EQ((*all)[0].source, "source");
  EXPECT_EQ((*all)[0].target, "target");
  EXPECT_EQ((*all)[1].target_user, "b@new.example.com");
  EXPECT_EQ((*all)[1].wave, "late");
  EXPECT_EQ((*all)[1].file, (folder_.path() / "a.csv").string());
  EXPECT_EQ((*all)[1].line, 3U);
}

TEST_F(AccountsTest, WithoutRulesANameStays) {
  write("a.csv", "user\nalice\n");
  EXPECT_EQ(names("", admins), "source:alice>target:alice/ ");
}

TEST_F(AccountsTest, APasswordMayBeMissing) {
  write("a.csv", "user,password,new password\nalice,,x\nbob,x,\n");
  EXPECT_EQ(names(""), "source:alice>target:alice/ source:bob>target:bob/ ");
  write("a.csv", "user,password,new password\nalice,x,y\nbob,x,\n");
  const auto all = accounts("same_password = true\n");
  ASSERT_TRUE(all);
  EXPECT_EQ((*all)[0].target_password.reveal(), "y");
  EXPECT_EQ((*all)[1].target_password.reveal(), "x");
}

TEST_F(AccountsTest, OneMailboxIsOneAccount) {
  const std::string rules = std::string(
      "[source]\nhost = \"o\"\nadmin_user = \"r\"\n[source.names]\nlower = true\nstrip_domain = \"example.com\"\naliases = { info = "
      "\"office\" }\n"
      "[target]\nhost = \"n\"\nadmin_user = \"r\"\n");
  write("a.csv", "user,new user\nAlice@example.com,a\nbob,b\nalice,c\ninfo,d\nOFFICE@Example.com,e\n");
  const std::string error = names("", rules);
  EXPECT_THAT(error, HasSubstr("a.csv:4: \"alice\" is the same mailbox of the source as \"Alice@example.com\" in " +
                               (folder_.path() / "a.csv").string() + ":2"));
  EXPECT_THAT(error, HasSubstr("a.csv:6: \"OFFICE@Example.com\" is the same mailbox of the source as \"info\" in"));
  EXPECT_THAT(error, testing::StartsWith("2 errors"));
  EXPECT_THAT(names("", admins), HasSubstr("source:alice>target:c")) << "without rules they are others";
}

TEST_F(AccountsTest, SeveralSourcesOfOneTargetMustBeAllowed) {
  write("a.csv", "user,new user\nalice,Team@n.example.com\nbob,team\ncarol,carol\n");
  const std::string head = std::string(admins) + "[target.names]\nlower = true\nstrip_domain = \"n.example.com\"\n";
  EXPECT_THAT(names("", head), HasSubstr("a.csv:3: \"team\" is the same mailbox of the target as \"Team@n.example.com\" in"));
  EXPECT_THAT(names("", head), HasSubstr("say several_sources = true in [accounts]"));
  EXPECT_EQ(names("several_sources = true\n", head),
            "source:alice>target:Team@n.example.com/ source:bob>target:team/ source:carol>target:carol/ ");
  write("a.csv", "user,new user\nalice,a\nalice,b\n");
  EXPECT_THAT(names("several_sources = true\n", head), HasSubstr("is the same mailbox of the source as"));
}

TEST_F(AccountsTest, EndpointsAreChosenByName) {
  const std::string head =
      "[[source]]\nname = \"a\"\nhost = \"a\"\nadmin_user = \"r\"\n[[source]]\nname = \"b\"\nhost = \"b\"\nadmin_user = \"r\"\n"
      "[target]\nhost = \"n\"\nadmin_user = \"r\"\n";
  write("a.csv", "user,source,new user\nalice,a,x\nalice,b,y\n");
  EXPECT_EQ(names("", head), "a:alice>target:x/ b:alice>target:y/ ") << "the same name on two servers is two mailboxes";
  write("a.csv", "user,source,target,new user\nalice,,,x\nbob,aa,,y\ncarol,a,new,z\n");
  const std::string error = names("", head);
  EXPECT_THAT(error, HasSubstr("a.csv:2: the plan has several sources; write one's name in the column source"));
  EXPECT_THAT(error, HasSubstr("a.csv:3: the plan has no source \"aa\"; did you mean \"a\"?"));
  EXPECT_THAT(error, HasSubstr("a.csv:4: the plan has no target \"new\"; known are: target"));
}

TEST_F(AccountsTest, WavesMustExist) {
  write("a.csv", "user,wave\nalice,night 2\nbob,\n");
  EXPECT_THAT(names("", admins), HasSubstr("a.csv:2: the plan has no wave \"night 2\"; write it as [[wave]]"));
  const std::string error = names("[[wave]]\nname = \"night 1\"\n", admins);
  EXPECT_THAT(error, HasSubstr("a.csv:2: the plan has no wave \"night 2\"; did you mean \"night 1\"?"));
  EXPECT_THAT(error, HasSubstr("a.csv:3: the account has no wave; write one in the column wave, or default_wave in [accounts]"));
}

TEST_F(AccountsTest, NoNameIsGuessed) {
  write("a.csv", "user\nalice@old.example.com\nbob@other.example.com\n");
  EXPECT_THAT(names("[accounts.addresses]\n\"@old.example.com\" = \"@new.example.com\"\n", admins),
              HasSubstr("a.csv:3: no rule of [accounts.addresses] gives \"bob@other.example.com\" a name on the target"));
}

TEST_F(AccountsTest, LoginsAreFilledOnce) {
  write("a.csv", "user\nalice\nbob@example.com\n");
  EXPECT_THAT(
      names("",
            "[source]\nhost = \"o\"\nlogin = \"{local}*m@{domain}\"\npassword_env = \"P\"\n[target]\nhost = \"n\"\nadmin_user = \"r\"\n"),
      testing::HasSubstr("a.csv:2: \"alice\" has no domain, and the login \"{local}*m@{domain}\" asks for one; write the whole address"));
}

TEST_F(AccountsTest, FaultsOfAllFilesAreTold) {
  write("a.csv", "user,priority\nalice,x\nbob,\n");
  write("b.txt", "bob:x\n:y\n");
  const std::string text =
      "[plan]\nname = \"x\"\nledger = \"l\"\n" + std::string(admins) + "[accounts]\nfiles = [\"a.csv\", \"missing.csv\", \"b.txt\"]\n";
  write("godwit.toml", text);
  const auto plan = read_plan(folder_.path() / "godwit.toml");
  ASSERT_TRUE(plan);
  const auto all = read_accounts(*plan);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().kind, ErrorKind::usage);
  const std::string error = describe(all.error());
  for (const char* fault : {"4 errors:", "a.csv:2: \"x\" is no priority", "missing.csv: the file cannot be opened: No such file",
                            "b.txt:2: there is no name", "b.txt:1: \"bob\" is the same mailbox of the source as \"bob\" in"}) {
    EXPECT_THAT(error, HasSubstr(fault));
  }
}

}  // namespace
}  // namespace godwit::plan
