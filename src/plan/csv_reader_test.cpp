// SPDX-License-Identifier: Apache-2.0
#include "plan/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace godwit::plan {
namespace {

using testing::ElementsAre;

struct Read {
  std::vector<std::vector<std::string>> records;
  std::vector<std::size_t> lines;
  std::vector<std::string> faults;  // "2:5: …"
};
Read read(std::string_view text, char delimiter = ',') {
  Read result;
  CsvReader reader(text, delimiter);
  while (const auto record = reader.next()) {
    if (*record) {
      result.records.push_back((*record)->fields);
      result.lines.push_back((*record)->line);
    } else {
      const CsvFault& fault = record->error();
      result.faults.push_back(std::to_string(fault.line) + ":" + std::to_string(fault.column) + ": " + fault.what.substr(0, 19));
    }
  }
  return result;
}

TEST(CsvReader, FieldsAndLines) {
  const Read one = read("a,b,c\r\n1,,3\n,,\n\nlast");
  EXPECT_THAT(one.records, ElementsAre(ElementsAre("a", "b", "c"), ElementsAre("1", "", "3"), ElementsAre("", "", ""), ElementsAre(""),
                                       ElementsAre("last")));
  EXPECT_THAT(one.lines, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_TRUE(one.faults.empty());
  EXPECT_TRUE(read("").records.empty());
  EXPECT_THAT(read("a,").records, ElementsAre(ElementsAre("a", "")));
  EXPECT_THAT(read("a;b,c", ';').records, ElementsAre(ElementsAre("a", "b,c")));
  EXPECT_THAT(read("a\tb", '\t').records, ElementsAre(ElementsAre("a", "b")));
}

TEST(CsvReader, QuotesHoldAnything) {
  const Read one = read("\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\n\"\r\n\"\",\"\"\"\"\nend");
  EXPECT_THAT(one.records, ElementsAre(ElementsAre("a,b", "say \"hi\"", "two\r\nlines\n"), ElementsAre("", "\""), ElementsAre("end")));
  EXPECT_THAT(one.lines, ElementsAre(1, 4, 5));
}

TEST(CsvReader, AFaultHasItsPlaceAndEndsWithItsLine) {
  const Read one = read("a,b\"c,d\nok,1\n\"x\"y,2\nok,2\na\rb\nok,3\n\"open\nok,4\n");
  EXPECT_THAT(one.records, ElementsAre(ElementsAre("ok", "1"), ElementsAre("ok", "2"), ElementsAre("ok", "3")));
  EXPECT_THAT(one.faults, ElementsAre("1:4: there is a quote in", "3:4: there is something ", "5:2: a carriage return s",
                                      "7:1: this quote is not c"));
  EXPECT_THAT(read("a,\"b\nc\" d\nok").faults, ElementsAre("2:3: there is something "));
  EXPECT_THAT(read("a\r").faults, ElementsAre("1:2: a carriage return s"));
  EXPECT_THAT(read("a,\"").faults, ElementsAre("1:3: this quote is not c"));
}

std::string written(const std::vector<std::vector<std::string>>& records, char delimiter) {
  std::string text;
  for (const auto& record : records) {
    for (std::size_t i = 0; i < record.size(); ++i) {
      if (i > 0) text += delimiter;
      text += '"';
      for (const char c : record[i]) text.append(c == '"' ? 2 : 1, c);
      text += '"';
    }
    text += "\r\n";
  }
  return text;
}

TEST(CsvReader, WhatIsQuotedComesBack) {
  std::mt19937 random(7);
  const std::string signs = "ab,;\t|\"\r\n \xc3\xbc";
  const auto below = [&](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::vector<std::string>> records(1 + below(4));
    for (auto& record : records) {
      record.resize(1 + below(4));
      for (std::string& field : record) {
        for (std::size_t left = below(8); left > 0; --left) field += signs[below(signs.size())];
      }
    }
    const char delimiter = ",;\t|"[below(4)];
    const Read back = read(written(records, delimiter), delimiter);
    EXPECT_EQ(back.records, records);
    EXPECT_TRUE(back.faults.empty());
  }
}

// Cut anywhere, the reader ends, and what it gave before the cut's line is the same.
TEST(CsvReader, CutAnywhereTheRecordsBeforeStay) {
  const std::string text = "a,\"b\"\"c\"\r\n\"d\ne\",f\r\n\"g\",\"h\"\r\n";
  const Read whole = read(text);
  for (std::size_t size = 0; size < text.size(); ++size) {
    const Read part = read(std::string_view(text).substr(0, size));
    ASSERT_LE(part.records.size(), whole.records.size());
    for (std::size_t i = 0; i + 1 < part.records.size(); ++i) EXPECT_EQ(part.records[i], whole.records[i]) << size;
  }
}

}  // namespace
}  // namespace godwit::plan
