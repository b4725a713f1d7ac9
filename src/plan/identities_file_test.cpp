// SPDX-License-Identifier: Apache-2.0
#include "plan/identities_file.h"

#include <gmock/gmock.h>

namespace godwit::plan {
namespace {

using endpoint::Identity;
using Kind = sync::IdentityMap::Counterpart::Kind;
using ::testing::HasSubstr;

std::string fault_of(std::string_view text) {
  sync::IdentityMap map;
  Problems problems;
  parse_identities(text, "identities.csv", map, problems);
  return problems.empty() ? "" : describe(problems.error());
}

TEST(IdentitiesFileTest, Lines) {
  sync::IdentityMap map;
  Problems problems;
  parse_identities("\xEF\xBB\xBFSource, target\r\nbob@old.example.com , bob@example.com\r\n\"group:a,b\",group:c\nrobot,\nanyone,authenticated\n",
                   "identities.csv", map, problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(map.of(Identity::parse("bob@old.example.com")).identity.name, "bob@example.com");
  EXPECT_EQ(map.of(Identity::parse("group:a,b")).identity, Identity::parse("group:c"));
  EXPECT_EQ(map.of(Identity::parse("robot")).kind, Kind::left_out);
  EXPECT_EQ(map.of(Identity::parse("anyone")).identity, Identity::parse("authenticated"));
}

TEST(IdentitiesFileTest, FaultsHaveTheirLines) {
  EXPECT_EQ(fault_of("source,target\nbob,b\n"), "");
  EXPECT_THAT(fault_of(""), HasSubstr("its first line is source,target"));
  EXPECT_THAT(fault_of("bob,b\n"), HasSubstr("identities.csv:1: the first line names the columns"));
  EXPECT_THAT(fault_of("source,target\n\nbob\n"), HasSubstr("identities.csv:3"));
  EXPECT_THAT(fault_of("source,target\na,b,c\n"), HasSubstr("this one has 3"));
  EXPECT_THAT(fault_of("source,target\n,b\n"), HasSubstr("is nobody"));
  EXPECT_THAT(fault_of("source,target\n-bob,b\n"), HasSubstr("\"-bob\" is nobody"));
  EXPECT_THAT(fault_of("source,target\nbob,b\nBob,c\n"), HasSubstr("identities.csv:3: Bob has another counterpart already: b"));
  EXPECT_THAT(fault_of("source,target\n\"bob,b\n"), HasSubstr("identities.csv:2"));
}

TEST(IdentitiesFileTest, AccountsAndAddressRules) {
  Plan plan;
  plan.sources.resize(1);
  plan.sources[0].name = "source";
  plan.sources[0].names = NameRules(true, {"old.example.com"});
  ASSERT_TRUE(plan.accounts.addresses.add("@other.example.com", "@example.org"));
  const auto account = [](std::string from, std::string to) {
    Account result;
    result.source = "source";
    result.source_user = std::move(from);
    result.target_user = std::move(to);
    return result;
  };
  std::vector<Account> accounts;
  accounts.push_back(account("bob@old.example.com", "bob@example.com"));
  accounts.push_back(account("twice", "a@example.com"));
  accounts.push_back(account("Twice", "b@example.com"));
  const auto map = read_identities(plan, accounts);
  ASSERT_TRUE(map);
  EXPECT_EQ(map->of(Identity::parse("Bob@old.example.com")).identity.name, "bob@example.com");
  EXPECT_EQ(map->of(Identity::parse("bob")).identity.name, "bob@example.com");
  EXPECT_EQ(map->of(Identity::parse("x@other.example.com")).identity.name, "x@example.org");
  EXPECT_EQ(map->of(Identity::parse("twice")).kind, Kind::unknown) << "two mailboxes are meant";
  EXPECT_EQ(map->of(Identity::parse("carol")).kind, Kind::unknown);
  plan.extras.identities = "/nonexistent/identities.csv";
  EXPECT_THAT(describe(read_identities(plan, accounts).error()), HasSubstr("/nonexistent/identities.csv"));
}

}  // namespace
}  // namespace godwit::plan
