// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_passwords.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "base/error_code.h"
#include "cli/run_here.h"
#include "ledger/sqlite_ledger.h"
#include "tests/support/round_lab.h"
#include "vault/vault.h"

namespace godwit::cli {
namespace {

using ledger::Side;
using testing::HasSubstr;

constexpr const char* own_passwords = "[source]\nhost = \"o\"\n[target]\nhost = \"n\"\n";

class PlanPasswordsTest : public testing::Test {
 protected:
  PlanPasswordsTest() {
    wiring_.ledger = [](const std::filesystem::path& file) -> Result<std::unique_ptr<ledger::Ledger>> {
      return ledger::open_sqlite_ledger(file);
    };
  }

  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_.path() / name; }
  void write(const std::string& name, std::string_view text) const { std::ofstream(file(name), std::ios::binary) << text; }

  [[nodiscard]] Organisation organisation(std::string_view accounts, const std::string& servers = own_passwords,
                                          const std::string& settings = "") const {
    write("a.csv", accounts);
    write("godwit.toml", "[plan]\nname = \"x\"\nledger = \"l\"\n" + servers + "[accounts]\nfiles = \"a.csv\"\n" + settings);
    PlanOptions options;
    options.plan = file("godwit.toml");
    auto read = read_organisation(options);
    EXPECT_TRUE(read) << describe(read.error());
    return std::move(read).value();
  }

  // Seals it as godwit vault import does.
  void keep(const Organisation& organisation, const ledger::Login& login, const char* password) const {
    const auto ledger = wiring_.ledger(organisation.plan.ledger);
    ASSERT_TRUE(ledger);
    const auto seal = [&]() -> Task<Result<>> {
      GODWIT_CO_TRY(vault::Vault vault, co_await vault::Vault::open(**ledger, key_file_of(organisation.plan)));
      co_return co_await vault.keep(login, Secret(password));
    };
    const auto done = run_here(seal());
    ASSERT_TRUE(done) << describe(done.error());
  }
  void keep_source(const Organisation& organisation, const char* user, const char* password) const {
    keep(organisation, login_of_account(organisation.plan.sources[0], Side::source, user), password);
  }
  void keep_target(const Organisation& organisation, const char* user, const char* password) const {
    keep(organisation, login_of_account(organisation.plan.targets[0], Side::target, user), password);
  }

  // "alice:source/target …", or the error.
  [[nodiscard]] std::string found(const Organisation& organisation, ledger::Ledger* ledger = nullptr) const {
    const auto passwords = find_passwords(organisation, wiring_, ledger);
    if (!passwords) return describe(passwords.error());
    std::string text;
    for (const plan::Account& account : passwords->accounts) {
      text.append(account.source_user).append(":").append(account.source_password.reveal()).append("/");
      text.append(account.target_password.reveal()).append(" ");
    }
    return text;
  }

