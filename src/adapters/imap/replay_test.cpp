// SPDX-License-Identifier: Apache-2.0
// Own transcripts, tests/transcripts/<server>/source*.txt and target*.txt: what must be understood stands in the file, in lines that begin
// with "# => ". They are played whole, failing at every step, and cut at bytes within.
#include <fstream>
#include <map>

#include "adapters/imap/replay_talk.h"

namespace godwit::adapters {
namespace {

using namespace replay;

Summary expectations(const fs::path& file) {
  Summary lines;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("# => ")) lines.push_back(line.substr(5));
  }
  return lines;
}

std::vector<fs::path> own_transcripts() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder_above("tests/transcripts"))) {
    const std::string name = entry.path().filename().string();
    const bool is_one = name.starts_with("source") || name.starts_with("target");
    if (entry.path().extension() == ".txt" && is_one) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

// Runs it with the failure at some of its bytes.
void play_cut_within(const test::Script& script, const test::Conversation& conversation,
                     const std::function<void(const Result<>&)>& check) {
  test::ScriptOptions options;
  options.early_writes = true;
  options.delivery = test::ScriptOptions::Delivery::bytes;
  auto whole = std::make_unique<test::ScriptedStream>(script, options);
  const auto report = whole->report();
  static_cast<void>(test::run_task(conversation(std::move(whole))));
  const std::size_t stride = std::max<std::size_t>(1, report->operations / 25);
  for (std::size_t operation = 1; operation <= report->operations; operation += stride) {
    SCOPED_TRACE(fmt::format("cut at operation {} of {}", operation, report->operations));
    options.fail_at = operation;
    options.failure = operation % 2 == 0 ? test::ScriptOptions::Failure::reset : test::ScriptOptions::Failure::end_of_file;
    check(test::run_task(conversation(std::make_unique<test::ScriptedStream>(script, options))));
  }
}

TEST(ImapReplay, OwnTranscripts) {
  test::ScriptOptions pipelined;
  pipelined.early_writes = true;
  std::map<std::string, int> counts;
  for (const fs::path& file : own_transcripts()) {
    SCOPED_TRACE(file.string());
    ++counts[file.parent_path().filename().string()];
    const test::Script script = test::Script::load(file.string());
    const Summary expected = expectations(file);
    const bool is_source = file.filename().string().starts_with("source");
    const bool ends_early = !expected.empty() && expected.back().starts_with("stopped network");
    const auto conversation = with_session([&](ImapSession& session) -> Task<Result<>> {
      Summary summary;
      const Result<> result = is_source ? co_await as_source(session, summary) : co_await as_target(session, summary);
      if (ends_early && !result && code_of(result.error()) == codes::session_ended.number) {
        summary.push_back("stopped " + told(result.error()));
        EXPECT_EQ(summary, expected);
        co_return Result<>{};
      }
      if (result) EXPECT_EQ(summary, expected);
      co_return result;
    });
    const auto check = [](const Result<>& outcome) {
      if (!outcome) EXPECT_NE(outcome.error().kind, ErrorKind::bug) << describe(outcome.error());
      if (!outcome) EXPECT_FALSE(outcome.error().what.empty());
    };
    test::play_in_every_delivery(script, conversation, 2, pipelined);
    test::play_failing_at_every_step(script, conversation, [&](const test::FailedRun& run) { check(run.outcome); }, pipelined);
    play_cut_within(script, conversation, check);
  }
  int total = 0;
  for (const auto& [server, count] : counts) {
    std::printf("%s %d, ", server.c_str(), count);
    total += count;
  }
  std::printf("%d transcripts of %zu servers\n", total, counts.size());
  EXPECT_GE(total, 26);
}

}  // namespace
}  // namespace godwit::adapters
