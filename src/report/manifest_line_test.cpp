// SPDX-License-Identifier: Apache-2.0
#include "report/manifest_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "base/text.h"
#include "report/manifest_sequence.h"
#include "report/test_manifest.h"

namespace godwit::report {
namespace {

using test::header_for;
using test::moved_item;
using test::not_moved_item;
using test::odd_items;
using testing::HasSubstr;

std::string line_of(const ManifestItem& item, std::uint64_t number = 1) {
  std::string text;
  append_item_line(text, number, item);
  return text;
}

std::string_view without_newline(std::string_view line) { return line.substr(0, line.size() - 1); }

std::string fault_in(std::string_view line) {
  const auto parsed = parse_manifest_line(line);
  return parsed ? "accepted" : parsed.error().what;
}

TEST(ManifestLine, OfAnItemHasItsDocumentedForm) {
  EXPECT_EQ(line_of(moved_item(3, "abc"), 7),
            R"({"item":7,"source_folder":"INBOX","source_uid_validity":17,"source_uid":3,"target_folder":"INBOX",)"
            R"("target_uid_validity":4294967295,"target_uid":103,"size":3,)"
            R"("sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",)"
            R"("date":"1996-07-17T02:44:25-07:00","level":"proven","outcome":"moved"})" "\n");
  EXPECT_EQ(line_of(not_moved_item(4294967295, "too big")),
            R"({"item":1,"source_folder":"Archive","source_uid":4294967295,"size":0,"outcome":"not_moved","reason":"too big"})" "\n");
}

TEST(ManifestLine, KeepsEveryByteOfAName) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"a b", R"("source_folder":"a b")"},
      {"quote\" back\\slash", R"("source_folder":"quote\" back\\slash")"},
      {"line\nfeed", R"("source_folder":"line\nfeed")"},
      {"\x7f\x1b", R"("source_folder":"\u007f\u001b")"},
      {"Entwürfe", R"("source_folder":"Entw\u00fcrfe")"},
      {"🐦", R"("source_folder":"\ud83d\udc26")"},
      {"bidi \u202e", R"("source_folder":"bidi \u202e")"},
      {"Alt\xfc", R"("source_folder_hex":"416c74fc")"},
      {"\xed\xa0\x80", R"("source_folder_hex":"eda080")"},
      {std::string(1, '\0'), R"("source_folder":"\u0000")"},
  };
  for (const auto& [name, expected] : table) {
    ManifestItem item = not_moved_item(1, "x");
    item.source_folder = name;
    EXPECT_THAT(line_of(item), HasSubstr(expected));
  }
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  for (std::size_t begin = 0; begin < every_byte.size(); ++begin) {
    ManifestItem item = not_moved_item(1, every_byte.substr(begin));
    item.source_folder = every_byte.substr(0, begin + 1);
    const auto parsed = parse_manifest_line(without_newline(line_of(item)));
    ASSERT_TRUE(parsed) << begin << parsed.error().what;
    EXPECT_EQ(std::get<NumberedItem>(*parsed).item, item) << begin;
  }
}

TEST(ManifestLine, SurvivesTextAndBack) {
  std::uint64_t number = 18446744073709551600U;
  for (const ManifestItem& item : odd_items()) {
    const std::string line = line_of(item, ++number);
    for (const char c : without_newline(line)) EXPECT_TRUE(c >= ' ' && c < 0x7f) << line;
    const auto parsed = parse_manifest_line(without_newline(line));
    ASSERT_TRUE(parsed) << line << parsed.error().what;
    EXPECT_EQ(std::get<NumberedItem>(*parsed), (NumberedItem{number, item})) << line;
  }
  ManifestHeader header = header_for(odd_items(), Grade::failed);
  header.source = "imaps://\xfc\"@old.example.com";
  header.signer = "00ff";
  const auto parsed_header = parse_manifest_line(without_newline(header_line(header)));
  ASSERT_TRUE(parsed_header) << parsed_header.error().what;
  EXPECT_EQ(std::get<ManifestHeader>(*parsed_header), header);
  const auto parsed_end = parse_manifest_line(without_newline(end_line(header.counts)));
  ASSERT_TRUE(parsed_end) << parsed_end.error().what;
  EXPECT_EQ(std::get<ManifestCounts>(*parsed_end), header.counts);
}

