// SPDX-License-Identifier: Apache-2.0
#include "sync/candidates.h"

#include <gtest/gtest.h>

namespace godwit::sync {
namespace {

Digest digest(std::string_view text) { return sha256(text); }
Uid claimed(const std::optional<Match>& match) { return match ? match->uid : 0; }

TEST(Candidates, EachStandsForOneCopy) {
  Candidates candidates;
  for (const Uid uid : {9U, 4U, 7U}) candidates.add(uid, digest("same"), digest("loose"), 10, {});
  candidates.add(5, digest("other"), digest("other loose"), 30, {});
  candidates.seal();
  EXPECT_EQ(claimed(candidates.claim_exact(digest("same"))), 4U) << "the lowest first";
  EXPECT_EQ(claimed(candidates.claim_exact(digest("same"))), 7U);
  EXPECT_EQ(claimed(candidates.claim_exact(digest("same"))), 9U);
  EXPECT_EQ(candidates.claim_exact(digest("same")), std::nullopt);
  EXPECT_EQ(claimed(candidates.claim_exact(digest("other"))), 5U);
  EXPECT_EQ(candidates.claim_exact(digest("unknown")), std::nullopt);
}

TEST(Candidates, WhatWasClaimedByOneDigestIsNotGivenOutByTheOther) {
  Candidates candidates;
  candidates.add(1, digest("a"), digest("loose"), 10, {});
  candidates.add(2, digest("b"), digest("loose"), 10, {});
  candidates.seal();
  EXPECT_EQ(claimed(candidates.claim_exact(digest("a"))), 1U);
  EXPECT_EQ(claimed(candidates.claim_loose(digest("loose"))), 2U);
  EXPECT_EQ(candidates.claim_loose(digest("loose")), std::nullopt);
  EXPECT_EQ(candidates.claim_exact(digest("b")), std::nullopt);
}

TEST(Candidates, GiveTheFlagsOfWhatWasClaimed) {
  MessageFlags seen{.system = MessageFlags::seen, .keywords = {}}, marked{.system = 0, .keywords = {"project-x"}};
  Candidates candidates;
  candidates.add(1, digest("a"), digest("a"), 10, seen);
  candidates.add(2, digest("b"), digest("b"), 10, {});
  candidates.add(3, digest("c"), digest("c"), 10, marked);
  candidates.add(4, digest("d"), digest("d"), 10, seen);
  candidates.seal();
  EXPECT_EQ(candidates.claim_exact(digest("a")), (Match{1, seen}));
  EXPECT_EQ(candidates.claim_exact(digest("b")), (Match{2, {}}));
  EXPECT_EQ(candidates.claim_loose(digest("c")), (Match{3, marked}));
  EXPECT_EQ(candidates.claim_exact(digest("d")), (Match{4, seen}));
}

TEST(Candidates, KnowTheLargest) {
  Candidates candidates;
  EXPECT_TRUE(candidates.empty());
  EXPECT_EQ(candidates.largest(), 0U);
  candidates.add(1, digest("a"), digest("a"), 500, {});
  candidates.add(2, digest("b"), digest("b"), 20, {});
  candidates.seal();
  EXPECT_FALSE(candidates.empty());
  EXPECT_EQ(candidates.largest(), 500U);
}

}  // namespace
}  // namespace godwit::sync
