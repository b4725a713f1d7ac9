// SPDX-License-Identifier: Apache-2.0
// The names of the other way in go on record at the end of a round.
#include <gmock/gmock.h>

#include "base/error_code.h"
#include "sync/round.h"
#include "tests/support/round_lab.h"

namespace godwit::sync {
namespace {

using test::message_named;
using test::RoundLab;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// The source's INBOX with messages of these names, and the same by the other way in.
struct Lab : RoundLab {
  explicit Lab(std::initializer_list<std::string> names) {
    source.named.emplace();
    source.folder("INBOX");
    source.folder("Sent").add(message_named("elsewhere"));
    for (const std::string& name : names) deliver(name);
  }
  void deliver(const std::string& name, std::size_t body_size = 40) {
    const std::string bytes = message_named(name, body_size);
    source.folder("INBOX").add(bytes);
    source.named->push_back({"uidl-" + name, bytes.size(), bytes.substr(0, bytes.find("\r\n\r\n") + 4)});
  }
  // "uidl-a=1>1" in order: the source's UID and the target's.
  std::vector<std::string> on_record() {
    std::vector<std::string> lines;
    const auto done = with_account([&](ledger::AccountLedger& account) -> Task<Result<>> {
      GODWIT_CO_TRY(const auto ids, co_await account.unique_ids());
      for (const auto& each : ids) lines.push_back(each.id + "=" + std::to_string(each.source_uid) + ">" + std::to_string(each.target_uid));
      co_return Result<>{};
    });
    EXPECT_TRUE(done);
    return lines;
  }
};

TEST(RoundUniqueIds, GoOnRecordInTheirOrder) {
  Lab lab{"one", "two", "three"};
  const RoundResult first = lab.run();
  EXPECT_FALSE(first.error);
  EXPECT_EQ(first.unique_ids, 3U);
  EXPECT_EQ(first.without_unique_id, 0U);
  EXPECT_THAT(first.notes, IsEmpty());
  EXPECT_THAT(lab.on_record(), ElementsAre("uidl-one=1>1", "uidl-two=2>2", "uidl-three=3>3"));
  EXPECT_EQ(lab.difference(), "");
}

TEST(RoundUniqueIds, FollowWhatComesAndGoesAndChangesItsPlace) {
  Lab lab{"one", "two", "three", "four"};
  EXPECT_EQ(lab.run().unique_ids, 4U);
  lab.source.folder("INBOX").remove(2);
  lab.source.named->erase(lab.source.named->begin() + 1);
  lab.deliver("five", 99);
  std::swap(lab.source.named->front(), lab.source.named->back());
  lab.source.named_headers = 0;
  const RoundResult second = lab.run();
  EXPECT_EQ(second.unique_ids, 4U);
  EXPECT_THAT(lab.on_record(), ElementsAre("uidl-five=5>5", "uidl-three=3>3", "uidl-four=4>4", "uidl-one=1>1"));
  EXPECT_EQ(lab.source.named_headers, 0U) << "what is known is not looked at again";
}

TEST(RoundUniqueIds, WhatIsNotKnownIsToldWithWhatItMeans) {
  Lab lab{"one", "two", "three"};
  lab.source.named->erase(lab.source.named->begin());
  lab.source.named->push_back({"uidl-foreign", 5000, "Subject: foreign\r\n\r\n"});
  const RoundResult result = lab.run();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.unique_ids, 2U);
  EXPECT_EQ(result.without_unique_id, 1U);
  EXPECT_THAT(result.notes, Contains(HasSubstr("1 message of INBOX have no UIDL on record")));
  EXPECT_THAT(result.notes, Contains(HasSubstr("1 message that POP3 lists could not be found")));
  EXPECT_THAT(lab.on_record(), ElementsAre("uidl-two=2>2", "uidl-three=3>3", "uidl-foreign=0>0"));
}

TEST(RoundUniqueIds, AFaultOfTheOtherWayInIsANoteAndWhatIsOnRecordStays) {
  Lab lab{"one", "two"};
  EXPECT_EQ(lab.run().unique_ids, 2U);
  lab.deliver("three");
  lab.source.named_fault = make_error(codes::login_refused, "the login was refused", "-ERR no POP3 for you");
  const RoundResult result = lab.run();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.copied, 1U);
  EXPECT_EQ(result.unique_ids, 2U);
  EXPECT_EQ(result.without_unique_id, 1U);
  EXPECT_THAT(result.notes, Contains(HasSubstr("no POP3 for you")));
  EXPECT_THAT(lab.on_record(), ElementsAre("uidl-one=1>1", "uidl-two=2>2"));
}

TEST(RoundUniqueIds, MailThatComesBetweenTheListsIsNoConfusion) {
  Lab lab{"one", "two"};
  lab.source.on_names = [&] {
    if (lab.source.named->size() == 2) lab.deliver("three");
  };
  EXPECT_EQ(lab.run().unique_ids, 2U);
  EXPECT_THAT(lab.on_record(), ElementsAre("uidl-one=1>1", "uidl-two=2>2", "uidl-three=0>0"));
  EXPECT_EQ(lab.run().unique_ids, 3U);
  EXPECT_THAT(lab.on_record(), ElementsAre("uidl-one=1>1", "uidl-two=2>2", "uidl-three=3>3"));
}

TEST(RoundUniqueIds, StayOnceTheAccountIsOnTheNewServer) {
  Lab lab{"one", "two"};
  EXPECT_EQ(lab.run().unique_ids, 2U);
  lab.set_route(ledger::Route::new_);
  lab.source.named->clear();
  EXPECT_FALSE(lab.run().error);
  EXPECT_THAT(lab.on_record(), ElementsAre("uidl-one=1>1", "uidl-two=2>2"));
}

TEST(RoundUniqueIds, ANewUidValidityIsPairedAnew) {
  Lab lab{"one", "two"};
  EXPECT_EQ(lab.run().unique_ids, 2U);
  auto& inbox = lab.source.folder("INBOX");
  inbox.uid_validity = 77;
  for (auto& message : inbox.messages) message.uid += 10;
  inbox.uid_next += 10;
  EXPECT_EQ(lab.run().unique_ids, 2U);
  EXPECT_THAT(lab.on_record(), ElementsAre("uidl-one=11>1", "uidl-two=12>2"));
}

TEST(RoundUniqueIds, WithoutAnotherWayInNothingIsAskedOrSaid) {
  Lab lab{"one"};
  lab.source.named.reset();
  const RoundResult result = lab.run();
  EXPECT_EQ(result.unique_ids + result.without_unique_id, 0U);
  EXPECT_THAT(result.notes, IsEmpty());
  EXPECT_THAT(lab.on_record(), IsEmpty());
}

TEST(RoundUniqueIds, AnInboxThatIsNotMovedHasNone) {
  Lab lab{"one"};
  lab.options.rules = parse_rules({.exclude = {"INBOX"}}).value();
  const RoundResult result = lab.run();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(result.without_unique_id, 0U);
  EXPECT_THAT(lab.on_record(), IsEmpty());
}

}  // namespace
}  // namespace godwit::sync
