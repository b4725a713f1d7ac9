// SPDX-License-Identifier: Apache-2.0
#include "inventory/statistics.h"

#include "inventory/test_inventory.h"

namespace godwit::inventory {
namespace {

using ::testing::ElementsAre;

TEST(Statistics, MergedIsAsIfCountedAtOnce) {
  const std::vector<std::uint64_t> limits{10, 50};
  Statistics all(3, limits), left(3, limits), right(3, limits);
  const auto date = InternalDate::parse("01-Jan-2020 00:00:00 +0000");
  for (std::uint64_t size = 1; size <= 100; ++size) {
    const auto when = size % 10 == 0 ? std::nullopt : date;
    for (Statistics* const one : {&all, size % 3 == 0 ? &left : &right}) {
      one->add(size, when);
      if (one->wants(size)) one->keep({{}, {{"INBOX"}}, static_cast<Uid>(size), size, {}});
    }
  }
  left.merge(right);
  EXPECT_EQ(left.total(), all.total());
  EXPECT_EQ(left.years(), all.years());
  EXPECT_EQ(left.undated(), (Tally{10, 550}));
  EXPECT_EQ(left.above(50), (Tally{50, 3775}));
  EXPECT_EQ(left.above(51), Tally());
  EXPECT_EQ(left.largest(), all.largest());
  EXPECT_EQ(all.largest().front().size, 100U);
}

TEST(Findings, SeverityAndStatus) {
  std::vector<Finding> findings;
  EXPECT_EQ(worst_of(findings), Severity::ok);
  const auto add = [&](Severity severity, const char* code) { findings.push_back({severity, code, {}, {}, 0, {}}); };
  add(Severity::ok, "a");
  add(Severity::note, "b");
  EXPECT_EQ(exit_status_of(findings), 0);
  add(Severity::warning, "c");
  EXPECT_EQ(exit_status_of(findings), 1);
  add(Severity::note, "d");
  add(Severity::stop, "e");
  add(Severity::warning, "f");
  EXPECT_EQ(worst_of(findings), Severity::stop);
  sort_by_severity(findings);
  EXPECT_THAT(codes(findings), ElementsAre("e", "c", "f", "b", "d", "a"));
}

}  // namespace
}  // namespace godwit::inventory
