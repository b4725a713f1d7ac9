// SPDX-License-Identifier: Apache-2.0
#include "report/manifest_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <set>

#include "tests/support/round_lab.h"

namespace godwit::report {
namespace {

using testing::HasSubstr;

TEST(ManifestDirectory, NamesOfFilesAreSafe) {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"alice@example.com", "alice@example.com.manifest.jsonl"},
      {"Alice+x_y-z", "Alice+x_y-z.manifest.jsonl"},
      {"old:alice@example.com", "old%3Aalice@example.com.manifest.jsonl"},
      {"../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd.manifest.jsonl"},
      {"..", "%2E..manifest.jsonl"},
      {".hidden", "%2Ehidden.manifest.jsonl"},
      {"-rf", "%2Drf.manifest.jsonl"},
      {"a%2Fb", "a%252Fb.manifest.jsonl"},
      {"j\u00fcrgen", "j%C3%BCrgen.manifest.jsonl"},
      {std::string("a\0b\n", 4), "a%00b%0A.manifest.jsonl"},
      {"", ".manifest.jsonl"},
  };
  for (const auto& [account, file] : rows) EXPECT_EQ(manifest_file_name(account), file);
}

TEST(ManifestDirectory, DifferentAccountsHaveDifferentFilesOfBoundedLength) {
  std::set<std::string> names;
  std::mt19937 random(5);
  for (int i = 0; i < 2000; ++i) {
    std::string account(random() % 400, 'a');
    for (std::size_t at = 0; at < 5 && at < account.size(); ++at) account[account.size() - 1 - at] = static_cast<char>(random() % 256);
    account += std::to_string(i);
    const std::string name = manifest_file_name(account);
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_LE(name.size(), 250U - std::string_view(".new").size());
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._+-%"), std::string::npos) << name;
  }
}

TEST(ManifestDirectory, IsMadeWithItsKeyAndNothingIsReplacedThatIsNoDirectory) {
  const test::TemporaryFolder folder;
  const auto directory = folder.path() / "deep" / "manifests";
  const auto key = folder.path() / "ledger.key";
  for (int i = 0; i < 2; ++i) {
    const auto opened = ManifestDirectory::open(directory, key, "godwit test");
    ASSERT_TRUE(opened) << describe(opened.error());
    EXPECT_EQ(opened->file_of("alice@example.com"), directory / "alice@example.com.manifest.jsonl");
  }
  EXPECT_EQ(std::filesystem::status(directory).permissions(), std::filesystem::perms::owner_all);
  EXPECT_TRUE(std::filesystem::exists(public_key_file(key)));
  std::ofstream(folder.path() / "file") << "mine";
  const auto refused = ManifestDirectory::open(folder.path() / "file", key, "godwit test");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::storage);
  EXPECT_THAT(describe(refused.error()), HasSubstr("file"));
}

}  // namespace
}  // namespace godwit::report
