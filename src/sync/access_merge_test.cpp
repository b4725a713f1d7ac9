// SPDX-License-Identifier: Apache-2.0
#include "sync/access_merge.h"

#include <gmock/gmock.h>

#include <random>

namespace godwit::sync {
namespace {

using endpoint::Access;
using endpoint::AccessModel;
using endpoint::all_rights;
using endpoint::Grantee;
using endpoint::Identity;
using endpoint::Right;
using endpoint::Rights;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Rights reading{Right::see, Right::read};
constexpr Rights writing{Right::see, Right::read, Right::insert};
constexpr Rights deleting{Right::mark_deleted, Right::expunge};

Grantee to(std::string_view text) { return {Identity::parse(text), false}; }
Grantee against(std::string_view text) { return {Identity::parse(text), true}; }

AccessModel model(bool has_denials = true, bool replaces = false) {
  using Kind = Identity::Kind;
  return {all_rights, {Kind::user, Kind::group, Kind::anyone}, {}, has_denials, replaces};
}

class AccessMergeTest : public ::testing::Test {
 protected:
  AccessMergeTest() {
    for (const char* name : {"bob", "carol"}) add(name, std::string(name) + "@new");
    add("group:sales", "group:verkauf");
    add("alice", "alice@new");
  }
  void add(std::string_view from, std::string_view target) { ASSERT_TRUE(map_.add(Identity::parse(from), Identity::parse(target))); }
  TranslatedAccess run(const Access& source) { return translate(source, sides_, map_); }

