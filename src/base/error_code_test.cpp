// SPDX-License-Identifier: Apache-2.0
#include "base/error_code.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace godwit {
namespace {

const ErrorCodeEntry* entry_of(ErrorCode code) {
  const auto found = std::ranges::find(error_code_table(), code, &ErrorCodeEntry::code);
  return found == error_code_table().end() ? nullptr : &*found;
}

std::string_view title_of_range(int thousand) {
  switch (thousand) {
    case 1: return "Configuration and usage";
    case 2: return "Login";
    case 3: return "Network and TLS";
    case 4: return "Source";
    case 5: return "Target";
    case 6: return "Items";
    case 7: return "Ledger and files";
    case 9: return "Defects";
    default: return "";
  }
}

std::string as_markdown() {
  std::string text =
      "# Error codes\n\n"
      "Every error of godwit ends with a code, and `--json` and the log have it as `code`. A number keeps its meaning for good. The exit\n"
      "status belongs to the kind, as [the README](../README.md) lists it; a warning has a code, too, and ends nothing.\n\n"
      "This page is written by the test `ErrorCodes.ThePageIsTheTable` from `src/base/error_code.cpp`: run it with "
      "`GODWIT_UPDATE_DOCS=1`.\n";
  int thousand = 0;
  for (const ErrorCodeEntry& entry : error_code_table()) {
    if (const int range = entry.code.number / 1000; range != thousand) {
      thousand = range;
      text += fmt::format("\n## {}xxx: {}\n\n| code | what | meaning | what to do | exit status |\n|---|---|---|---|--:|\n", thousand,
                          title_of_range(thousand));
    }
    text += fmt::format("| {} | {} | {} | {} | {} |\n", code_text(entry.code.number), entry.title, entry.meaning, entry.advice,
                        exit_status_of(entry.code.kind));
  }
  return text;
}

TEST(ErrorCodes, AscendAndLieInTheirRanges) {
  std::uint16_t last = 0;
  std::set<std::string_view> titles;
  for (const ErrorCodeEntry& entry : error_code_table()) {
    EXPECT_GT(entry.code.number, last) << "twice, or not in order";
    last = entry.code.number;
    EXPECT_NE(title_of_range(last / 1000), "") << last;
    EXPECT_TRUE(titles.insert(entry.title).second || entry.code == codes::auth) << entry.title;
    for (const std::string_view text : {entry.title, entry.meaning, entry.advice}) {
      EXPECT_FALSE(text.empty()) << last;
      EXPECT_EQ(text.find_first_of("|\n"), std::string_view::npos) << "it would break the table: " << text;
    }
    EXPECT_TRUE(entry.meaning.ends_with('.') && entry.advice.ends_with('.')) << last;
  }
}

TEST(ErrorCodes, EachKindHasAGeneralOne) {
  std::set<std::uint16_t> numbers;
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::bug); ++kind) {
    const ErrorCode code = general_code_of(static_cast<ErrorKind>(kind));
    EXPECT_EQ(code.kind, static_cast<ErrorKind>(kind));
    EXPECT_NE(entry_of(code), nullptr) << code.number;
    numbers.insert(code.number);
  }
  EXPECT_EQ(numbers.size(), static_cast<std::size_t>(ErrorKind::bug) + 1);
}

// A constant without a line in the table would show a code that no page explains.
TEST(ErrorCodes, EachConstantIsInTheTable) {
  std::size_t constants = 0;
  for (const char* const name : {"error_code.h", "error_code_filters.h"}) {
    std::ifstream header(std::string(GODWIT_SOURCE_DIR "/src/base/") + name);
    for (std::string line; std::getline(header, line);) constants += line.starts_with("inline constexpr ErrorCode ");
  }
  EXPECT_GT(constants, 80U);
  EXPECT_EQ(constants, error_code_table().size());
}

TEST(ErrorCodes, AnErrorHasItsOwnOrTheGeneralOne) {
  EXPECT_EQ(code_of(fail(codes::certificate_expired, "it expired").error()), 3201);
  EXPECT_EQ(code_of(fail(ErrorKind::tls, "TLS").error()), 3002);
  EXPECT_EQ(code_of(Error{}), 9000);
  EXPECT_EQ(code_text(3201), "GW-3201");
  const Error error = make_error(codes::certificate_expired, "it expired", "words", "host");
  EXPECT_EQ(error, (Error{ErrorKind::tls, "it expired", "words", "host", 3201}));
  EXPECT_EQ(describe(error), "host: it expired (the server said: \"words\") (GW-3201)");
}

TEST(ErrorCodes, ProblemsOnRecordHaveOne) {
  EXPECT_EQ(code_of_problem("too_big"), codes::too_big.number);
  EXPECT_EQ(code_of_problem("quota"), codes::quota.number);
  EXPECT_EQ(code_of_problem("canceled"), codes::stopped.number);
  EXPECT_EQ(code_of_problem("altered"), codes::item_altered.number);
  EXPECT_EQ(code_of_problem("doubt"), codes::item_doubt.number);
  EXPECT_EQ(code_of_problem("of a later version"), codes::refused.number);
}

TEST(ErrorCodes, ThePageIsTheTable) {
  const std::string file = GODWIT_SOURCE_DIR "/docs/errors.md";
  if (std::getenv("GODWIT_UPDATE_DOCS") != nullptr) std::ofstream(file) << as_markdown();
  std::ostringstream page;
  page << std::ifstream(file).rdbuf();
  EXPECT_EQ(page.str(), as_markdown()) << "run this test with GODWIT_UPDATE_DOCS=1 to write the page anew";
}

}  // namespace
}  // namespace godwit