  test::TemporaryFolder folder_;
  Wiring wiring_;
};

TEST_F(PlanPasswordsTest, ComeFromTheFileWithoutALedger) {
  EXPECT_EQ(found(organisation("user,password,new password\nalice,a,b\n")), "alice:a/b ");
  EXPECT_FALSE(std::filesystem::exists(file("l")));
}

TEST_F(PlanPasswordsTest, WhereTheFileHasNoneTheVaultHas) {
  const Organisation all = organisation("user,password,new password\nalice,,b\nbob,c,\n");
  keep_source(all, "alice", "vault a");
  keep_source(all, "bob", "not taken");
  keep_target(all, "bob", "vault d");
  EXPECT_EQ(found(all), "alice:vault a/b bob:c/vault d ");
  const auto ledger = wiring_.ledger(all.plan.ledger);
  ASSERT_TRUE(ledger);
  EXPECT_EQ(found(all, ledger->get()), "alice:vault a/b bob:c/vault d ") << "in the caller's hands";
}

TEST_F(PlanPasswordsTest, ThatAreNowhereAreToldByLine) {
  const Organisation all = organisation("user,password,new password\nalice,,x\nbob,x,\n");
  keep_source(all, "carol", "x");
  const auto passwords = find_passwords(all, wiring_, nullptr);
  ASSERT_FALSE(passwords);
  EXPECT_EQ(passwords.error().code, codes::password_missing.number);
  EXPECT_EQ(passwords.error().kind, ErrorKind::usage);
  EXPECT_THAT(passwords.error().what, HasSubstr("a.csv:2: there is no password for the source, neither here nor in the vault"));
  EXPECT_THAT(passwords.error().what, HasSubstr("a.csv:3: there is no password for the target, neither here nor in the vault"));
}

TEST_F(PlanPasswordsTest, OfTheSourceServeTheTargetWhereThePlanSaysSo) {
  const Organisation all = organisation("user\nalice\n", own_passwords, "same_password = true\n");
  keep_source(all, "alice", "one");
  EXPECT_EQ(found(all), "alice:one/one ");
}

TEST_F(PlanPasswordsTest, OfTargetsAreNotNeededWhereOnlySourcesAreOpened) {
  const std::string servers = "[source]\nhost = \"o\"\n[target]\nhost = \"n\"\nadmin_user = \"root\"\npassword_file = \"gone\"\n";
  for (const Organisation& all : {organisation("user,password\nalice,x\n"), organisation("user,password\nalice,x\n", servers)}) {
    EXPECT_FALSE(find_passwords(all, wiring_, nullptr));
    const auto passwords = find_passwords(all, wiring_, nullptr, Sides::source);
    ASSERT_TRUE(passwords) << describe(passwords.error());
    EXPECT_EQ(passwords->accounts[0].source_password.reveal(), "x");
    EXPECT_TRUE(passwords->targets.empty());
  }
  EXPECT_THAT(describe(find_passwords(organisation("user\nalice\n"), wiring_, nullptr, Sides::source).error()),
              testing::AllOf(HasSubstr("for the source"), testing::Not(HasSubstr("for the target"))));
}

TEST_F(PlanPasswordsTest, AreNotSentToAnotherServer) {
  const Organisation before = organisation("user,new password\nalice,x\n");
  keep_source(before, "alice", "secret");
  EXPECT_EQ(found(before), "alice:secret/x ");
  for (const char* elsewhere : {"host = \"other\"\n", "host = \"o\"\nport = 1993\n"}) {
    const std::string servers = std::string("[source]\n") + elsewhere + "[target]\nhost = \"n\"\n";
    const Organisation after = organisation("user,new password\nalice,x\n", servers);
    EXPECT_THAT(found(after), HasSubstr("a.csv:2: there is no password for the source")) << elsewhere;
  }
}

TEST_F(PlanPasswordsTest, OfOneMailboxAreOne) {
  const std::string servers = "[source]\nhost = \"o\"\n[source.names]\nlower = true\n[target]\nhost = \"n\"\n";
  const Organisation all = organisation("user,new password\nAlice@example.com,x\n", servers);
  keep_source(all, "alice@EXAMPLE.com", "secret");
  EXPECT_EQ(found(all), "Alice@example.com:secret/x ");
}

TEST_F(PlanPasswordsTest, OfAdministratorsComeFromTheirPlaceAndElseFromTheVault) {
  const std::string servers =
      "[source]\nhost = \"o\"\nadmin_user = \"root\"\npassword_file = \"admin\"\n"
      "[target]\nhost = \"n\"\npassword_env = \"GODWIT_TEST_ADMIN\"\n";
  const Organisation all = organisation("user\nalice\n", servers);
  keep(all, login_of_all(all.plan.sources[0], Side::source), "sealed 1");
  keep(all, login_of_all(all.plan.targets[0], Side::target), "sealed 2");
  auto passwords = find_passwords(all, wiring_, nullptr);
  ASSERT_TRUE(passwords) << describe(passwords.error());
  EXPECT_EQ(passwords->sources.at("source").reveal(), "sealed 1");
  EXPECT_EQ(passwords->targets.at("target").reveal(), "sealed 2");
  write("admin", "from the file\n");
  passwords = find_passwords(all, wiring_, nullptr);
  ASSERT_TRUE(passwords);
  EXPECT_EQ(passwords->sources.at("source").reveal(), "from the file") << "also where the vault is open for another";
  EXPECT_EQ(passwords->targets.at("target").reveal(), "sealed 2");
  ::setenv("GODWIT_TEST_ADMIN", "from the environment", 1);
  passwords = find_passwords(all, wiring_, nullptr);
  ::unsetenv("GODWIT_TEST_ADMIN");
  ASSERT_TRUE(passwords);
  EXPECT_EQ(passwords->sources.at("source").reveal(), "from the file");
  EXPECT_EQ(passwords->targets.at("target").reveal(), "from the environment");
}

TEST_F(PlanPasswordsTest, NeedTheKeyThatThePlanNames) {
  Organisation all = organisation("user,new password\nalice,x\n");
  EXPECT_EQ(key_file_of(all.plan), file("l.vault-key"));
  all.plan.vault_key = file("elsewhere.key");
  keep_source(all, "alice", "secret");
  EXPECT_TRUE(std::filesystem::exists(file("elsewhere.key")));
  EXPECT_EQ(found(all), "alice:secret/x ");
  std::filesystem::remove(file("elsewhere.key"));
  EXPECT_THAT(found(all), HasSubstr("the key of this ledger's passwords is missing"));
}

}  // namespace
}  // namespace godwit::cli
