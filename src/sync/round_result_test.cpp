// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "sync/round.h"

namespace godwit::sync {
namespace {

TEST(RoundResult, WhatChangedIsCountedAndTold) {
  RoundResult result;
  EXPECT_TRUE(brought_nothing(result));
  EXPECT_EQ(describe_changes(result), "");
  result.not_moved = result.listed = result.proven = result.flags_refused = result.removals_held = result.unopened = result.kept = 7;
  EXPECT_TRUE(brought_nothing(result)) << "none of these changes the target";
  result.copied = 1200;
  result.folders_made = 1;
  EXPECT_EQ(changes_of(result), 1201U);
  EXPECT_EQ(describe_changes(result), "1,200 copied, folders made: 1");
  for (const auto count : {&RoundResult::matched, &RoundResult::flags_changed, &RoundResult::vanished, &RoundResult::moved,
                           &RoundResult::removed, &RoundResult::folders_renamed, &RoundResult::folders_removed}) {
    RoundResult one;
    one.*count = 1;
    EXPECT_FALSE(brought_nothing(one));
    EXPECT_NE(describe_changes(one), "");
  }
}

TEST(RoundResult, TwoRoundsBecomeOne) {
  RoundResult earlier, later;
  earlier.copied = 3;
  earlier.bytes = 100;
  earlier.not_moved = 2;
  earlier.folders = 9;
  earlier.notes = {"earlier"};
  later.copied = 1;
  later.bytes = 10;
  later.not_moved = 1;
  later.folders = 10;
  later.notes = {"later"};
  later.error = Error{ErrorKind::network, "lost", {}, {}};
  const RoundResult both = joined(earlier, later);
  EXPECT_EQ(both.copied, 4U);
  EXPECT_EQ(both.bytes, 110U);
  EXPECT_EQ(both.not_moved, 1U);
  EXPECT_EQ(both.folders, 10U);
  EXPECT_EQ(both.notes, std::vector<std::string>{"later"});
  EXPECT_TRUE(both.error);
}

}  // namespace
}  // namespace godwit::sync
