// SPDX-License-Identifier: Apache-2.0
// The laws of repair, with random messages and with broken ones from the field. The corpus lies beside the checkout and is
// no part of it.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "tests/fuzz/repair_laws.h"

namespace godwit::mime {
namespace {

namespace fs = std::filesystem;
using namespace std::literals;

#ifndef GODWIT_SOURCE_DIR
#define GODWIT_SOURCE_DIR ""
#endif

RepairRules random_rules(std::mt19937& random) {
  RepairRules rules;
  for (unsigned bit = 0; bit < 7; ++bit) {
    if (random() % 2 == 0) rules |= static_cast<RepairRule>(1U << bit);
  }
  return rules;
}

// Pieces that mean something to a parser, in any order.
std::string random_message(std::mt19937& random) {
  static const std::array pieces{"From: "s,
                                 "Subject: "s,
                                 "To: \"J\xc3\xbcrgen\" <j@example.org>, "s,
                                 "Content-Type: "s,
                                 "multipart/mixed; boundary=b"s,
                                 "text/plain; charset=koi8-r"s,
                                 "application/octet-stream; name=\"\xe4.bin\""s,
                                 "message/rfc822"s,
                                 "Content-Transfer-Encoding: "s,
                                 "base64"s,
                                 "quoted-printable"s,
                                 "8bit"s,
                                 "\r\n--b\r\n"s,
                                 "\r\n--b--\r\n"s,
                                 "\r\n\r\n"s,
                                 "\r\n"s,
                                 "\r\n"s,
                                 "\n"s,
                                 "\r"s,
                                 " "s,
                                 "\t"s,
                                 "\0"s,
                                 "\xe4\xf6"s,
                                 "\xc3\xa4"s,
                                 "("s,
                                 ")"s,
                                 "\""s,
                                 "<"s,
                                 ">"s,
                                 ","s,
                                 ";"s,
                                 ":"s,
                                 "=?utf-8?Q?a?="s,
                                 "=?utf-8?Q?\xe4?="s,
                                 "=C3=A4"s,
                                 "-"s,
                                 "\\"s,
                                 "x"s,
                                 "From someone"s,
                                 "Received: by x"s,
                                 std::string(1200, 'x'),
                                 std::string(990, 'y'),
                                 "word word "s,
                                 std::string(1100, '-'),
                                 "MIME-Version: 1.0"s,
                                 "Bad line"s};
  std::string message;
  for (auto left = random() % 40; left > 0; --left) message += pieces.at(random() % pieces.size());
  return message;
}

TEST(RepairLaws, HoldForRandomMessages) {
  std::mt19937 random(11);
  for (int run = 0; run < 1500; ++run) {
    const std::string message = random_message(random);
    const RepairRules rules = random_rules(random);
    ASSERT_EQ(test::broken_repair_law(message, rules), "") << rules.to_string() << ": " << testing::PrintToString(message);
    if (run % 10 != 0) continue;
    ASSERT_EQ(test::broken_attempts_law(message, rules), "") << rules.to_string() << ": " << testing::PrintToString(message);
  }
}

fs::path find_corpus() {
  std::vector<fs::path> starts{fs::current_path()};
  if (*GODWIT_SOURCE_DIR != '\0') starts.emplace_back(GODWIT_SOURCE_DIR);
  for (fs::path folder : starts) {
    for (; folder.has_relative_path(); folder = folder.parent_path()) {
      if (fs::path corpus = folder / "shared/corpus/rfc822"; fs::is_directory(corpus)) return corpus;
    }
  }
  return {};
}

TEST(RepairLaws, HoldForMessagesFromTheField) {
  const fs::path corpus = find_corpus();
  if (corpus.empty()) GTEST_SKIP() << "no corpus beside the checkout";
  for (const auto& entry : fs::recursive_directory_iterator(corpus)) {
    if (!entry.is_regular_file() || entry.file_size() > 200'000) continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    for (const RepairRules rules : {RepairRules::all().without(RepairRule::wrap), RepairRules{RepairRule::wrap}}) {
      EXPECT_EQ(test::broken_repair_law(bytes, rules), "") << entry.path() << " " << rules.to_string();
    }
  }
}

}  // namespace
}  // namespace godwit::mime
