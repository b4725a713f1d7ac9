// SPDX-License-Identifier: Apache-2.0
#include "plan/logins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/plan.h"

namespace godwit::plan {
namespace {

using testing::HasSubstr;

std::string filled(std::string_view text, const LoginParts& parts) {
  const auto login = LoginTemplate::parse(text);
  if (!login) return "parse: " + login.error().what;
  const auto name = login->fill(parts);
  return name ? *name : "fill: " + name.error().what;
}

TEST(LoginTemplate, FillsEveryForm) {
  const LoginParts alice{.user = "alice@example.com", .mailbox = "asmith", .admin = "master"};
  for (const auto& [text, name] : std::vector<std::pair<std::string, std::string>>{
           {"{user}", "alice@example.com"},
           {"{user}*master", "alice@example.com*master"},
           {"{user}%master", "alice@example.com%master"},
           {"{user}*{admin}", "alice@example.com*master"},
           {R"(EXAMPLE\admin\{mailbox})", R"(EXAMPLE\admin\asmith)"},
           {R"({admin}@example.com\{local})", R"(master@example.com\alice)"},
           {"#{local}@{domain}#", "#alice@example.com#"},
           {"{{{local}}}", "{alice}"},
           {"}}{{", "}{"},
           {"", ""}}) {
    EXPECT_EQ(filled(text, alice), name) << text;
  }
}

TEST(LoginTemplate, AnAddressIsDividedAtItsLastAt) {
  const LoginParts odd{.user = "a@b@example.com", .mailbox = {}, .admin = {}};
  EXPECT_EQ(filled("{local}|{domain}", odd), "a@b|example.com");
  const LoginParts bare{.user = "alice", .mailbox = {}, .admin = {}};
  EXPECT_EQ(filled("{local}", bare), "alice");
  EXPECT_THAT(filled("{local}@{domain}", bare),
              HasSubstr("fill: \"alice\" has no domain, and the login \"{local}@{domain}\" asks for one"));
}

// A placeholder in a name is no placeholder.
TEST(LoginTemplate, WhatIsFilledInStaysAsItIs) {
  EXPECT_EQ(filled("{user}*{mailbox}", {.user = "{admin}", .mailbox = "{user}", .admin = "x"}), "{admin}*{user}");
}

TEST(LoginTemplate, ErrorsSayWhatToWrite) {
  const auto error = [](std::string_view text) {
    const auto login = LoginTemplate::parse(text);
    return login ? std::string() : login.error().what;
  };
  EXPECT_EQ(error("{usr}"), "there is no placeholder {usr}; did you mean \"user\"?");
  EXPECT_THAT(error("{password}"), HasSubstr("there is no placeholder {password}; known are: user, local"));
  EXPECT_THAT(error("{User}"), HasSubstr("did you mean \"user\"?"));
  EXPECT_THAT(error("{}"), HasSubstr("there is no placeholder {}"));
  EXPECT_THAT(error("{user"), HasSubstr("a \"{\" stands alone; write {{"));
  EXPECT_THAT(error("user}"), HasSubstr("a \"}\" stands alone; write }}"));
  EXPECT_THAT(error("{user}\r\n"), HasSubstr("control characters"));
}

TEST(LoginTemplate, KnowsWhatItUses) {
  const auto login = [](std::string_view text) { return LoginTemplate::parse(text).value(); };
  EXPECT_TRUE(login("").empty());
  EXPECT_FALSE(login("x").empty());
  EXPECT_TRUE(login("{user}*{admin}").uses_admin());
  EXPECT_FALSE(login("{user}*admin").uses_admin());
  for (const char* text : {"{user}", "x{local}", "{mailbox}"}) EXPECT_TRUE(login(text).uses_account()) << text;
  for (const char* text : {"admin", "{admin}", "{domain}", "{{user}}"}) EXPECT_FALSE(login(text).uses_account()) << text;
}

std::string added(AddressRules& rules, std::string_view from, std::string_view to) {
  const auto result = rules.add(from, to);
  return result ? "" : result.error().what;
}
AddressRules address_rules(std::initializer_list<std::pair<const char*, const char*>> all) {
  AddressRules rules;
  for (const auto& [from, to] : all) EXPECT_EQ(added(rules, from, to), "");
  return rules;
}

TEST(AddressRules, TheNearestRuleApplies) {
  const AddressRules rules = address_rules({{"@old.example.com", "@new.example.com"},
                                            {"Alice@old.example.com", "a.smith@new.example.com"},
                                            {"@*.old.example.com", "@*.new.example.com"},
                                            {"@*.lab.old.example.com", "@lab.example.org"},
                                            {"@flat.example.com", "@"},
                                            {"root", "postmaster@new.example.com"},
                                            {"@", "@new.example.com"}});
  for (const auto& [user, name] : std::vector<std::pair<std::string, std::string>>{
           {"bob@old.example.com", "bob@new.example.com"},
           {"Bob@OLD.example.com", "Bob@new.example.com"},
           {"alice@old.example.com", "a.smith@new.example.com"},
           {"ALICE@Old.Example.com", "a.smith@new.example.com"},
           {"bob@berlin.old.example.com", "bob@berlin.new.example.com"},
           {"bob@A.Berlin.old.example.com", "bob@A.Berlin.new.example.com"},
           {"bob@x.lab.old.example.com", "bob@lab.example.org"},
           {"bob@lab.old.example.com", "bob@lab.new.example.com"},
           {"bob@flat.example.com", "bob"},
           {"root", "postmaster@new.example.com"},
           {"carol", "carol@new.example.com"},
           {"a@b@old.example.com", "a@b@new.example.com"}}) {
    EXPECT_EQ(rules.apply(user), name) << user;
  }
  EXPECT_EQ(rules.apply("bob@veryold.example.com"), std::nullopt);
  EXPECT_EQ(rules.apply("bob@example.com"), std::nullopt);
  EXPECT_EQ(rules.apply("bob@.old.example.com"), std::nullopt);
  EXPECT_EQ(address_rules({{"@a.example.com", "@b.example.com"}}).apply("bob"), std::nullopt);
  EXPECT_EQ(AddressRules().apply("bob"), std::nullopt);
  EXPECT_TRUE(AddressRules().empty());
  EXPECT_FALSE(address_rules({{"@*.a.example.com", "@b.example.com"}}).empty());
}

TEST(AddressRules, ErrorsSayWhatToWrite) {
  AddressRules rules = address_rules({{"@old.example.com", "@new.example.com"}});
  EXPECT_THAT(added(rules, "@OLD.example.com", "@other.example.com"), HasSubstr("there is another rule for \"@OLD.example.com\""));
  for (const char* wrong :
       {"", "@@", "@a..b", "@.a", "@a.", "@a b", "@*", "@*.", "@a.*.b", "*@a.example.com", "alice@", "alice@*.a", "a\x01"}) {
    EXPECT_THAT(added(rules, wrong, "@new.example.com"), HasSubstr("is no address; write \"alice@example.com\"")) << wrong;
    EXPECT_THAT(added(rules, "@x.example.com", wrong), HasSubstr("is no address; write \"alice@example.com\"")) << wrong;
  }
  for (const auto& [from, to] : std::vector<std::pair<const char*, const char*>>{
           {"alice@a.example.com", "@b.example.com"}, {"@a.example.com", "alice@b.example.com"}, {"@a.example.com", "@*.b.example.com"},
           {"@", "@*.b.example.com"}, {"@", "@"}, {"alice", "@"}}) {
    EXPECT_THAT(added(rules, from, to), HasSubstr("a name becomes a name, a domain a domain")) << from << " = " << to;
  }
}

TEST(NameRules, SeveralLoginNamesAreOneMailbox) {
  NameRules rules(true, {"Example.com"});
  ASSERT_TRUE(rules.add_alias("Info@example.com", "office"));
  ASSERT_TRUE(rules.add_alias("sales@example.net", "Office@EXAMPLE.com"));
  for (const char* name : {"info", "INFO@example.COM", "office", "Office@example.com", "sales@example.net"}) {
    EXPECT_EQ(rules.canonical(name), "office") << name;
  }
  EXPECT_EQ(rules.canonical("Alice@Example.COM"), "alice");
  EXPECT_EQ(rules.canonical("Alice@example.org"), "alice@example.org");
  EXPECT_EQ(rules.canonical("alice@sub.example.com"), "alice@sub.example.com");
  EXPECT_EQ(rules.canonical("@example.com"), "@example.com");
}

TEST(NameRules, WithoutRulesANameIsItself) {
  EXPECT_EQ(NameRules().canonical("Alice@Example.com"), "Alice@Example.com");
  EXPECT_EQ(NameRules(false, {"example.com"}).canonical("Alice@Example.com"), "Alice");
}

TEST(NameRules, AliasesDoNotPointAtAliases) {
  const auto error = [](NameRules& rules, const char* name, const char* mailbox) {
    const auto result = rules.add_alias(name, mailbox);
    return result ? std::string() : result.error().what;
  };
  NameRules rules(true, {});
  EXPECT_EQ(error(rules, "a", "b"), "");
  EXPECT_EQ(error(rules, "d", "b"), "");
  EXPECT_THAT(error(rules, "c", "a"), HasSubstr("\"c\" stands for a name that stands for another"));
  EXPECT_THAT(error(rules, "b", "x"), HasSubstr("\"b\" stands for a name that stands for another"));
  EXPECT_THAT(error(rules, "A", "x"), HasSubstr("\"A\" has a mailbox already"));
  EXPECT_THAT(error(rules, "e", "E"), HasSubstr("\"e\" is the same mailbox already"));
  EXPECT_THAT(error(rules, "", "x"), HasSubstr("a name is empty"));
}

TEST(Login, IsFilledByEndpointAndAccount) {
  Endpoint endpoint;
  endpoint.login = LoginTemplate::parse("{admin}").value();
  endpoint.authorization = LoginTemplate::parse("{mailbox}").value();
  endpoint.admin_user = "root";
  endpoint.names = NameRules(true, {"example.com"});
  EXPECT_EQ(endpoint.login_of("Alice@example.com"), (Endpoint::Login{"root", "alice"}));
  endpoint.authorization = LoginTemplate();
  EXPECT_EQ(endpoint.login_of("Alice@example.com"), (Endpoint::Login{"root", ""}));
  endpoint.authorization = LoginTemplate::parse("{domain}").value();
  EXPECT_FALSE(endpoint.login_of("alice"));
}

TEST(NameRules, MailboxesOfTheirOwn) {
  NameRules rules(true, {"example.com"});
  ASSERT_TRUE(rules.add_alias("info", "office"));
  EXPECT_TRUE(rules.add_distinct("Office@example.com"));
  EXPECT_TRUE(rules.add_distinct("sales@example.net"));
  EXPECT_FALSE(rules.add_distinct("INFO@example.com")) << "it is an alias";
  for (const char* name : {"office", "OFFICE@example.com", "info", "Sales@example.net"}) EXPECT_TRUE(rules.is_distinct(name)) << name;
  for (const char* name : {"alice", "sales", "sales@example.com", ""}) EXPECT_FALSE(rules.is_distinct(name)) << name;
}

}  // namespace
}  // namespace godwit::plan
