// SPDX-License-Identifier: Apache-2.0
// Each response of the corpus beside the checkout, which is not part of it, as the answer to everything that a session asks, whole and
// cut: whatever it is there is an end, and an error says what is wrong.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "adapters/imap/replay_talk.h"

namespace godwit::adapters {
namespace {

using namespace replay;

// A server that gives one answer to everything.
class Parrot final : public net::Stream {
 public:
  Parrot(std::string greeting, std::string answer, std::size_t at_most)
      : said_(std::move(greeting)), answer_(std::move(answer)), left_(at_most) {}

  [[nodiscard]] Task<Result<std::size_t>> read_some(std::span<char> buffer) override {
    const std::size_t count = std::min({buffer.size(), said_.size(), left_});
    std::copy_n(said_.begin(), count, buffer.begin());
    said_.erase(0, count);
    left_ -= count;
    co_return count;
  }
  [[nodiscard]] Task<Result<>> write(std::span<const std::string_view> pieces) override {
    for (const std::string_view piece : pieces) heard_ += piece;
    while (hear()) {}
    co_return Result<>{};
  }
  void set_wait_limit(std::chrono::milliseconds) override {}
  void close() override { left_ = 0; }
  [[nodiscard]] std::string peer() const override { return "parrot:0"; }
  [[nodiscard]] std::string security() const override { return {}; }
  [[nodiscard]] std::chrono::nanoseconds waited_reading() const override { return {}; }
  [[nodiscard]] std::chrono::nanoseconds waited_writing() const override { return {}; }

 private:
  // One line of a command, and the literal that it announces.
  bool hear() {
    const std::size_t end = heard_.find("\r\n");
    if (end == std::string::npos) return false;
    const std::string line = heard_.substr(0, end);
    std::size_t literal = 0;
    if (line.ends_with("+}")) literal = std::stoul(line.substr(line.rfind('{') + 1));
    if (heard_.size() < end + 2 + literal) return false;
    heard_.erase(0, end + 2 + literal);
    if (tag_.empty()) tag_ = line.substr(0, line.find(' '));
    if (line.ends_with("+}")) return true;
    std::string answer = answer_;
    for (std::size_t place = 0; (place = answer.find("A########", place)) != std::string::npos;) answer.replace(place, 9, tag_);
    said_ += answer;
    tag_.clear();
    return true;
  }

  std::string said_, answer_, heard_, tag_;
  std::size_t left_;
};

// The first response of a file up to its tagged line, as it is on the wire.
std::string first_answer(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string bytes;
  for (auto c = std::istreambuf_iterator<char>(stream); c != std::istreambuf_iterator<char>(); ++c) {
    if (*c == '\n' && !bytes.ends_with('\r')) bytes.push_back('\r');
    bytes.push_back(*c);
  }
  const std::size_t tagged = bytes.starts_with("A########") ? 0 : bytes.find("\nA########");
  if (tagged == std::string::npos) return bytes + "A######## OK done\r\n";
  return bytes.substr(0, bytes.find("\r\n", tagged + 1)) + "\r\n";
}

struct Tally {
  std::size_t files = 0, understood = 0, errors = 0;
};

void play_corpus_file(const fs::path& file, Tally& tally) {
  const std::string answer = first_answer(file);
  const bool is_exchange = file.parent_path().filename() == "exchange";
  const std::string greeting = fmt::format("* OK [CAPABILITY IMAP4rev1 NAMESPACE LITERAL+ UIDPLUS] {} ready\r\n",
                                           is_exchange ? "Microsoft Exchange" : "IMAP");
  const std::size_t size = greeting.size() + answer.size();
  for (const auto& talk : {&as_source, &as_target}) {
    for (const std::size_t at_most : {std::size_t{1} << 20U, size - 1, size - answer.size() / 3, size + answer.size() / 2, size * 3 - 7}) {
      const auto conversation = with_session([&](ImapSession& session) -> Task<Result<>> {
        Summary summary;
        co_return co_await talk(session, summary);
      });
      const Result<> outcome = test::run_task(conversation(std::make_unique<Parrot>(greeting, answer, at_most)));
      ++(outcome ? tally.understood : tally.errors);
      if (!outcome) EXPECT_NE(outcome.error().kind, ErrorKind::bug) << describe(outcome.error());
      if (!outcome) EXPECT_FALSE(outcome.error().what.empty());
    }
  }
  ++tally.files;
}

TEST(ImapReplay, ResponsesOfManyServers) {
  const fs::path corpus = folder_above("shared/corpus/imap/mailkit");
  if (corpus.empty()) GTEST_SKIP() << "no shared/corpus/imap/mailkit beside the checkout";
  std::map<std::string, Tally> tallies;
  for (const auto& entry : fs::recursive_directory_iterator(corpus)) {
    if (!entry.is_regular_file()) continue;
    const fs::path relative = entry.path().lexically_relative(corpus);
    SCOPED_TRACE(relative.string());
    play_corpus_file(entry.path(), tallies[relative.begin()->string()]);
  }
  std::size_t files = 0;
  for (const auto& [server, tally] : tallies) {
    std::printf("%s: %zu files, %zu sessions understood, %zu ended by an error\n", server.c_str(), tally.files, tally.understood,
                tally.errors);
    files += tally.files;
  }
  EXPECT_EQ(files, 267U);
}

}  // namespace
}  // namespace godwit::adapters
