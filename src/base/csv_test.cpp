// SPDX-License-Identifier: Apache-2.0
#include "base/csv.h"

#include <gtest/gtest.h>

#include <vector>

namespace godwit {
namespace {

using namespace std::string_literals;

TEST(Csv, Cells) {
  struct Row {
    std::string text, cell;
  };
  for (const Row& row : {Row{"", ""},
                         {"plain", "plain"},
                         {" blank ", " blank "},
                         {"a,b", "\"a,b\""},
                         {"a;b", "\"a;b\""},
                         {"say \"hi\"", "\"say \"\"hi\"\"\""},
                         {"two\nlines", "\"two\nlines\""},
                         {"two\rlines", "\"two\rlines\""},
                         {"a\tb", "\"a\tb\""},
                         {"'", "'"},
                         {"a=b", "a=b"},
                         {"=1+1", "'=1+1"},
                         {"+1", "'+1"},
                         {"-1", "'-1"},
                         {"@SUM(A1)", "'@SUM(A1)"},
                         {"  =1", "'  =1"},
                         {"\t=1", "\"'\t=1\""},
                         {"\r=1", "\"'\r=1\""},
                         {"\n=1", "\"'\n=1\""},
                         {"\0=1"s, "'\0=1"s},
                         {"＝1", "'＝1"},
                         {"－1", "'－1"},
                         {"＋1", "'＋1"},
                         {"＠a", "'＠a"},
                         {"   ", "   "},
                         {"=HYPERLINK(\"http://example.com\",\"x\")", "\"'=HYPERLINK(\"\"http://example.com\"\",\"\"x\"\")\""},
                         {"Entwürfe", "Entwürfe"}}) {
    EXPECT_EQ(csv_cell(row.text), row.cell) << row.text;
  }
}

TEST(Csv, Rows) {
  EXPECT_EQ(csv_row(std::vector{"a"s, "b,c"s, ""s, "=d"s}), "a,\"b,c\",,'=d\r\n");
  EXPECT_EQ(csv_row(std::vector{""s, ""s, "a"s}), ",,a\r\n");
  EXPECT_EQ(csv_row({}), "\r\n");
}

}  // namespace
}  // namespace godwit
