// SPDX-License-Identifier: Apache-2.0
#include "adapters/mh/sequences.h"

#include <gtest/gtest.h>

namespace godwit::adapters {
namespace {

TEST(MhSequences, NumbersAndRanges) {
  const auto sequences =
      parse_mh_sequences("unseen: 1-3 7\r\ncur: 2\nlong: 1\n 5-6\n\t9\nbad name: 1\nempty:\nodd: 3-1 0 x 4294967295 1-4294967294 8-\n");
  EXPECT_EQ(sequences.at("unseen").to_string(), "1:3,7");
  EXPECT_EQ(sequences.at("long").to_string(), "1,5:6,9");
  EXPECT_EQ(sequences.at("odd").to_string(), "1:4294967294");
  EXPECT_TRUE(sequences.at("empty").empty());
  EXPECT_FALSE(sequences.contains("bad name"));
  EXPECT_TRUE(parse_mh_sequences("").empty());
  EXPECT_TRUE(parse_mh_sequences(" 1 2\n").empty());
}

TEST(MhSequences, Flags) {
  const auto sequences = parse_mh_sequences("unseen: 2\nreplied: 1\nflagged: 1-2\ncur: 1\nproject-x: 2\n");
  EXPECT_EQ(mh_flags(1, sequences).to_string(), "\\Answered \\Flagged \\Seen");
  EXPECT_EQ(mh_flags(2, sequences).to_string(), "\\Flagged project-x");
  EXPECT_EQ(mh_flags(3, sequences).to_string(), "\\Seen");
}

}  // namespace
}  // namespace godwit::adapters
