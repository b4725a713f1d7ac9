// SPDX-License-Identifier: Apache-2.0
#include "sync/extras_options.h"

#include <gtest/gtest.h>

#include "sync/extras_state.h"
#include "sync/rules.h"

namespace godwit::sync {
namespace {

using endpoint::Folder;
using endpoint::Identity;
using endpoint::Owner;
using endpoint::Right;

TEST(IdentityTest, Texts) {
  for (const char* text : {"anyone", "authenticated", "anonymous", "owner", "group:sales", "bob@example.com", "user:anyone", "user:group:x",
                           "user:user:x"}) {
    EXPECT_EQ(Identity::parse(text).text(), text);
  }
  EXPECT_EQ(Identity::parse("user:anyone"), (Identity{Identity::Kind::user, "anyone"}));
  EXPECT_EQ(Identity::parse("user:bob").text(), "bob");
  EXPECT_EQ((endpoint::Rights{Right::see, Right::mark_deleted}.text()), "see the folder, mark as deleted");
  EXPECT_EQ(endpoint::Rights().text(), "none");
}

TEST(IdentityMapTest, NamesAreComparedWithoutCase) {
  IdentityMap map;
  ASSERT_TRUE(map.add(Identity::parse("Bob@Example.com"), Identity::parse("b.smith@example.org")));
  EXPECT_EQ(map.of(Identity::parse("bob@example.com")).identity.name, "b.smith@example.org");
  EXPECT_TRUE(map.add(Identity::parse("bob@example.com"), Identity::parse("b.smith@example.org"))) << "the same once more";
  EXPECT_EQ(map.add(Identity::parse("bob@example.com"), std::nullopt).error().kind, ErrorKind::usage);
  using Kind = IdentityMap::Counterpart::Kind;
  EXPECT_EQ(map.of(Identity::parse("carol")).kind, Kind::unknown);
  EXPECT_EQ(map.of(Identity::parse("group:bob@example.com")).kind, Kind::unknown);
  EXPECT_EQ(map.of(Identity::parse("anyone")).identity, Identity::parse("anyone"));
  map.set_rule([](std::string_view user) { return user == "carol" ? std::optional<std::string>("carol@new") : std::nullopt; });
  EXPECT_EQ(map.of(Identity::parse("carol")).identity.name, "carol@new");
  EXPECT_EQ(map.of(Identity::parse("group:carol")).kind, Kind::unknown);
  EXPECT_EQ(map.of(Identity::parse("dave")).kind, Kind::unknown);
}

TEST(AnnotationPatternTest, LevelsAndVendors) {
  const std::pair<std::string_view, std::string_view> taken[] = {{"/shared/comment", "/Shared/Comment"},
                                                                {"/private/*", "/private/comment"},
                                                                {"/shared/**", "/shared/a/b/c"},
                                                                {"/shared/vendor/kolab/**", "/shared/vendor/kolab/folder-type"},
                                                                {"/shared/*/x", "/shared/a/x"}};
  for (const auto& [pattern, name] : taken) EXPECT_TRUE(matches_annotation(pattern, name)) << pattern << " " << name;
  const std::pair<std::string_view, std::string_view> left[] = {{"/shared/comment", "/private/comment"},
                                                               {"/shared/*", "/shared/a/b"},
                                                               {"/shared/*", "/shared"},
                                                               {"/shared/**", "/shared/vendor/x/y"},
                                                               {"/shared/*/x/y", "/shared/vendor/x/y"},
                                                               {"/shared/a", "/shared/ab"}};
  for (const auto& [pattern, name] : left) EXPECT_FALSE(matches_annotation(pattern, name)) << pattern << " " << name;
  for (const char* good : {"/shared/comment", "/private/**", "/shared/*/x"}) EXPECT_TRUE(check_annotation_pattern(good)) << good;
  for (const char* bad : {"", "**", "comment", "/shared", "/shared/", "/other/x", "/shared//x", "/shared/**/x", "/shared/a**", "/shared/%"}) {
    EXPECT_FALSE(check_annotation_pattern(bad)) << bad;
  }
}

TEST(ExtrasStateTest, ComesBackFromItsText) {
  ExtrasState state;
  state.target_uid_validity = 7;
  state.access[{Identity::parse("group:a \"b\"\t\xC3\xA4"), true}] = {Right::read, Right::annotate};
  state.annotations["/shared/comment"] = "00ff";
  state.quotas = {{"User quota", endpoint::QuotaUse{0, 1024}, std::nullopt}};
  EXPECT_EQ(parse_extras(to_text(state), 7), state);
  ExtrasState other;
  other.target_uid_validity = 8;
  EXPECT_EQ(parse_extras(to_text(state), 8), other) << "a folder that was made anew has nothing of it";
  for (const char* text : {"", "x", "{}", "[]", "{\"uid_validity\":8}", "{\"uid_validity\":8,\"access\":[[1]],\"annotations\":{},\"quotas\":[]}",
                           "{\"uid_validity\":8,\"access\":[],\"annotations\":{\"a\":1},\"quotas\":[]}"}) {
    EXPECT_EQ(parse_extras(text, 8), other) << text;
  }
  state.access[{Identity::parse("\xFF"), false}] = {Right::read};
  EXPECT_EQ(parse_extras(to_text(state), 7).access.size(), 2U) << "bytes that are no UTF-8 do not stop it";
}

TEST(ForeignFoldersTest, AreLeftOutUnlessOneAccountTakesThem) {
  const auto folder = [](std::vector<std::string> path, Owner owner, bool groupware = false) {
    Folder result;
    result.path.segments = std::move(path);
    result.owner = owner;
    result.groupware = groupware;
    return result;
  };
  const Folder own = folder({"Work"}, Owner::account), share = folder({"Shared", "Projects", "a"}, Owner::shared),
               of_bob = folder({"user", "bob", "Work"}, Owner::other_user), calendar = folder({"Calendar"}, Owner::account, true);
  Rules rules;
  EXPECT_TRUE(rules.takes(own));
  EXPECT_FALSE(rules.takes(share));
  EXPECT_FALSE(rules.takes(of_bob));
  EXPECT_FALSE(rules.takes(calendar));
  EXPECT_EQ(rules.reason_to_leave(share), Rules::Foreign::shared);
  EXPECT_EQ(rules.reason_to_leave(of_bob), Rules::Foreign::other_users);
  EXPECT_EQ(rules.reason_to_leave(calendar), Rules::Foreign::groupware);
  rules = parse_rules({.shared = {"Shared/Projects/**"}, .other_users = {"user/bob/*"}, .shared_account = "alice", .groupware = true}).value();
  for (const Folder& each : {own, share, of_bob, calendar}) EXPECT_TRUE(rules.for_account("alice").takes(each)) << each.path.display();
  EXPECT_FALSE(rules.for_account("carol").takes(share));
  EXPECT_FALSE(rules.for_account("carol").takes(of_bob));
  EXPECT_TRUE(rules.for_account("carol").takes(calendar));
  EXPECT_FALSE(rules.takes(folder({"Shared", "Other"}, Owner::shared)));
  rules = parse_rules({.exclude = {"Shared/**"}, .shared = {"Shared/**"}}).value();
  EXPECT_FALSE(rules.takes(share)) << "exclude goes before";
  EXPECT_FALSE(parse_rules({.shared = {"//"}}));
}

}  // namespace
}  // namespace godwit::sync
