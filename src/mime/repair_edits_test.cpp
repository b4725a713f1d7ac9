// SPDX-License-Identifier: Apache-2.0
#include "mime/repair_edits.h"

#include <gtest/gtest.h>

#include <random>

namespace godwit::mime {
namespace {

const RepairRules nul{RepairRule::nul}, wrap{RepairRule::wrap}, both{RepairRule::nul, RepairRule::wrap};

TEST(Edits, AreMadeAndUndone) {
  const std::vector<Edit> edits{{0, "a", "", nul}, {2, "", "XY", nul}, {3, "d", "dd", nul}, {5, "", "!", nul}};
  EXPECT_EQ(apply_edits(edits, "abcde"), "bXYcdde!");
  EXPECT_EQ(apply_edits(reverse_edits(edits), "bXYcdde!"), "abcde");
  EXPECT_EQ(apply_edits({}, "abc"), "abc");
}

TEST(EditedText, TellsAllEditsInTermsOfTheOriginal) {
  EditedText text("0123456789");
  text.apply(std::vector<Edit>{{2, "2", "ab", nul}, {8, "8", "", nul}});
  EXPECT_EQ(text.text(), "01ab345679");
  text.apply(std::vector<Edit>{{3, "b3", "x", wrap}, {9, "", "y", wrap}});
  EXPECT_EQ(text.text(), "01ax4567y9");
  EXPECT_EQ(text.edits(), (std::vector<Edit>{{2, "23", "ax", both}, {8, "8", "y", both}}));
}

TEST(EditedText, WhatIsTakenBackIsNoEdit) {
  EditedText text("abc");
  text.apply(std::vector<Edit>{{1, "", "xy", nul}});
  text.apply(std::vector<Edit>{{1, "xy", "", nul}});
  EXPECT_TRUE(text.edits().empty());
  text.apply(std::vector<Edit>{{1, "b", "z", nul}});
  text.apply(std::vector<Edit>{{1, "z", "b", nul}});
  EXPECT_EQ(text.text(), "abc");
  EXPECT_TRUE(text.edits().empty());
}

std::vector<Edit> random_edits(const std::string& text, std::mt19937& random) {
  std::vector<Edit> edits;
  for (std::size_t at = 0; at <= text.size() && edits.size() < 6; ++at) {
    at += random() % 4;
    if (at > text.size()) break;
    const std::size_t size = std::min<std::size_t>(random() % 4, text.size() - at);
    const std::string inserted(random() % 3, static_cast<char>('A' + random() % 26));
    edits.push_back({at, text.substr(at, size), inserted, RepairRules{static_cast<RepairRule>(1U << random() % 7)}});
    at += size;
  }
  return edits;
}

TEST(EditedText, ManyRoundsOfRandomEditsCanBeUndone) {
  std::mt19937 random(3);
  for (int run = 0; run < 2000; ++run) {
    std::string original(random() % 20, ' ');
    for (char& c : original) c = static_cast<char>('a' + random() % 3);
    EditedText text(original);
    for (unsigned round = 0; round <= static_cast<unsigned>(run) % 4; ++round) text.apply(random_edits(text.text(), random));
    const auto edits = text.edits();
    ASSERT_EQ(apply_edits(edits, original), text.text());
    ASSERT_EQ(apply_edits(reverse_edits(edits), text.text()), original);
    for (const Edit& edit : edits) {
      ASSERT_EQ(original.substr(edit.offset, edit.removed.size()), edit.removed);
      ASSERT_NE(edit.removed, edit.inserted);
      ASSERT_FALSE(edit.rules.empty());
    }
  }
}

TEST(RepairRules, AreNamed) {
  EXPECT_EQ((RepairRules{RepairRule::wrap, RepairRule::nul}.to_string()), "nul, wrap");
  EXPECT_EQ(RepairRules::parse("nul, bare-newline,Header-8Bit , long-line, final-newline, header-form, wrap").value(),
            RepairRules::all());
  EXPECT_EQ(RepairRules::parse("all").value(), RepairRules::all());
  EXPECT_EQ(RepairRules::parse(RepairRules::all().to_string()).value(), RepairRules::all());
  EXPECT_TRUE(RepairRules::parse("").value().empty());
  EXPECT_TRUE(RepairRules::parse(" ").value().empty());
  for (const char* wrong : {"null", "nul,,wrap", "nul wrap"}) {
    const auto parsed = RepairRules::parse(wrong);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error().kind, ErrorKind::usage);
    EXPECT_TRUE(parsed.error().what.contains("the rules are: nul, bare-newline")) << parsed.error().what;
  }
}

}  // namespace
}  // namespace godwit::mime
