// SPDX-License-Identifier: Apache-2.0
#include "limits/seats.h"

#include <gtest/gtest.h>

namespace godwit::limits {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr TimePoint start = TimePoint(hours(1000));

class SeatsTest : public testing::Test {
 protected:
  void open(Seats& seats, Seats::Account& account, unsigned count = 1) {
    for (unsigned each = 0; each < count; ++each) {
      ASSERT_EQ(seats.may_connect(account, start), Seats::Answer::yes);
      seats.begin(account);
      seats.established(account, start);
    }
  }
  bool refuse(Seats& seats, Seats::Account& account, TimePoint now = start) {
    const Seats::Probe probe = seats.begin(account);
    seats.failed(account);
    return seats.refused(account, probe, now);
  }
};

TEST_F(SeatsTest, BothCapsHold) {
  Seats seats(3, 2, {});
  Seats::Account one = seats.account(), two = seats.account();
  open(seats, one, 2);
  EXPECT_EQ(seats.may_connect(one, start), Seats::Answer::account_is_full);
  open(seats, two);
  EXPECT_EQ(seats.may_connect(two, start), Seats::Answer::host_is_full);
  seats.closed(one);
  EXPECT_EQ(seats.may_connect(two, start), Seats::Answer::yes);
  EXPECT_EQ(seats.open(), 2U);
}

TEST_F(SeatsTest, WhatIsReservedIsTakenAndSure) {
  Seats seats(3, 0, {});
  Seats::Account one = seats.account(), two = seats.account();
  EXPECT_EQ(seats.may_reserve(one, 4, start), Seats::Answer::host_is_full);
  ASSERT_EQ(seats.may_reserve(one, 2, start), Seats::Answer::yes);
  seats.reserve(one, 2);
  EXPECT_EQ(seats.taken(), 2U);
  EXPECT_EQ(seats.may_reserve(two, 2, start), Seats::Answer::host_is_full);
  open(seats, two);
  EXPECT_EQ(seats.may_connect(two, start), Seats::Answer::host_is_full);
  open(seats, one, 2);
  EXPECT_EQ(seats.may_connect(one, start), Seats::Answer::host_is_full);
  seats.give_back(one, 2);
  EXPECT_EQ(seats.taken(), 3U) << "what is open stays taken";
  seats.closed(one);
  seats.closed(one);
  EXPECT_EQ(seats.taken(), 1U);
}

TEST_F(SeatsTest, TheFirstOfAnAccountTellsOfTheServerAFurtherOneOfTheAccount) {
  Seats seats(0, 0, {});
  Seats::Account one = seats.account(), two = seats.account(), three = seats.account();
  open(seats, one, 3);
  EXPECT_TRUE(refuse(seats, one));
  EXPECT_EQ(one.cap.learned(), 3U);
  EXPECT_EQ(seats.cap().learned(), std::nullopt);
  EXPECT_EQ(seats.may_connect(one, start), Seats::Answer::account_is_full);
  open(seats, two);
  EXPECT_TRUE(refuse(seats, three));
  EXPECT_EQ(seats.cap().learned(), 4U);
  EXPECT_EQ(seats.may_connect(three, start), Seats::Answer::host_is_full);
  EXPECT_EQ(seats.may_connect(three, start + seconds(60)), Seats::Answer::yes);
}

TEST_F(SeatsTest, NothingIsLearnedWhenNothingIsOpen) {
  Seats seats(0, 0, {});
  Seats::Account one = seats.account();
  EXPECT_FALSE(refuse(seats, one));
  EXPECT_EQ(seats.cap().learned(), std::nullopt);
  EXPECT_EQ(one.cap.learned(), std::nullopt);
}

TEST_F(SeatsTest, AnAccountThatIsAlwaysRefusedDoesNotSlowTheOthersDown) {
  Seats seats(0, 0, {});
  Seats::Account broken = seats.account(), good = seats.account(), other = seats.account();
  open(seats, good, 5);
  EXPECT_TRUE(refuse(seats, broken));
  EXPECT_EQ(seats.cap().learned(), 5U);
  seats.closed(good);
  open(seats, other);
  seats.closed(good);
  EXPECT_FALSE(refuse(seats, broken));
  EXPECT_EQ(seats.cap().learned(), 5U);
  // Unless nobody else got in either.
  EXPECT_TRUE(refuse(seats, broken));
  EXPECT_EQ(seats.cap().learned(), 4U);
}

}  // namespace
}  // namespace godwit::limits