  IdentityMap map_;
  AccessSides sides_{model(), model(), Identity::parse("alice"), Identity::parse("alice@new")};
};

TEST_F(AccessMergeTest, IdentitiesAreMapped) {
  const auto result = run({{to("bob"), reading}, {to("group:sales"), writing}, {to("anyone"), {Right::post}}, {against("carol"), reading}});
  EXPECT_EQ(result.access, (Access{{to("bob@new"), reading},
                                   {to("group:verkauf"), writing},
                                   {to("anyone"), {Right::post}},
                                   {against("carol@new"), reading}}));
  EXPECT_THAT(result.not_copied, IsEmpty());
}

TEST_F(AccessMergeTest, WhoHasNoCounterpartIsNamed) {
  ASSERT_TRUE(map_.add(Identity::parse("old robot"), std::nullopt));
  const auto result = run({{to("dave"), reading}, {to("old robot"), reading}, {to("authenticated"), reading}, {to("group:x"), reading}});
  EXPECT_THAT(result.access, IsEmpty());
  EXPECT_THAT(result.not_copied, ElementsAre(HasSubstr("authenticated: the target cannot give"), HasSubstr("group:x: it has no counterpart"),
                                             HasSubstr("dave: it has no counterpart on the target; name one in the identities file")));
}

TEST_F(AccessMergeTest, TheOwnRightsAreNobodysBusiness) {
  const auto result = run({{to("alice"), reading}, {to("Alice"), reading}, {against("alice"), all_rights}, {to("owner"), reading},
                           {against("owner"), all_rights}});
  EXPECT_THAT(result.access, IsEmpty());
  EXPECT_THAT(result.not_copied, IsEmpty());
  add("me", "alice@new");
  EXPECT_THAT(run({{to("me"), reading}, {against("me"), all_rights}}).access, IsEmpty()) << "whatever he is called on the source";
}

TEST_F(AccessMergeTest, TiedRightsAreGivenWholeAndDeniedWhole) {
  sides_.target.tied = {deleting};
  sides_.target.known = sides_.target.known - Rights{Right::remove_folder};
  auto result = run({{to("bob"), Rights{Right::read, Right::expunge, Right::remove_folder}}});
  EXPECT_EQ(result.access, (Access{{to("bob@new"), {Right::read}}}));
  EXPECT_THAT(result.not_copied, ElementsAre(HasSubstr("bob: the target has no such right, or only together with others: remove the folder, expunge")));
  result = run({{to("bob"), reading | deleting}, {against("carol"), {Right::expunge}}});
  EXPECT_EQ(result.access, (Access{{to("bob@new"), reading | deleting}, {against("carol@new"), deleting}}));
}

TEST_F(AccessMergeTest, WhatCannotBeDeniedIsNotGiven) {
  sides_.target.has_denials = false;
  auto result = run({{to("anyone"), writing}, {to("group:sales"), writing}, {to("carol"), writing}, {against("bob"), {Right::insert}}});
  EXPECT_EQ(result.access, (Access{{to("anyone"), reading}, {to("group:verkauf"), reading}, {to("carol@new"), writing}}));
  EXPECT_THAT(result.not_copied, ElementsAre(HasSubstr("bob: the source keeps \"insert messages\" from it")));
  sides_.target.has_denials = true;
  result = run({{to("anyone"), writing}, {against("dave"), {Right::insert}}});
  EXPECT_EQ(result.access, (Access{{to("anyone"), reading}})) << "dave is not known on the target";
  result = run({{to("carol"), writing}, {against("group:x"), {Right::insert}}});
  EXPECT_EQ(result.access, (Access{{to("carol@new"), reading}})) << "nobody knows whether carol is in it";
  result = run({{to("bob"), writing}, {against("anyone"), {Right::insert}}});
  EXPECT_EQ(result.access, (Access{{to("bob@new"), reading}})) << "a denial for everybody would be one for the owner, too";
}

TEST_F(AccessMergeTest, ServersThatCountOtherwise) {
  sides_.source.specific_replaces_general = true;
  EXPECT_EQ(run({{to("anyone"), writing}, {to("bob"), {Right::see}}}).access,
            (Access{{to("anyone"), writing}, {to("bob@new"), {Right::see}}, {against("bob@new"), {Right::read, Right::insert}}}))
      << "bob has less than everybody";
  std::swap(sides_.source.specific_replaces_general, sides_.target.specific_replaces_general);
  EXPECT_EQ(run({{to("anyone"), reading}, {to("bob"), {Right::insert}}}).access,
            (Access{{to("anyone"), reading}, {to("bob@new"), writing}}));
  sides_.source.specific_replaces_general = true;
  EXPECT_EQ(run({{to("anyone"), writing}, {to("bob"), {Right::see}}}).access,
            (Access{{to("anyone"), writing}, {to("bob@new"), {Right::see}}}));
}

TEST(AccessChangesTest, FollowTheSourceAndLeaveTheTarget) {
  const Access none;
  EXPECT_THAT(access_changes({{to("bob"), reading}}, none, none, {{to("bob"), {Right::insert}}}),
              ElementsAre(std::pair(to("bob"), writing))) << "nothing is taken away in the first round";
  EXPECT_THAT(access_changes({{to("bob"), reading}}, {{to("bob"), reading}}, none, none), IsEmpty()) << "taken away on the target";
  EXPECT_THAT(access_changes(none, {{to("bob"), reading}}, none, {{to("bob"), writing}}),
              ElementsAre(std::pair(to("bob"), Rights{Right::insert}))) << "gone on the source; given on the target";
  EXPECT_THAT(access_changes({{to("bob"), writing}}, {{to("bob"), reading}}, none, {{to("bob"), {Right::read}}}),
              ElementsAre(std::pair(to("bob"), Rights{Right::read, Right::insert})));
  EXPECT_THAT(access_changes(none, none, {{to("bob"), reading}}, {{to("bob"), reading}, {to("admin"), all_rights}}),
              ElementsAre(std::pair(to("bob"), Rights()))) << "a new folder that took over what was given above it";
  EXPECT_THAT(access_changes({{to("bob"), reading}}, none, {{to("bob"), writing}}, none), ElementsAre(std::pair(to("bob"), reading)));
}

// Again after a kill between the change and its record, it ends as it would have without.
TEST(AccessChangesTest, AreTheSameTwice) {
  std::mt19937 random(7);
  const auto any = [&] {
    Access access;
    for (const char* name : {"bob", "carol", "anyone"}) {
      const Rights rights = Rights::of_bits(static_cast<std::uint16_t>(random() & all_rights.bits()));
      if (!rights.empty() && random() % 3 != 0) access[to(name)] = rights;
    }
    return access;
  };
  for (int i = 0; i < 500; ++i) {
    const Access wanted = any(), synced = any();
    Access now = any();
    for (const auto& [grantee, rights] : access_changes(wanted, synced, {}, now)) {
      if (rights.empty()) now.erase(grantee);
      else now[grantee] = rights;
    }
    EXPECT_THAT(access_changes(wanted, synced, {}, now), IsEmpty()) << i;
    EXPECT_THAT(access_changes(wanted, wanted, {}, now), IsEmpty()) << i;
  }
}

}  // namespace
}  // namespace godwit::sync
