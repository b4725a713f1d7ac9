// SPDX-License-Identifier: Apache-2.0
// Rounds against servers that refuse, lie, alter and lose connections. Whatever they do: never complete without everything being
// there, never a double, and equality after the next good round.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/round_lab.h"

namespace godwit::sync {
namespace {

using adapters::MemoryFolder;
using test::fill_with_sixty;
using test::flags_of;
using test::message_named;
using test::RoundLab;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using Fault = adapters::MemoryMailbox::AppendFault;

bool is_complete(const RoundResult& result) {
  return !result.error && result.not_moved == 0 && result.not_attempted == 0 && result.notes.empty();
}

std::string nothing_too_much(const RoundLab& lab) {
  const std::string difference = lab.difference();
  return difference.contains("too much") ? difference : "";
}

struct FaultCase {
  const char* name;
  Fault fault;
};
void PrintTo(const FaultCase& fault, std::ostream* out) { *out << fault.name; }

class RoundWithFault : public testing::TestWithParam<FaultCase> {};

TEST_P(RoundWithFault, NeverClaimsTooMuchAndNeverDoubles) {
  for (const std::size_t batch : {1U, 4U, 100U}) {
    for (const bool streamed : {true, false}) {
      SCOPED_TRACE(testing::Message() << "batches of " << batch << (streamed ? ", streamed" : ""));
      RoundLab lab;
      fill_with_sixty(lab.source);
      if (!streamed) lab.source.streamed_above = 1 << 20;
      lab.options.batch_messages = batch;
      lab.target.append_fault = GetParam().fault;
      const RoundResult result = lab.run();
      EXPECT_EQ(nothing_too_much(lab), "");
      if (is_complete(result)) EXPECT_EQ(lab.difference(), "");
      lab.target.append_fault = {};
      EXPECT_TRUE(is_complete(lab.run_until_complete()));
      EXPECT_EQ(lab.difference(), "");
      const RoundResult last = lab.run();
      EXPECT_TRUE(is_complete(last));
      EXPECT_EQ(last.copied + last.matched, 0U);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, RoundWithFault,
    testing::Values(FaultCase{"none_kept", {Fault::Kind::keep_some_and_refuse, 0}},
                    FaultCase{"one_kept", {Fault::Kind::keep_some_and_refuse, 1}},
                    FaultCase{"some_kept_once", {.kind = Fault::Kind::keep_some_and_refuse, .keep = 3, .skip = 2, .times = 1}},
                    FaultCase{"quota", {Fault::Kind::keep_some_and_refuse, 1, ErrorKind::quota}},
                    FaultCase{"quota_late", {.kind = Fault::Kind::keep_some_and_refuse, .error = ErrorKind::quota, .skip = 6}},
                    FaultCase{"no_uids", {Fault::Kind::no_uids}}, FaultCase{"no_uids_once", {.kind = Fault::Kind::no_uids, .times = 1}},
                    FaultCase{"short_uids", {Fault::Kind::short_uids}},
                    FaultCase{"store_nothing", {Fault::Kind::store_nothing}},
                    FaultCase{"store_nothing_once", {.kind = Fault::Kind::store_nothing, .skip = 5, .times = 1}},
                    FaultCase{"lose_answer", {Fault::Kind::lose_answer}},
                    FaultCase{"lose_answer_twice", {.kind = Fault::Kind::lose_answer, .skip = 5, .times = 2}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(RoundFault, RefusedMessageIsFoundByHalving) {
  RoundLab lab;
  for (int i = 0; i < 100; ++i) {
    std::string message = message_named(std::to_string(i));
    if (i == 37) message.insert(0, "X-Refuse: yes\r\n");
    lab.source.folder("INBOX").add(message);
  }
  lab.target.append_fault.kind = Fault::Kind::refuse_marked;
  RoundResult result = lab.run();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.copied, 99U);
  EXPECT_EQ(result.not_moved, 1U);
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_EQ(result.problems[0].source_uid, 38U);
  EXPECT_EQ(result.problems[0].server_text, "not this one");
  EXPECT_EQ(result.problems[0].subject, "37");
  EXPECT_LE(lab.target.appends, 1U + 2 * 7) << "each level of halving costs two";
  EXPECT_EQ(nothing_too_much(lab), "");
  lab.target.append_fault = {};
  result = lab.run();
  EXPECT_TRUE(is_complete(result));
  EXPECT_EQ(result.copied, 1U);
  EXPECT_EQ(lab.difference(), "");
}

// The last batch of a folder is refused when everything of the folder was handed over already; what then happens to it must not be
// forgotten by the end of the round.
TEST(RoundFault, QuotaAtTheLastBatchOfAFolderIsNotTheEndOfIt) {
  RoundLab lab;
  for (int i = 0; i < 10; ++i) lab.source.folder("INBOX").add(message_named(std::to_string(i)));
  lab.target.append_fault = {Fault::Kind::keep_some_and_refuse, 0, ErrorKind::quota};
  const RoundResult refused = lab.run();
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->kind, ErrorKind::quota);
  lab.target.append_fault = {};
  const RoundResult result = lab.run();
  EXPECT_TRUE(is_complete(result));
  EXPECT_EQ(result.copied, 10U);
  EXPECT_EQ(lab.difference(), "");
}

TEST(RoundFault, ConnectionLostWhileARefusedBatchIsHalved) {
  for (std::uint64_t n = 1; n < 40; ++n) {
    SCOPED_TRACE(n);
    RoundLab lab;
    for (int i = 0; i < 10; ++i) lab.source.folder("INBOX").add(message_named(std::to_string(i)));
    lab.target.append_fault = {.kind = Fault::Kind::keep_some_and_refuse, .keep = 2, .times = 3};
    lab.target.lose_session_at = n;
    const RoundResult first = lab.run();
    EXPECT_EQ(nothing_too_much(lab), "");
    if (is_complete(first)) ASSERT_EQ(lab.difference(), "");
    lab.target.append_fault = {};
    EXPECT_TRUE(is_complete(lab.run_until_complete()));
    ASSERT_EQ(lab.difference(), "");
  }
}

TEST(RoundFault, StoppedWhileARefusedBatchIsHalved) {
  for (std::uint64_t n = 1; n < 40; ++n) {
    SCOPED_TRACE(n);
    RoundLab lab;
    for (int i = 0; i < 10; ++i) lab.source.folder("INBOX").add(message_named(std::to_string(i)));
    lab.target.append_fault = {.kind = Fault::Kind::keep_some_and_refuse, .keep = 2, .times = 3};
    lab.target.on_call = [&] { lab.stop = lab.stop || lab.target.calls >= n; };
    static_cast<void>(lab.run());
    EXPECT_EQ(nothing_too_much(lab), "");
    lab.target.on_call = nullptr;
    lab.stop = false;
    lab.target.append_fault = {};
    EXPECT_TRUE(is_complete(lab.run_until_complete()));
    ASSERT_EQ(lab.difference(), "");
  }
}

// Two copies in the source, one on the target: the one is matched, the other is refused; it must not take the first one's match.
TEST(RoundFault, RefusedTwinDoesNotTakeTheMatchOfTheOther) {
  RoundLab lab;
  lab.options.batch_messages = 1;
  for (int i = 0; i < 2; ++i) lab.source.folder("INBOX").add(message_named("twin"));
  for (int i = 0; i < 5; ++i) lab.source.folder("INBOX").add(message_named(std::to_string(i)));
  lab.target.folder("INBOX").add(message_named("twin"));
  lab.target.append_fault = {.kind = Fault::Kind::keep_some_and_refuse, .keep = 0, .skip = 0, .times = 9};
  static_cast<void>(lab.run());
  lab.target.append_fault = {};
  EXPECT_TRUE(is_complete(lab.run_until_complete()));
  EXPECT_EQ(lab.difference(), "");
}

// With a small budget everything that is in flight may be refused while the reading half waits for room.
TEST(RoundFault, RefusalsDoNotBlockAFullBudget) {
  RoundLab lab;
  for (int i = 0; i < 40; ++i) lab.source.folder("INBOX").add(message_named(std::to_string(i), 1000));
  lab.options.batch_messages = 4;
  lab.options.bytes_in_flight = 10'000;
  lab.target.append_fault = {.kind = Fault::Kind::keep_some_and_refuse, .keep = 1, .skip = 4, .times = 9};
  EXPECT_TRUE(is_complete(lab.run_until_complete())) << testing::PrintToString(lab.warnings);
  EXPECT_EQ(lab.difference(), "");
}

TEST(RoundFault, BatchLargerThanTheBudgetIsSentInParts) {
  RoundLab lab;
  for (int i = 0; i < 40; ++i) lab.source.folder("INBOX").add(message_named(std::to_string(i), 1000));
  lab.options.bytes_in_flight = 3'000;
  EXPECT_TRUE(is_complete(lab.run()));
  EXPECT_EQ(lab.difference(), "");
}

// A streamed message holds no bytes of the budget, but its end must wake who waits: nothing else may be in flight.
TEST(RoundFault, StreamedMessageInFlightDoesNotBlockAFullBudget) {
  for (int before = 0; before < 6; ++before) {
    for (int run = 0; run < 5; ++run) {
      RoundLab lab;
      const auto add = [&](int i, std::size_t size) { lab.source.folder("INBOX").add(message_named(std::to_string(i), size)); };
      for (int i = 0; i < 30; ++i) add(i, i % 7 == before ? 5000 : 100);
      lab.options.bytes_in_flight = 1'500;
      EXPECT_TRUE(is_complete(lab.run()));
      EXPECT_EQ(lab.difference(), "");
    }
  }
}

// It says where it stored them, and shows them only in the next round.
TEST(RoundFault, ServerThatShowsAMessageLate) {
  RoundLab lab;
  for (int i = 0; i < 10; ++i) lab.source.folder("INBOX").add(message_named(std::to_string(i)));
  std::vector<adapters::MemoryMessage> hidden;
  lab.target.on_call = [&] {
    auto& messages = lab.target.folder("INBOX").messages;
    if (messages.size() < 4) return;
    hidden.push_back(messages[3]);
    messages.erase(messages.begin() + 3);
    lab.target.on_call = nullptr;
  };
  const RoundResult result = lab.run();
  EXPECT_FALSE(is_complete(result));
  ASSERT_EQ(hidden.size(), 1U);
  auto& messages = lab.target.folder("INBOX").messages;
  messages.insert(messages.begin() + 3, hidden[0]);
  EXPECT_TRUE(is_complete(lab.run_until_complete()));
  EXPECT_EQ(lab.difference(), "");
}

void cyrus(std::string& bytes) {
  const std::size_t head = std::min(bytes.find("\r\n\r\n"), bytes.size());
  for (std::size_t i = 0; i < head; ++i) {
    if (static_cast<unsigned char>(bytes[i]) > 127) bytes[i] = 'X';
  }
}
void dovecot(std::string& bytes) { std::ranges::replace(bytes, '\0', '\x80'); }

class RoundWithAlteration : public testing::TestWithParam<Fault::Kind> {};

TEST_P(RoundWithAlteration, IsReportedWithTheDifferenceAndNotDoubled) {
  for (const bool streamed : {false, true}) {
    SCOPED_TRACE(streamed);
    RoundLab lab;
    lab.target.alter = [](std::string& bytes) {
      cyrus(bytes);
      dovecot(bytes);
    };
    if (!streamed) lab.source.streamed_above = lab.target.streamed_above = 1 << 20;
    MemoryFolder& inbox = lab.source.folder("INBOX");
    inbox.add(message_named("plain"));
    inbox.add("Subject: caf\xe9\r\n\r\nbody\r\n");
    inbox.add("Subject: nul\r\n\r\nbe\0fore\r\n" + std::string(1, '\0') + "x\r\n");
    inbox.add("Subject: large \xc3\xa9\r\n\r\n" + std::string(5000, 'y') + "\r\n");
    lab.target.append_fault = {.kind = GetParam()};
    if (GetParam() == Fault::Kind::lose_answer) lab.target.append_fault.times = 1;
    lab.options.batch_messages = 3;
    RoundResult result = lab.run();
    EXPECT_FALSE(result.error);
    EXPECT_EQ(lab.target.folder("INBOX").messages.size(), 4U);
    result = lab.run_until_complete();
    EXPECT_FALSE(result.error);
    EXPECT_EQ(lab.target.folder("INBOX").messages.size(), 4U);
    EXPECT_EQ(result.not_moved, 0U);
    const auto problems = lab.problems();
    ASSERT_EQ(problems.size(), 3U);
    EXPECT_EQ(problems[0].kind, "altered");
    EXPECT_THAT(problems[0].reason, AllOf(HasSubstr("8-bit"), HasSubstr("1 byte differs, the first at offset 12: 0xe9 became 0x58")));
    EXPECT_THAT(problems[1].reason, AllOf(HasSubstr("NUL"), HasSubstr("0x00 became 0x80")));
    EXPECT_EQ(problems[2].kind, "altered");
    const auto rows = lab.rows("INBOX");
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[0].level, ledger::Level::listed);
    for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(rows[i].level, ledger::Level::altered) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Answers, RoundWithAlteration,
                         testing::Values(Fault::Kind::none, Fault::Kind::lose_answer, Fault::Kind::no_uids));

TEST(RoundFault, MessagesWithHazardsAreProvenWhereTheHostIsNotKnownToKeepThem) {
  RoundLab lab;
  lab.target.alter = cyrus;
  lab.source.folder("INBOX").add("Subject: caf\xe9\r\n\r\nbody\r\n");
  lab.source.folder("INBOX").add("Subject: bare\n\nbody\n");
  RoundResult result = lab.run();
  EXPECT_EQ(result.altered, 1U);
  EXPECT_EQ(result.proven, 0U) << "the probe has shown that bare newlines are kept";
  EXPECT_EQ(result.listed, 2U);
}

TEST(RoundFault, AMessageThatEndsTheSourcesSessionIsNamedAndTheOthersAreMoved) {
  for (const Uid deadly : {1U, 12U, 15U}) {  // the first, one in the middle, the last of a folder
    RoundLab lab;
    fill_with_sixty(lab.source);
    lab.source.deadly = deadly;
    const RoundResult result = lab.run();
    EXPECT_FALSE(result.error) << deadly;
    EXPECT_EQ(result.not_moved, 3U) << deadly << ": there is such a UID in three folders";
    EXPECT_EQ(result.copied, 57U) << deadly;
    ASSERT_EQ(lab.problems().size(), 3U);
    EXPECT_EQ(lab.problems()[0].source_uid, deadly);
    lab.source.deadly = 0;
    EXPECT_EQ(lab.run().copied, 3U);
    EXPECT_EQ(lab.difference(), "");
  }
}

TEST(RoundFault, TheCopyOfAMessageThatCannotBeReadAnyMoreIsNotTakenForAnEqualOnesDouble) {
  RoundLab lab;
  lab.options.batch_messages = 1;
  lab.source.folder("INBOX").add(message_named("twin"));
  lab.run();
  lab.source.folder("INBOX").add(message_named("other"));
  const Uid twin = lab.source.folder("INBOX").add(message_named("twin"));
  lab.target.tells_uid_next = false;
  lab.target.append_fault = {.kind = Fault::Kind::lose_answer, .times = 2};
  lab.target.on_call = [&] { lab.source.deadly = lab.target.folder("INBOX").messages.size() == 3 ? twin : 0; };
  EXPECT_EQ(lab.run().not_moved, 1U) << testing::PrintToString(lab.warnings);
  ASSERT_EQ(lab.problems().size(), 1U);
  EXPECT_EQ(lab.problems()[0].source_uid, twin);
  lab.target.on_call = nullptr;
  lab.source.deadly = 0;
  EXPECT_TRUE(is_complete(lab.run()));
  EXPECT_EQ(lab.difference(), "");
}

// Its copy is on the target, unknown to the ledger, and cannot be compared: the fence must not pass it.
TEST(RoundFault, TheCopyOfAMessageThatCannotBeReadForAWhileIsFoundLater) {
  RoundLab lab;
  lab.source.folder("INBOX").add(message_named("first"));
  const Uid unread = lab.source.folder("INBOX").add(message_named("second"));
  lab.run();
  lab.lose_ledger();
  lab.source.deadly = unread;
  EXPECT_EQ(lab.run().not_moved, 1U) << testing::PrintToString(lab.warnings);
  lab.source.deadly = 0;
  EXPECT_TRUE(is_complete(lab.run()));
  EXPECT_EQ(lab.difference(), "");
}

TEST(RoundFault, AMessageThatEndsTheTargetsSessionIsNamedAndNothingIsDoubled) {
  RoundLab lab;
  fill_with_sixty(lab.source);
  lab.run();
  lab.lose_ledger();
  lab.target.deadly = 5;
  const RoundResult result = lab.run();
  ASSERT_TRUE(result.error);
  EXPECT_THAT(result.error->what, HasSubstr("message UID 5 of the target's folder"));
  lab.target.deadly = 0;
  EXPECT_FALSE(lab.run().error);
  EXPECT_EQ(lab.difference(), "");
}

}  // namespace
}  // namespace godwit::sync
