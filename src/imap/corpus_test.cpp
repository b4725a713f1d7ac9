// SPDX-License-Identifier: Apache-2.0
// Responses of many servers, as MailKit's tests keep them, through both stages of the reader. The corpus lies beside the
// checkout and is not part of it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "tests/fuzz/read_events.h"

namespace godwit::imap {
namespace {

namespace fs = std::filesystem;

#ifndef GODWIT_SOURCE_DIR
#define GODWIT_SOURCE_DIR ""
#endif

fs::path find_corpus() {
  std::vector<fs::path> starts{fs::current_path()};
  if (*GODWIT_SOURCE_DIR != '\0') starts.emplace_back(GODWIT_SOURCE_DIR);
  for (fs::path folder : starts) {
    for (; folder.has_relative_path(); folder = folder.parent_path()) {
      if (fs::path corpus = folder / "shared/corpus/imap/mailkit"; fs::is_directory(corpus)) return corpus;
    }
  }
  return {};
}

// As a server sends it: the files have LF where the wire has CRLF.
std::string wire_form(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string bytes;
  for (auto c = std::istreambuf_iterator<char>(stream); c != std::istreambuf_iterator<char>(); ++c) {
    if (*c == '\n' && !bytes.ends_with('\r')) bytes.push_back('\r');
    bytes.push_back(*c);
  }
  return bytes;
}

// Files that are not IMAP on purpose, and what is wrong with them.
const std::map<std::string, std::string> known_broken{
    {"gmail/headers.1+unsolicited-info.txt", "a literal is announced three bytes too short"},
};

TEST(CorpusTest, MailKit) {
  const fs::path corpus = find_corpus();
  if (corpus.empty()) GTEST_SKIP() << "no shared/corpus/imap/mailkit beside the checkout";
  std::size_t files = 0, responses = 0, unknown = 0;
  for (const auto& entry : fs::recursive_directory_iterator(corpus)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const std::string name = entry.path().lexically_relative(corpus).string();
    const std::string bytes = wire_form(entry.path());
    const auto whole = test::read_events(bytes);
    std::size_t turn = 0;
    const auto cut = [&](std::size_t) { return std::size_t{1} + (turn += 7) % 61; };
    EXPECT_EQ(test::read_events(bytes, cut), whole) << name;
    const bool is_broken = !whole.empty() && whole.back().starts_with("error");
    EXPECT_EQ(is_broken, known_broken.contains(name)) << name << ": " << (whole.empty() ? "nothing" : whole.back());
    for (const std::string& event : whole) {
      responses += event.starts_with("body ") || event.starts_with("error") ? 0U : 1U;
      unknown += event.starts_with("unknown") ? 1U : 0U;
    }
  }
  EXPECT_EQ(files, 267U);
  RecordProperty("responses", std::to_string(responses));
  std::printf("%zu files, %zu responses, %zu of them of a kind that is not used here\n", files, responses, unknown);
  EXPECT_GT(responses, 1000U);
}

}  // namespace
}  // namespace godwit::imap
