// SPDX-License-Identifier: Apache-2.0
#include "files/directory.h"

#include <gtest/gtest.h>

#include "tests/support/round_lab.h"

namespace godwit::files {
namespace {

class DirectoryTest : public testing::Test {
 protected:
  test::TemporaryFolder place_;
  Directory folder_ = Directory::open(place_.path()).value();
};

TEST_F(DirectoryTest, NamesThatAreNone) {
  for (const char* const name : {"", ".", "..", "a/b", "/etc"}) {
    EXPECT_FALSE(is_entry_name(name));
    EXPECT_FALSE(folder_.folder(name));
    EXPECT_FALSE(folder_.open_file(name));
    EXPECT_FALSE(folder_.make_folder(name));
    EXPECT_FALSE(folder_.make_file(name));
  }
  EXPECT_FALSE(is_entry_name(std::string_view("a\0b", 3)));
  EXPECT_FALSE(folder_.folder_at("a/../b"));
}

TEST_F(DirectoryTest, LinksAreNotFollowed) {
  std::filesystem::create_symlink("/etc", place_.path() / "folder");
  std::filesystem::create_symlink("/etc/hostname", place_.path() / "file");
  EXPECT_FALSE(folder_.folder("folder"));
  const auto file = folder_.open_file("file");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, ErrorKind::refused);
  EXPECT_FALSE(folder_.has_folder("folder"));
  ASSERT_TRUE(folder_.make_folder("tree"));
  std::filesystem::create_directory_symlink(place_.path(), place_.path() / "tree" / "up");
  ASSERT_TRUE(folder_.remove_tree("tree"));
  EXPECT_EQ(folder_.entries()->size(), 2U);
}

TEST_F(DirectoryTest, WhatIsNotThere) {
  EXPECT_EQ(folder_.folder("x").error().kind, ErrorKind::not_found);
  EXPECT_EQ(folder_.open_file("x").error().kind, ErrorKind::not_found);
  EXPECT_EQ(Directory::open(place_.path() / "x").error().kind, ErrorKind::not_found);
  EXPECT_FALSE(folder_.status("x"));
  EXPECT_TRUE(folder_.remove_file("x"));
}

TEST_F(DirectoryTest, FilesAreReplacedWhole) {
  ASSERT_TRUE(folder_.replace_file("a", "one"));
  ASSERT_TRUE(folder_.replace_file("a", "two"));
  EXPECT_EQ(folder_.read_file("a").value(), "two");
  EXPECT_EQ(folder_.entries()->size(), 1U);
  EXPECT_EQ(folder_.make_file("a").error().kind, ErrorKind::exists);
  EXPECT_EQ(folder_.read_file("a", 2).error().kind, ErrorKind::refused);
}

TEST_F(DirectoryTest, SpaceIsRequired) {
  EXPECT_TRUE(require_space(folder_, 1));
  const auto refused = require_space(folder_, std::uint64_t{1} << 62U);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::quota);
}

}  // namespace
}  // namespace godwit::files
