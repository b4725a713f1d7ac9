// SPDX-License-Identifier: Apache-2.0
// Scripts of Cyrus and docker-mailserver, and James' talk. The corpus lies beside the checkout and is not part of it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "sieve/summary.h"
#include "sieve/wire.h"

namespace godwit::sieve {
namespace {

namespace fs = std::filesystem;

fs::path find_corpus(const char* part) {
  for (fs::path folder : {fs::current_path(), fs::path(GODWIT_SOURCE_DIR)}) {
    for (; folder.has_relative_path(); folder = folder.parent_path()) {
      if (fs::path corpus = folder / "shared/corpus" / part; fs::is_directory(corpus)) return corpus;
    }
  }
  return {};
}

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// The scripts lie among the messages that they were tried with: these are no Sieve, and refused with a place.
TEST(SieveCorpus, ScriptsAreReadAndMessagesAreNot) {
  const fs::path corpus = find_corpus("sieve");
  if (corpus.empty()) GTEST_SKIP() << "no shared/corpus/sieve beside the checkout";
  std::size_t scripts = 0, messages = 0, forwards = 0, vacations = 0;
  for (const auto& entry : fs::recursive_directory_iterator(corpus)) {
    if (!entry.is_regular_file()) continue;
    const auto ending = entry.path().extension();
    const auto summary = summarize(bytes_of(entry.path()));
    if (ending == ".s" || ending == ".sieve") {
      ASSERT_TRUE(summary) << entry.path() << ": " << summary.error().what;
      ++scripts;
      forwards += summary->forwards.size();
      vacations += summary->vacations.size();
    } else {
      ASSERT_FALSE(summary) << entry.path();
      EXPECT_TRUE(summary.error().what.starts_with("line ")) << summary.error().what;
      ++messages;
    }
  }
  EXPECT_EQ(scripts + messages, 36U);
  EXPECT_EQ(scripts, 7U);
  EXPECT_EQ(vacations, 2U);
  EXPECT_GT(forwards, 70U);
}

// What the server says, of a test whose expectations are regular expressions: without their backslashes.
std::string said_by_server(const std::string& transcript) {
  std::istringstream lines(transcript);
  std::string said;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("S:")) continue;
    const std::string_view text = std::string_view(line).substr(std::min<std::size_t>(3, line.size()));
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool is_escape = text[i] == '\\' && i + 1 < text.size() && std::string_view("[](){}+.").contains(text[i + 1]);
      if (!is_escape) said += text[i];
    }
    said += "\r\n";
  }
  return said;
}

std::vector<Line> decoded(std::string_view wire, std::size_t piece_size) {
  LineDecoder decoder;
  std::vector<Line> lines;
  while (!wire.empty()) {
    std::string_view piece = wire.substr(0, piece_size);
    wire.remove_prefix(piece.size());
    while (!piece.empty()) {
      auto line = decoder.next(piece);
      EXPECT_TRUE(line) << (line ? "" : line.error().what);
      if (!line) return lines;
      if (*line) lines.push_back(**std::move(line));
    }
  }
  return lines;
}

TEST(SieveCorpus, TalkOfJames) {
  const fs::path corpus = find_corpus("managesieve/james-mpt");
  if (corpus.empty()) GTEST_SKIP() << "no shared/corpus/managesieve/james-mpt beside the checkout";
  std::size_t files = 0, refusals = 0, scripts = 0;
  for (const auto& entry : fs::directory_iterator(corpus)) {
    const std::string wire = said_by_server(bytes_of(entry.path()));
    const auto lines = decoded(wire, wire.size());
    for (const std::size_t size : {1U, 2U, 7U, 61U}) EXPECT_EQ(decoded(wire, size), lines) << entry.path();
    ++files;
    for (const Line& line : lines) {
      if (line.kind == Line::Kind::no) ++refusals;
      if (line.kind == Line::Kind::data && line.words.front().contains("fileinto")) ++scripts;
    }
  }
  EXPECT_EQ(files, 15U);
  EXPECT_GT(refusals, 40U);
  EXPECT_EQ(scripts, 5U);
}

}  // namespace
}  // namespace godwit::sieve
