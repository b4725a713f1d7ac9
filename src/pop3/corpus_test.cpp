// SPDX-License-Identifier: Apache-2.0
// Answers of many servers, as MailKit's tests keep them. The corpus lies beside the checkout and is not part of it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "pop3/wire.h"

namespace godwit::pop3 {
namespace {

namespace fs = std::filesystem;

fs::path find_corpus() {
  for (fs::path folder : {fs::current_path(), fs::path(GODWIT_SOURCE_DIR)}) {
    for (; folder.has_relative_path(); folder = folder.parent_path()) {
      if (fs::path corpus = folder / "shared/corpus/pop3/mailkit"; fs::is_directory(corpus)) return corpus;
    }
  }
  return {};
}

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::string decoded(std::string_view wire, LineEnds ends, std::size_t piece_size) {
  AnswerDecoder decoder(ends);
  std::string output;
  while (!wire.empty() && !decoder.is_over()) {
    std::string_view piece = wire.substr(0, piece_size);
    const std::size_t size = piece.size();
    decoder.take(piece, output);
    wire.remove_prefix(size - piece.size());
  }
  return output;
}

TEST(Pop3Corpus, MailKit) {
  const fs::path corpus = find_corpus();
  if (corpus.empty()) GTEST_SKIP() << "no shared/corpus/pop3/mailkit beside the checkout";
  std::size_t files = 0, statuses = 0;
  for (const auto& entry : fs::recursive_directory_iterator(corpus)) {
    if (!entry.is_regular_file()) continue;
    const std::string bytes = bytes_of(entry.path());
    const std::string_view rest = std::string_view(bytes).substr(std::min(bytes.find('\n'), bytes.size() - 1) + 1);
    std::string_view first = std::string_view(bytes).substr(0, bytes.find('\n'));
    if (first.ends_with('\r')) first.remove_suffix(1);
    const LineEnds ends = bytes.contains("\r\n") ? LineEnds::crlf : LineEnds::lf;
    ++files;
    if (parse_status(first)) ++statuses;
    const std::string whole = decoded(rest, ends, rest.size() + 1);
    for (const std::size_t size : {1U, 2U, 7U, 61U}) EXPECT_EQ(decoded(rest, ends, size), whole) << entry.path();
  }
  EXPECT_GT(files, 50U);
  EXPECT_EQ(statuses, files);
}

}  // namespace
}  // namespace godwit::pop3
