// SPDX-License-Identifier: Apache-2.0
#include "pst/heap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "pst/little_endian.h"

namespace godwit::pst {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;

std::string u16(unsigned number) { return {static_cast<char>(number & 0xFFU), static_cast<char>(number >> 8U & 0xFFU)}; }
std::string u32(std::uint32_t number) { return u16(number & 0xFFFFU) + u16(number >> 16U); }

// A heap of one block: items one behind the other, and a map of where they begin.
std::string heap_of(unsigned char client, const std::vector<std::string>& items) {
  std::string content(12, '\0'), map;
  for (const std::string& item : items) {
    map += u16(static_cast<unsigned>(content.size()));
    content += item;
  }
  const auto end = static_cast<unsigned>(content.size());
  content.replace(0, 8, u16(end) + "\xEC"s + static_cast<char>(client) + u32(0x20));
  return content + u16(static_cast<unsigned>(items.size())) + u16(0) + map + u16(end);
}
constexpr std::uint32_t id(unsigned index) { return index << 5U; }

Blocks properties_block() {
  return {heap_of(0xBC, {"\xB5\x02\x06\x00"s + u32(id(2)),
                         u16(0x0E07) + u16(0x0003) + u32(17) + u16(0x001A) + u16(0x001F) + u32(id(3)) + u16(0x3007) + u16(0x0040) +
                             u32(id(4)) + u16(0x1000) + u16(0x001E) + u32(0x8025) + u16(0x1009) + u16(0x0102) + u32(0x9025) + u16(0x3FFB) +
                             u16(0x000B) + u32(0xFFFFFF01) + u16(0x8001) + u16(0x101F) + u32(id(5)),
                         "I\0P\0M\0"s, u32(0x2A69C000) + u32(0x019DB1DE), u32(2) + u32(12) + u32(16) + "a\0b\0"s + "c\0"s})};
}

std::optional<Blocks> two_blocks(std::uint32_t node) { return node == 0x8025 ? std::optional(Blocks{"Hello ", "world"}) : std::nullopt; }

TEST(PstHeap, PropertiesOfAllForms) {
  const Blocks blocks = properties_block();
  const Properties properties = read_properties(Heap(blocks, false), two_blocks);
  EXPECT_EQ(properties.number(0x0E07), 17U);
  EXPECT_EQ(properties.text(0x001A), "IPM");
  EXPECT_EQ(properties.ticks(0x3007), 0x019DB1DE2A69C000U);
  EXPECT_EQ(properties.text(0x1000), "Hello world");
  EXPECT_EQ(properties.number(0x3FFB), 1U);  // of a truth value, one byte counts
  EXPECT_THAT(properties.texts(0x8001), ElementsAre("ab", "c"));
  EXPECT_TRUE(properties.is_unreadable(0x1009));
  EXPECT_FALSE(properties.is_unreadable(0x1000));
  EXPECT_TRUE(read_properties(Heap(blocks, false), {}).is_unreadable(0x1000));
}

TEST(PstHeap, RowsOfATable) {
  // Two columns, rows of 4 + 4 + 1 bytes; the second row has no text. The rows lie in a node below, two in a block of 20 bytes.
  const std::string head = "\x7C\x02"s + u16(8) + u16(8) + u16(8) + u16(9) + u32(id(2)) + u32(0x803F) + u32(0) + u16(0x0003) + u16(0x0C15) +
                           u16(0) + "\x04\x00"s + u16(0x001F) + u16(0x3001) + u16(4) + "\x04\x01"s;
  const Blocks blocks{heap_of(
      0x7C, {head, "\xB5\x04\x04\x00"s + u32(id(3)), u32(7) + u32(0) + u32(8) + u32(1) + u32(9) + u32(2) + u32(10) + u32(99), "A\0"s})};
  const auto rows_below = [](std::uint32_t node) {
    const std::string row = u32(1) + u32(id(4)) + "\xC0"s, other = u32(2) + u32(id(4)) + "\x80"s;
    return node == 0x803F ? std::optional(Blocks{row + other + "xx", row + other + "xx"}) : std::nullopt;
  };
  const auto rows = read_rows(Heap(blocks, false), rows_below);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].number(0x0C15), 1U);
  EXPECT_EQ(rows[0].text(0x3001), "A");
  EXPECT_EQ(rows[1].number(0x0C15), 2U);
  EXPECT_FALSE(rows[1].has(0x3001));
  EXPECT_EQ(rows[2].text(0x3001), "A");  // from the second block
  EXPECT_TRUE(read_rows(Heap(blocks, false), {}).empty());
}

TEST(PstHeap, LargeBlocksHaveOtherIds) {
  const Blocks blocks = properties_block();
  EXPECT_EQ(Heap(blocks, true).item(id(3)), "I\0P\0M\0"s);
  const Blocks two{blocks.front(), heap_of(0, {"second"})};
  EXPECT_EQ(Heap(two, true).item((1U << 19U) | id(1)), "second");
  EXPECT_EQ(Heap(two, true).item((1U << 16U) | id(1)), std::nullopt);
  EXPECT_EQ(Heap(two, false).item((1U << 16U) | id(1)), "second");
}

TEST(PstHeap, TreesOfSeveralLevels) {
  const Blocks blocks{heap_of(0xBC, {"\xB5\x02\x02\x01"s + u32(id(2)), u16(1) + u32(id(3)) + u16(5) + u32(id(4)),
                                     u16(1) + u16(11) + u16(2) + u16(12), u16(5) + u16(15)})};
  const auto records = Heap(blocks, false).tree(id(1));
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(number_at<std::uint16_t>(records[2].data, 0), 15);
}

TEST(PstHeap, ATreeThatContainsItselfEnds) {
  const Blocks blocks{heap_of(0xBC, {"\xB5\x02\x02\x08"s + u32(id(2)), u16(1) + u32(id(2)) + u16(2) + u32(id(2))})};
  EXPECT_LE(Heap(blocks, false).tree(id(1)).size(), 1'000'000U);
}

TEST(PstHeap, SurvivesAnyDamage) {
  const Blocks good = properties_block();
  std::mt19937 random(6);
  for (int i = 0; i < 20'000; ++i) {
    Blocks damaged = good;
    for (int j = 0; j < 3; ++j) damaged[0][random() % damaged[0].size()] = static_cast<char>(random());
    if (i % 4 == 0) damaged[0].resize(random() % damaged[0].size());
    const Properties properties = read_properties(Heap(damaged, i % 2 == 0), two_blocks);
    static_cast<void>(properties.text(0x001A));
    static_cast<void>(properties.texts(0x8001));
    static_cast<void>(read_rows(Heap(damaged, false), two_blocks));
  }
}

TEST(PstPropertyNames, SurviveAnyBytes) {
  std::mt19937 random(8);
  for (int i = 0; i < 5000; ++i) {
    std::string sets(random() % 64, '\0'), entries(random() % 64, '\0'), texts(random() % 32, '\0');
    for (std::string* const each : {&sets, &entries, &texts}) {
      for (char& c : *each) c = static_cast<char>(random() % 5);
    }
    static_cast<void>(PropertyNames(sets, entries, texts).find({NameSet::public_strings, 0, "a"}));
  }
}

}  // namespace
}  // namespace godwit::pst
