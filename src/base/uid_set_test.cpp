// SPDX-License-Identifier: Apache-2.0
#include "base/uid_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace godwit {
namespace {

constexpr Uid highest = ~Uid{0};

TEST(UidSet, WritesAndReadsSequenceSets) {
  UidSet set;
  EXPECT_EQ(set.to_string(), "");
  for (const Uid uid : {1U, 2U, 3U, 4U, 7U, 9U, 10U}) set.add(uid);
  EXPECT_EQ(set.to_string(), "1:4,7,9:10");
  EXPECT_EQ(UidSet::parse("9:10,7,1:4"), set);
  EXPECT_EQ(UidSet::parse("4:1,2,3:3,10:9,7,7"), set);
  EXPECT_EQ(UidSet::parse("4294967295")->to_string(), "4294967295");
}

TEST(UidSet, RefusesJunk) {
  for (const char* junk : {"", "0", "0:5", "5:0", "*", "1:*", "1,", ",1", "1,,2", "1:", ":1", "1:2:3", "a", "1 ", "-1",
                           "4294967296"}) {
    EXPECT_EQ(UidSet::parse(junk), std::nullopt) << junk;
  }
}

TEST(UidSet, TheHighestUidsDoNotOverflow) {
  UidSet set;
  set.add(highest);
  set.add({highest - 5, highest - 2});
  EXPECT_EQ(set.to_string(), "4294967290:4294967293,4294967295");
  set.add(highest - 1);
  EXPECT_EQ(set.to_string(), "4294967290:4294967295");
  set.add(highest);
  EXPECT_EQ(set.size(), 6U);
  EXPECT_FALSE(set.contains(1));
  const UidSet everything = UidSet::of_range(1, highest);
  EXPECT_EQ(everything.size(), std::uint64_t{highest});
  EXPECT_TRUE(everything.contains(highest));
  UidSet overwritten = set;
  overwritten.add({1, highest});
  EXPECT_EQ(overwritten, everything);
}

TEST(UidSet, AscendingUidsStayOneRange) {
  UidSet set;
  for (Uid uid = 1; uid <= 1'000'000; ++uid) set.add(uid);
  EXPECT_EQ(set.ranges(), (std::vector<UidRange>{{1, 1'000'000}}));
  EXPECT_EQ(set.first(), 1U);
  EXPECT_EQ(set.last(), 1'000'000U);
}

void expect_equal(const UidSet& set, const std::set<Uid>& model, Uid top) {
  ASSERT_EQ(set.size(), model.size());
  ASSERT_EQ(set.empty(), model.empty());
  for (Uid uid = 0; uid <= top; ++uid) ASSERT_EQ(set.contains(uid), model.contains(uid)) << uid;
  for (std::size_t i = 0; i < set.ranges().size(); ++i) {
    const UidRange& range = set.ranges()[i];
    ASSERT_LE(range.first, range.last);
    if (i > 0) ASSERT_GT(range.first - set.ranges()[i - 1].last, 1U) << "ranges touch";
  }
  if (model.empty()) return;
  ASSERT_EQ(set.first(), *model.begin());
  ASSERT_EQ(set.last(), *model.rbegin());
  ASSERT_EQ(UidSet::parse(set.to_string()), set);
}

// One random history: additions in any order, and removals of the lowest.
void play_history(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const Uid top = 20 + static_cast<Uid>(random() % 60);
  const auto any_uid = [&] { return 1 + static_cast<Uid>(random() % top); };
  UidSet set;
  std::set<Uid> model;
  std::vector<UidRange> added;
  for (int step = 0; step < 40; ++step) {
    const Uid first = any_uid();
    const UidRange range{first, std::min(top, first + static_cast<Uid>(random() % 8 < 5 ? 0 : random() % 9))};
    set.add(range);
    added.push_back(range);
    for (Uid uid = range.first; uid <= range.last; ++uid) model.insert(uid);
    ASSERT_NO_FATAL_FAILURE(expect_equal(set, model, top + 1));
  }
  EXPECT_EQ(UidSet(added), set);
  while (!model.empty()) {
    const std::uint64_t count = random() % 12;
    const UidSet taken = set.take_first(count);
    std::set<Uid> taken_model;
    while (taken_model.size() < count && !model.empty()) taken_model.insert(model.extract(model.begin()));
    ASSERT_NO_FATAL_FAILURE(expect_equal(taken, taken_model, top + 1));
    ASSERT_NO_FATAL_FAILURE(expect_equal(set, model, top + 1));
  }
  EXPECT_TRUE(set.take_first(1).empty());
}

TEST(UidSet, BehavesAsAStandardSetInRandomHistories) {
  for (std::uint64_t seed = 1; seed <= 300 && !testing::Test::HasFatalFailure(); ++seed) play_history(seed);
}

TEST(UidSet, AddsAnotherSetAndItself) {
  UidSet set = *UidSet::parse("1:3,10,20:30");
  set.add(*UidSet::parse("4,9:11,40"));
  EXPECT_EQ(set.to_string(), "1:4,9:11,20:30,40");
  set.add(set);
  set.add(UidSet());
  EXPECT_EQ(set.to_string(), "1:4,9:11,20:30,40");
}

TEST(UidSet, DifferenceAndIntersection) {
  struct Case {
    const char *left, *right, *without, *both;
  };
  for (const Case& one : {Case{"1:10", "3:4,7", "1:2,5:6,8:10", "3:4,7"}, Case{"1:10", "1:10", "", "1:10"},
                          Case{"5:6", "1:10", "", "5:6"}, Case{"1:3,5:7,9", "3:5", "1:2,6:7,9", "3,5"},
                          Case{"1:3,5:7", "2:6,9", "1,7", "2:3,5:6"}, Case{"4294967290:4294967295", "4294967295", "4294967290:4294967294", "4294967295"},
                          Case{"1:2", "8:9", "1:2", ""}, Case{"8:9", "1:2", "8:9", ""}}) {
    const UidSet left = *UidSet::parse(one.left), right = *UidSet::parse(one.right);
    EXPECT_EQ(left.without(right).to_string(), one.without) << one.left << " without " << one.right;
    EXPECT_EQ(left.intersect(right).to_string(), one.both) << one.left << " and " << one.right;
  }
}

TEST(UidSet, DifferenceAgreesWithASetOfNumbers) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 2000; ++trial) {
    UidSet left, right, expected, both;
    for (Uid uid = 1; uid <= 40; ++uid) {
      const bool in_left = random() % 2 == 0, in_right = random() % 3 == 0;
      if (in_left) left.add(uid);
      if (in_right) right.add(uid);
      if (in_left && !in_right) expected.add(uid);
      if (in_left && in_right) both.add(uid);
    }
    ASSERT_EQ(left.without(right), expected) << left.to_string() << " without " << right.to_string();
    ASSERT_EQ(left.intersect(right), both);
    ASSERT_EQ(left.without({}), left);
    ASSERT_EQ(UidSet().without(left), UidSet());
  }
}

}  // namespace
}  // namespace godwit
