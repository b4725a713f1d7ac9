// SPDX-License-Identifier: Apache-2.0
// The corpus lies beside the checkout and is not part of it: MimeKit's files, with the names that Debian's tnef lists.
#include "pst/tnef.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

namespace godwit::pst {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

fs::path find_corpus() {
  for (fs::path folder = GODWIT_SOURCE_DIR; folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::path corpus = folder / "shared/corpus/tnef/mimekit/tnef"; fs::is_directory(corpus)) return corpus;
  }
  return {};
}

std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// One attachment: how it begins, and its title.
std::string small() {
  return "\x78\x9F\x3E\x22\x01\x00"s + "\x02\x02\x90\x06\x00\x01\x00\x00\x00x\x78\x00"s + "\x02\x10\x80\x01\x00\x06\x00\x00\x00"s +
         "a.txt\0"s + "\x00\x00"s;
}

TEST(Tnef, NamesOfAttachments) {
  EXPECT_THAT(names_in_tnef(small()), testing::ElementsAre("a.txt"));
  EXPECT_TRUE(names_in_tnef("no TNEF at all").empty());
  EXPECT_TRUE(names_in_tnef("").empty());
  EXPECT_TRUE(is_tnef("WINMAIL.DAT", ""));
  EXPECT_TRUE(is_tnef("x", "application/ms-tnef"));
  EXPECT_FALSE(is_tnef("winmail.txt", "text/plain"));
}

TEST(Tnef, WhatIsCutOrDamagedEndsTheList) {
  const std::string whole = small();
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_LE(names_in_tnef(whole.substr(0, size)).size(), 1U);
  std::mt19937 random(9);
  for (int i = 0; i < 5000; ++i) {
    std::string damaged = whole + whole.substr(6);
    for (int j = 0; j < 3; ++j) damaged[random() % damaged.size()] = static_cast<char>(random());
    static_cast<void>(names_in_tnef(damaged));
  }
}

TEST(Tnef, TheCorpusHasTheNamesThatTheListsHave) {
  const fs::path corpus = find_corpus();
  if (corpus.empty()) GTEST_SKIP() << "no shared/corpus/tnef beside the checkout";
  int files = 0;
  for (const auto& entry : fs::directory_iterator(corpus)) {
    if (entry.path().extension() != ".tnef") continue;
    std::vector<std::string> ours = names_in_tnef(content_of(entry.path())), theirs;
    std::erase(ours, "");
    std::ifstream list(fs::path(entry.path()).replace_extension(".list"));
    for (std::string line; std::getline(list, line);) {
      if (!line.empty() && line != "Untitled Attachment" && !line.starts_with("body.")) theirs.push_back(line);
    }
    if (theirs.empty()) continue;  // of some files the list says nothing
    std::erase(ours, "Untitled Attachment");
    std::ranges::sort(ours);
    std::ranges::sort(theirs);
    EXPECT_EQ(ours, theirs) << entry.path().filename();
    ++files;
  }
  EXPECT_GE(files, 10);
}

}  // namespace
}  // namespace godwit::pst
