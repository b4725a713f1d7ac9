// SPDX-License-Identifier: Apache-2.0
// A source that is only read: one in memory, which tells the truth, and ones that are bad in one way each.
#include "probe/check_reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/memory/memory.h"
#include "probe/probe.h"
#include "probe/report_text.h"
#include "tests/support/faulty_endpoint.h"
#include "tests/support/run_task.h"

namespace godwit::probe {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAreArray;

class Reading : public testing::Test {
 protected:
  Reading() {
    for (int number = 0; number < 30; ++number) {
      mailbox_.folder(number < 20 ? "INBOX" : "Work/Old").add("Subject: " + std::to_string(number) + "\r\n\r\nbody\r\n");
    }
    mailbox_.folder("Empty");
  }

  Report read() {
    const auto inner = adapters::make_memory_target(mailbox_);
    const auto source = test::make_faulty_source(*inner, faults_);
    auto report = test::run_task(run_reading(*source, options_, [](std::string_view) {}));
    EXPECT_TRUE(report) << (report ? "" : describe(report.error()));
    return report.value_or(Report{});
  }

  adapters::MemoryMailbox mailbox_;
  test::Faults faults_;
  Options options_;
};

TEST_F(Reading, FindsNothingWrongAndTouchesNothing) {
  const auto before = mailbox_.folders;
  const Report report = read();
  EXPECT_TRUE(report.is_usable() && report.is_read_only);
  for (const Finding& finding : report.findings) {
    EXPECT_TRUE(finding.outcome == Outcome::kept || finding.outcome == Outcome::measured) << finding.key << ": " << finding.detail;
  }
  EXPECT_THAT(report.find("reading.amount")->detail, HasSubstr("30 of 30 messages in 3 folders"));
  for (const auto& [name, folder] : before) EXPECT_EQ(mailbox_.folders.at(name).highest_modseq, folder.highest_modseq);
  EXPECT_EQ(mailbox_.folders.size(), before.size());
  EXPECT_THAT(to_text(report, 80), HasSubstr("Usable as a source."));
  EXPECT_TRUE(to_json(report)["read_only"].get<bool>());
}

TEST_F(Reading, ReadsNoMoreThanItMay) {
  options_.amounts.read_messages = 25;
  EXPECT_THAT(read().find("reading.amount")->detail, HasSubstr("25 of 30 messages"));
}

struct SourceFault {
  std::string name;
  std::function<void(test::Faults&, adapters::MemoryMailbox&)> spoil;
  std::vector<std::string> found;  // keys that are not kept
  bool is_grave = false;
};

class FaultySource : public Reading, public testing::WithParamInterface<SourceFault> {};

TEST_P(FaultySource, IsFound) {
  GetParam().spoil(faults_, mailbox_);
  const Report report = read();
  std::vector<std::string> found;
  for (const Finding& finding : report.findings) {
    if (finding.outcome != Outcome::kept && finding.outcome != Outcome::measured) found.push_back(finding.key);
  }
  EXPECT_THAT(found, UnorderedElementsAreArray(GetParam().found));
  EXPECT_EQ(report.is_usable(), !GetParam().is_grave);
  if (GetParam().is_grave) EXPECT_THAT(to_text(report, 80), HasSubstr("NOT usable as a source"));
}

INSTANTIATE_TEST_SUITE_P(
    Every, FaultySource,
    testing::Values(
        SourceFault{"MissesAUid", [](test::Faults& faults, adapters::MemoryMailbox&) { faults.misses_uids = true; }, {"reading.count"}},
        SourceFault{"CountsWrong", [](test::Faults& faults, adapters::MemoryMailbox&) { faults.counts_wrong = true; }, {"reading.count"}},
        SourceFault{"TellsWrongSizes", [](test::Faults& faults, adapters::MemoryMailbox&) { faults.tells_wrong_sizes = true; },
                    {"reading.size"}},
        SourceFault{"GivesOthers", [](test::Faults& faults, adapters::MemoryMailbox&) { faults.gives_others = true; }, {"reading.missing"},
                    true},
        SourceFault{"Renumbers", [](test::Faults& faults, adapters::MemoryMailbox&) { faults.renumbers = true; }, {"reading.again"}, true},
        SourceFault{"HasNoDates",
                    [](test::Faults&, adapters::MemoryMailbox& mailbox) {
                      for (auto& message : mailbox.folder("INBOX").messages) message.date.clear();
                    },
                    {"reading.dates"}}),
    [](const testing::TestParamInfo<SourceFault>& info) { return info.param.name; });

TEST_F(Reading, ALostSessionIsTold) {
  mailbox_.lose_session_at = 12;
  const Report report = read();
  ASSERT_NE(report.find("reading.complete"), nullptr);
  EXPECT_FALSE(report.is_usable());
}

// Files: the target's own sessions number messages otherwise than a source does.
TEST_F(Reading, WhatWasWrittenIsReadAsASource) {
  const auto target = adapters::make_memory_target(mailbox_);
  const auto source = adapters::make_memory_source(mailbox_);
  options_ = {{.connections = 3, .keywords = 3, .small_messages = 1, .megabytes = 0}, false, true};
  const std::atomic<bool> stop{false};
  const auto probe = [&](endpoint::Source& read_by) {
    return test::run_task(run(read_by, *target, options_, [](std::string_view) {}, stop)).value_or(Report{});
  };
  EXPECT_EQ(probe(*source).find("reading.written")->outcome, Outcome::kept);
  adapters::MemoryMailbox another;
  const auto other = adapters::make_memory_source(another);
  const Report report = probe(*other);
  EXPECT_EQ(report.find("reading.written")->harm, Harm::grave);
  EXPECT_THAT(report.find("reading.written")->detail, HasSubstr("not listed"));
  EXPECT_THAT(to_text(report, 80), Not(HasSubstr("Usable as")));
}

}  // namespace
}  // namespace godwit::probe
