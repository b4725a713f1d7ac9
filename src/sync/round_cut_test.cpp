// SPDX-License-Identifier: Apache-2.0
// Rounds that are cut everywhere: at every call of each side, at every append's answer, at every step of the process itself.
#include <gtest/gtest.h>

#include <random>

#include "tests/support/round_lab.h"

namespace godwit::sync {
namespace {

using test::fill_with_sixty;
using test::RoundLab;
using Fault = adapters::MemoryMailbox::AppendFault;

class CutLab : public RoundLab {
 public:
  CutLab() {
    fill_with_sixty(source);
    options.batch_messages = 6;
    options.batch_bytes = 3000;
  }
};

// Nothing may be too much at any time; what is complete must be equal.
void finish(RoundLab& lab) {
  for (int round = 0; round < 4; ++round) {
    const RoundResult result = lab.run();
    const std::string difference = lab.difference();
    ASSERT_EQ(difference.find("too much"), std::string::npos) << difference;
    if (result.error) continue;
    ASSERT_EQ(result.not_moved, 0U) << testing::PrintToString(lab.warnings);
    ASSERT_EQ(difference, "");
    return;
  }
  FAIL() << "not complete after four rounds: " << testing::PrintToString(lab.warnings);
}

std::pair<std::uint64_t, std::uint64_t> calls_of_a_clean_round() {
  CutLab lab;
  EXPECT_FALSE(lab.run().error);
  return {lab.source.calls, lab.target.calls};
}

TEST(RoundCut, SourceLostAtEveryCall) {
  for (std::uint64_t n = 1; n <= calls_of_a_clean_round().first; ++n) {
    SCOPED_TRACE(n);
    CutLab lab;
    lab.source.lose_session_at = n;
    ASSERT_NO_FATAL_FAILURE(finish(lab));
    ASSERT_EQ(lab.source.lose_session_at, 0U);
  }
}

TEST(RoundCut, TargetLostAtEveryCall) {
  for (std::uint64_t n = 1; n <= calls_of_a_clean_round().second; ++n) {
    SCOPED_TRACE(n);
    CutLab lab;
    lab.target.lose_session_at = n;
    ASSERT_NO_FATAL_FAILURE(finish(lab));
  }
}

TEST(RoundCut, AnswerOfEveryAppendLost) {
  for (std::size_t skip = 0; skip < 20; ++skip) {
    for (const std::size_t times : {1U, 3U}) {
      SCOPED_TRACE(testing::Message() << times << " answers lost after " << skip);
      CutLab lab;
      lab.target.append_fault = {.kind = Fault::Kind::lose_answer, .skip = skip, .times = times};
      ASSERT_NO_FATAL_FAILURE(finish(lab));
    }
  }
}

// The candidates that a first loss left must not be forgotten by a second one.
TEST(RoundCut, SourceLostAtEveryCallAfterALostAnswer) {
  for (std::uint64_t n = 1; n < 240; n += 3) {
    SCOPED_TRACE(n);
    CutLab lab;
    lab.source.streamed_above = 1 << 20;
    lab.target.append_fault = {.kind = Fault::Kind::lose_answer, .skip = 5 + n % 4, .times = 1};
    lab.source.lose_session_at = n;
    ASSERT_NO_FATAL_FAILURE(finish(lab));
  }
}

TEST(RoundCut, BothLostAtRandom) {
  std::mt19937 random(20240229);
  const auto below = [&](std::uint32_t limit) { return static_cast<std::uint32_t>(random() % limit); };
  for (int run = 0; run < 150; ++run) {
    SCOPED_TRACE(run);
    CutLab lab;
    lab.options.lanes = 1 + below(3);
    lab.source.tells_changes = below(2) != 0;
    lab.target.tells_uid_next = below(3) != 0;
    if (below(3) == 0) lab.target.append_fault = {.kind = Fault::Kind::no_uids};
    if (below(4) == 0) lab.target.batch_messages = 1;
    if (below(3) == 0) lab.source.deadly = 1 + below(28);
    const std::uint32_t pace = 10 + below(100);
    lab.source.on_call = [&] { lab.source.lose_session_at = below(pace) == 0 ? 1 : 0; };
    lab.target.on_call = [&] { lab.target.lose_session_at = below(pace) == 0 ? 1 : 0; };
    for (int round = 0; round < 3; ++round) static_cast<void>(lab.run());
    lab.source.on_call = lab.target.on_call = nullptr;
    lab.source.deadly = 0;
    ASSERT_NO_FATAL_FAILURE(finish(lab));
  }
}

TEST(RoundCut, KilledAnywhere) {
  std::mt19937 random(19700101);
  int killed = 0;
  for (int run = 0; run < 200; ++run) {
    SCOPED_TRACE(run);
    CutLab lab;
    lab.options.lanes = 1 + random() % 2;
    while (!lab.run_and_kill(static_cast<int>(random() % 220)) && random() % 3 != 0) ++killed;
    ASSERT_EQ(lab.difference().find("too much"), std::string::npos) << lab.difference();
    ASSERT_NO_FATAL_FAILURE(finish(lab));
    const RoundResult last = lab.run();
    ASSERT_FALSE(last.error);
    ASSERT_EQ(last.copied + last.matched + last.flags_changed, 0U);
    for (const auto& [name, folder] : lab.target.folders) ASSERT_FALSE(test::is_probe(name)) << "probe left behind";
  }
  EXPECT_GT(killed, 150);
}

}  // namespace
}  // namespace godwit::sync
