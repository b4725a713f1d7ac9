// SPDX-License-Identifier: Apache-2.0
// Several source accounts into one target account: each keeps what is its own.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/round_lab.h"

namespace godwit::sync {
namespace {

using adapters::MemoryFolder;
using adapters::MemoryMailbox;
using adapters::MemoryMessage;
using test::fill_with_sixty;
using test::message_named;
using test::RoundLab;

// Sixty messages of the one source, and of the other the same folders with messages of its own, and some that both have.
class SourcesLab : public RoundLab {
 public:
  SourcesLab() {
    fill_with_sixty(source);
    other.host = "older.example.com";
    for (int i = 0; i < 10; ++i) other.folder("INBOX").add(message_named(fmt::format("other {}", i)));
    for (int i = 0; i < 5; ++i) other.folder("INBOX").add(message_named(fmt::format("inbox {}", i)), {}, source.folder("INBOX").messages[static_cast<std::size_t>(i)].date);
    other.folder("Projects/2024").add(message_named("other project"));
  }
  std::size_t count(const std::string& folder) { return target.folder(folder).messages.size(); }
  MemoryMailbox other;
};

std::uint64_t steps(const RoundResult& result) {
  return result.copied + result.matched + result.flags_changed + result.vanished + result.moved + result.removed + result.kept +
         result.folders_renamed + result.folders_removed;
}

TEST(RoundSources, WhatBothHaveIsThereTwice) {
  SourcesLab lab;
  EXPECT_EQ(lab.run().copied, 60U);
  const RoundResult result = lab.run_from(lab.other);
  EXPECT_EQ(result.copied, 16U);
  EXPECT_EQ(result.matched, 0U) << "what the first source brought is no match";
  EXPECT_EQ(lab.count("INBOX"), 28U + 15U);
  EXPECT_EQ(lab.count("Projects/2024"), 18U);
  EXPECT_EQ(steps(lab.run()), 0U);
  EXPECT_EQ(steps(lab.run_from(lab.other)), 0U);
}

TEST(RoundSources, WhatIsRemovedOnOneStaysForTheOther) {
  SourcesLab lab;
  lab.run();
  lab.run_from(lab.other);
  lab.source.folder("INBOX").remove(1);  // "inbox 0", which the other has as well
  EXPECT_EQ(lab.run().removed, 1U);
  const auto is_it = [](const MemoryMessage& message) { return message.bytes.contains("Subject: inbox 0\r"); };
  EXPECT_EQ(std::ranges::count_if(lab.target.folder("INBOX").messages, is_it), 1);
  EXPECT_EQ(steps(lab.run_from(lab.other)), 0U);
}

TEST(RoundSources, AFolderOfBothIsNeitherRenamedNorRemovedForOne) {
  SourcesLab lab;
  lab.run();
  lab.run_from(lab.other);
  lab.source.rename("Projects", "Done");
  RoundResult result = lab.run();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.folders_renamed, 0U);
  EXPECT_EQ(lab.count("Projects/2024"), 18U) << "its messages stay where they are";
  lab.other.folders.erase("Projects/2024");
  lab.other.folder("INBOX").add(message_named("another"));
  result = lab.run_from(lab.other);
  EXPECT_EQ(result.folders_removed, 0U);
  EXPECT_EQ(lab.count("Projects/2024"), 17U);
  EXPECT_EQ(steps(lab.run()), 0U);
}

TEST(RoundSources, KillsDoNotMixThemUp) {
  for (int kill_at = 20; kill_at < 3000; kill_at += 61) {
    SourcesLab lab;
    lab.run_from(lab.other);
    if (lab.run_and_kill(kill_at)) break;
    ASSERT_FALSE(lab.run_from(lab.other).error);
    ASSERT_FALSE(lab.run_until_complete().error);
    EXPECT_EQ(lab.count("INBOX"), 43U) << kill_at;
    EXPECT_EQ(lab.count("Projects/2024"), 18U) << kill_at;
    EXPECT_EQ(lab.count("Sent"), 15U) << kill_at;
    EXPECT_EQ(steps(lab.run()) + steps(lab.run_from(lab.other)), 0U) << kill_at;
    if (testing::Test::HasFailure()) break;
  }
}

}  // namespace
}  // namespace godwit::sync
