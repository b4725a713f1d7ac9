// SPDX-License-Identifier: Apache-2.0
#include "collections/verifier.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/collection_lab.h"

namespace godwit::collections {
namespace {

using ledger::Level;
using test::CollectionLab;
using test::item;
using testing::ElementsAre;
using testing::IsEmpty;
using Depth = sync::VerifyOptions::Depth;

class CollectionVerifier : public testing::Test {
 protected:
  CollectionVerifier() {
    for (int i = 0; i < 5; ++i) lab.source.set("work", fmt::format("{}.ics", i), item(fmt::format("u{}", i), fmt::format("item {}", i)));
    EXPECT_FALSE(lab.run().error);
  }
  VerifyResult verify(sync::VerifyOptions how = {}) {
    differences.clear();
    VerifyResult result;
    const auto target = adapters::make_memory_collection_target(lab.target);
    const Meanings meanings = test::line_meanings();
    const auto done = lab.with_account([&](ledger::AccountLedger& account) -> Task<Result<>> {
      Verifier verifier(*target, account, meanings, how, lab.stop, [this](const sync::Difference& difference) {
        differences.push_back(std::string(sync::name_of(difference.kind)) + " " + difference.subject);
      });
      result = co_await verifier.run();
      co_return Result<>{};
    });
    EXPECT_TRUE(done);
    EXPECT_FALSE(result.error);
    return result;
  }
  [[nodiscard]] std::uint64_t at(Level level) {
    std::uint64_t count = 0;
    for (const auto& row : lab.rows("work")) count += row.level == level ? 1 : 0;
    return count;
  }
  CollectionLab lab;
  std::vector<std::string> differences;
};

TEST_F(CollectionVerifier, ListsWithoutReading) {
  lab.target.fetched = 0;
  const auto result = verify();
  EXPECT_EQ(result.counts.items, 5U);
  EXPECT_EQ(result.counts.listed, 5U);
  EXPECT_EQ(result.counts.folders, 1U);
  EXPECT_EQ(lab.target.fetched, 0U);
  EXPECT_THAT(differences, IsEmpty());
}

TEST_F(CollectionVerifier, ProvesByReading) {
  EXPECT_EQ(verify({.depth = Depth::sample, .sample = 2}).counts.proven, 2U);
  EXPECT_EQ(at(Level::proven), 2U);
  EXPECT_EQ(verify({.depth = Depth::full}).counts.proven, 3U);
  EXPECT_EQ(verify({.depth = Depth::full}).counts.proven, 0U);
  EXPECT_EQ(verify({.depth = Depth::full, .again = true}).counts.proven, 5U);
}

TEST_F(CollectionVerifier, TellsWhatIsMissingAndWhatIsAnother) {
  lab.target.remove("work", "u1.item");
  lab.target.set("work", "u2.item", item("u2", "changed"));
  lab.target.set("work", "u3.item", item("u3", "item 3") + "NOISE:1\n");
  lab.target.set("work", "own.item", item("own", "own"));
  const auto result = verify();
  EXPECT_THAT(differences, testing::UnorderedElementsAre("missing u1", "altered u2"));
  EXPECT_EQ(result.counts.differences(), 2U);
  EXPECT_EQ(result.counts.others, 1U);
  EXPECT_EQ(at(Level::withdrawn), 1U);
  EXPECT_EQ(at(Level::proven), 1U) << "it was read, and means the same";
  EXPECT_THAT((verify(), differences), IsEmpty()) << "it is on record now";
}

TEST_F(CollectionVerifier, TellsOfACollectionThatIsGone) {
  lab.target.collections.erase("work");
  EXPECT_EQ(verify().counts.missing, 5U);
  EXPECT_THAT(differences, testing::Contains("folder gone "));
}

TEST_F(CollectionVerifier, UnreadableOnesAreDifferences) {
  lab.target.unreadable.insert("u4.item");
  const auto result = verify({.depth = Depth::full});
  EXPECT_EQ(result.counts.unread, 1U);
  EXPECT_EQ(result.counts.proven, 4U);
}

}  // namespace
}  // namespace godwit::collections