// A line that is right, one change, and what is said of it.
TEST(ManifestLine, FaultsAreNamed) {
  const std::string good = line_of(moved_item(3, "abc"));
  const std::vector<std::tuple<std::string, std::string, std::string>> table{
      {R"("item":1)", R"("item":1.5)", "\"item\" is no number"},
      {R"("item":1)", R"("item":-1)", "\"item\" is no number"},
      {R"("item":1)", R"("itemx":1)", "no line of a manifest"},
      {R"("source_folder":"INBOX",)", "", "\"source_folder\" is missing"},
      {R"("source_folder":"INBOX")", R"("source_folder":7)", "\"source_folder\" is no text"},
      {R"("source_folder":"INBOX")", R"("source_folder_hex":"ff","source_folder":"x")", "\"source_folder\" stands there twice"},
      {R"("source_folder":"INBOX")", R"("source_folder_hex":"494e")", "\"source_folder_hex\" is UTF-8"},
      {R"("source_folder":"INBOX")", R"("source_folder_hex":"FF")", "\"source_folder_hex\" is not hexadecimal"},
      {R"("source_folder":"INBOX")", R"("source_folder_hex":"f")", "\"source_folder_hex\" is not hexadecimal"},
      {R"("source_folder":"INBOX")", R"("source_folder_hex":"")", "\"source_folder_hex\" is not hexadecimal"},
      {R"("source_folder":"INBOX")", R"("source_folder_hex":["ff"])", "\"source_folder_hex\" is not hexadecimal"},
      {R"("source_folder":"INBOX")", "\"source_folder\":\"Alt\xfc\"", "not a JSON object"},
      {R"("source_uid":3)", R"("source_uid":4294967296)", "\"source_uid\" is no number, or too large"},
      {R"("source_uid":3)", R"("source_uid":0)", "\"source_uid\" is missing"},
      {R"("source_uid":3)", R"("source_uid":"3")", "\"source_uid\" is no number"},
      {R"("source_uid_validity":17)", R"("source_uid_validity":4294967296)", "\"source_uid_validity\" is no number, or too large"},
      {R"("target_folder":"INBOX",)", "", "\"target_folder\" is missing"},
      {R"("target_uid":103)", R"("target_uid":null)", "\"target_uid\" is no number"},
      {R"("target_uid_validity":4294967295)", R"("target_uid_validity":4294967296)", "\"target_uid_validity\" is no number"},
      {R"("size":3,)", "", "\"size\" is missing"},
      {R"("size":3)", R"("size":18446744073709551616)", "\"size\" is no number"},
      {"ba7816", "BA7816", "\"sha256\" is not 64"},
      {"ba7816", "a7816", "\"sha256\" is not 64"},
      {"ba7816", "ba:7816", "\"sha256\" is not 64"},
      {"ba7816", "xa7816", "\"sha256\" is not 64"},
      {R"("sha256")", R"("sha512")", "\"sha256\" is missing"},
      {"-17T", "-32T", "\"date\" is no date"},
      {R"("level":"proven")", R"("level":"Proven")", "\"level\" has a value that is not known"},
      {R"("level":"proven",)", "", "\"level\" is missing"},
      {R"("level":"proven")", R"("level":"altered")", "\"reason\" is missing"},
      {R"("outcome":"moved")", R"("outcome":"lost")", "\"outcome\" has a value that is not known"},
      {R"(,"outcome":"moved")", "", "\"outcome\" is missing"},
      {R"("outcome":"moved")", R"("outcome":"repaired")", "\"reason\" is missing"},
      {R"("outcome":"moved")", R"("outcome":"left_out")", "\"reason\" is missing"},
      {R"("outcome":"moved")", R"("outcome":"not_moved","reason":"x")", "is not on the target has a \"level\""},
      {R"("level":"proven","outcome":"moved")", R"("outcome":"left_out","reason":"x")", "never was on the target"},
      {R"("level":"proven")", R"("level":"withdrawn")", "\"level\" has a value that is not known"},
      {R"("outcome":"moved"})", R"("outcome":"moved")", "not a JSON object"},
      {R"("outcome":"moved"})", R"("outcome":"moved"}{})", "not a JSON object"},
  };
  EXPECT_EQ(fault_in(without_newline(good)), "accepted");
  for (const auto& [part, instead, fault] : table) {
    std::string line(without_newline(good));
    const std::size_t place = line.find(part);
    ASSERT_NE(place, std::string::npos) << part;
    EXPECT_THAT(fault_in(line.replace(place, part.size(), instead)), HasSubstr(fault)) << line;
  }
  for (const char* line : {"", "[]", "7", "null", "\"item\"", "{\"item\":1"}) {
    EXPECT_THAT(fault_in(line), HasSubstr("not a JSON object"));
  }
  EXPECT_EQ(fault_in(R"({"new":{"a":[1]},)" + good.substr(1, good.size() - 2)), "accepted") << "unknown keys are passed over";
  EXPECT_THAT(fault_in(std::string(100'000, '[')), HasSubstr("not a JSON object"));
}

TEST(ManifestLine, FaultsOfTheHeaderAreNamed) {
  const std::string good = header_line(header_for({moved_item(1, "x"), not_moved_item(2, "x")}, Grade::review));
  const std::vector<std::tuple<std::string, std::string, std::string>> table{
      {R"("godwit_manifest":1)", R"("godwit_manifest":2)", "newer godwit (format 2, this one knows 1)"},
      {R"("godwit_manifest":1)", R"("godwit_manifest":0)", "\"godwit_manifest\" is not"},
      {R"("godwit_manifest":1)", R"("godwit_manifest":"1")", "\"godwit_manifest\" is no number"},
      {R"("program":"godwit 0.1.0",)", "", "\"program\", \"source\" or \"target\" is missing"},
      {R"("source":)", R"("sauce":)", "\"program\", \"source\" or \"target\" is missing"},
      {R"("created":"2025-01-31T23:59:59+00:00",)", "", "\"created\" is missing"},
      {R"("created":"2025-01-31)", R"("created":"2025-01-32)", "\"created\" is no date"},
      {R"("round_ended":"2025-01-31T23:10:00+01:00)", R"("round_ended":"2025-02-31T23:10:00+01:00)", "\"round_ended\" is no date"},
      {R"("grade":"review")", R"("grade":"perfect")", "\"grade\" is better than the counts allow"},
      {R"("grade":"review")", R"("grade":"splendid")", "\"grade\" is missing, or not known"},
      {R"("counts":{)", R"("count":{)", "\"counts\" is missing"},
      {R"("items":2,)", "", "\"items\" is missing"},
      {R"("proven":1)", R"("proven":"1")", "\"proven\" is no number"},
      {R"("accepted":0)", R"("accepted":1)", "\"grade\" is better than the counts allow"},
  };
  EXPECT_EQ(fault_in(without_newline(good)), "accepted");
  for (const auto& [part, instead, fault] : table) {
    std::string line(without_newline(good));
    const std::size_t place = line.find(part);
    ASSERT_NE(place, std::string::npos) << part;
    EXPECT_THAT(fault_in(line.replace(place, part.size(), instead)), HasSubstr(fault)) << line;
  }
}

TEST(ManifestLine, OfTheSignatureHasOneForm) {
  Signature signature{};
  for (std::size_t i = 0; i < signature.size(); ++i) signature[i] = static_cast<unsigned char>(i * 5);
  const std::string line = signature_line(signature);
  EXPECT_EQ(line.size(), signature_line_size);
  EXPECT_EQ(parse_signature_line(line), signature);
  EXPECT_EQ(parse_signature_line(without_newline(line)), std::nullopt);
  EXPECT_EQ(parse_signature_line(line + "\n"), std::nullopt);
  EXPECT_EQ(parse_signature_line(" " + line), std::nullopt);
  EXPECT_EQ(parse_signature_line(""), std::nullopt);
  EXPECT_EQ(parse_signature_line("{\"signature\":\"\"}\n"), std::nullopt);
  for (std::size_t i = 0; i < line.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string changed = line;
      changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ 1U << bit);
      EXPECT_NE(parse_signature_line(changed), signature) << i << ' ' << bit;
    }
  }
}

TEST(ManifestCounts, AddUp) {
  ManifestCounts counts;
  for (const ManifestItem& item : odd_items()) counts.add(item);
  EXPECT_EQ(counts.items, 16U);
  EXPECT_EQ(counts.withdrawn, 1U);
  EXPECT_EQ(counts.moved, 12U);
  EXPECT_EQ(counts.repaired, 1U);
  EXPECT_EQ(counts.not_moved, 1U);
  EXPECT_EQ(counts.left_out, 1U);
  EXPECT_EQ(counts.accepted, 3U);
  EXPECT_EQ(counts.listed, 4U);
  EXPECT_EQ(counts.proven, 3U);
  EXPECT_EQ(counts.altered, 3U);
  EXPECT_EQ(counts.bytes, 9U * 9 + 3 * 10 + 9) << "what was left out or withdrawn does not count";
}

// Whole sequences of lines: what is out of order is named by its line.
class SequenceTest : public testing::Test {
 protected:
  static std::vector<std::string> good_lines() {
    const std::vector<ManifestItem> items{moved_item(1, "one"), moved_item(2, "two"), moved_item(3, "three")};
    const ManifestHeader header = header_for(items);
    std::vector<std::string> lines{header_line(header)};
    for (std::size_t i = 0; i < items.size(); ++i) lines.push_back(line_of(items[i], i + 1));
    lines.push_back(end_line(header.counts));
    return lines;
  }

  static std::string outcome_of(const std::vector<std::string>& lines) {
    ManifestSequence sequence;
    const auto header = sequence.begin(without_newline(lines.front()));
    if (!header) return describe(header.error());
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const auto item = sequence.next(without_newline(lines[i]));
      if (!item) return describe(item.error());
      if (!*item) return "the end";
    }
    return "no end";
  }
};

TEST_F(SequenceTest, OfAllLinesComesToItsEnd) { EXPECT_EQ(outcome_of(good_lines()), "the end"); }

TEST_F(SequenceTest, EachLineIsMissed) {
  for (std::size_t i = 0; i < 5; ++i) {
    auto lines = good_lines();
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_NE(outcome_of(lines), "the end") << i;
  }
}

TEST_F(SequenceTest, SwappedDoubledAndForeignLinesAreNamed) {
  auto swapped = good_lines();
  std::swap(swapped[1], swapped[2]);
  EXPECT_THAT(outcome_of(swapped), HasSubstr("line 2: item 2 stands where item 1 belongs"));
  auto doubled = good_lines();
  doubled.insert(doubled.begin() + 2, doubled[2]);
  EXPECT_THAT(outcome_of(doubled), HasSubstr("line 4: item 2 stands where item 3 belongs"));
  auto two = good_lines();
  two[2] = two[0];
  EXPECT_THAT(outcome_of(two), HasSubstr("line 3: a second header"));
  auto headless = good_lines();
  headless.erase(headless.begin());
  EXPECT_THAT(outcome_of(headless), HasSubstr("line 1: the header is missing"));
  auto short_of_one = good_lines();
  short_of_one.erase(short_of_one.begin() + 3);
  EXPECT_THAT(outcome_of(short_of_one),
              HasSubstr("line 4: the counts do not agree: 3 items by the header, 3 by the end, 2 in between"));
}

}  // namespace
}  // namespace godwit::report
