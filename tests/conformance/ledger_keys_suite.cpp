// SPDX-License-Identifier: Apache-2.0
// Numbers of messages that a side knows by names, and names by which others know those of the source.
#include <gmock/gmock.h>

#include "tests/conformance/ledger_suite.h"

namespace godwit::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> keys_of(const KeyedFolder& folder) {
  std::vector<std::string> keys;
  for (const KeyedMessage& message : folder.messages) keys.push_back(std::to_string(message.uid) + "=" + message.key);
  return keys;
}

TEST_P(LedgerSuite, AFolderOfKeysHasOneUidValidityForEver) {
  const KeyedFolder first = get(account_->keyed_folder(Side::source, "INBOX"));
  EXPECT_GT(first.uid_validity, 0U);
  EXPECT_EQ(first.uid_next, 1U);
  EXPECT_THAT(first.messages, IsEmpty());
  reopen();
  EXPECT_EQ(get(account_->keyed_folder(Side::source, "INBOX")), first);
}

TEST_P(LedgerSuite, KeysKeepTheirNumbers) {
  EXPECT_THAT(get(account_->number_keys(Side::source, "INBOX", {"b", "a", "b"})), ElementsAre(1, 2, 1));
  reopen();
  EXPECT_THAT(get(account_->number_keys(Side::source, "INBOX", {"c", "a", std::string("a\0x", 3)})), ElementsAre(3, 2, 4));
  const KeyedFolder folder = get(account_->keyed_folder(Side::source, "INBOX"));
  EXPECT_EQ(folder.uid_next, 5U);
  EXPECT_THAT(keys_of(folder), ElementsAre("1=b", "2=a", "3=c", std::string("4=a\0x", 5)));
}

TEST_P(LedgerSuite, KeysAreOfOneFolderAndSide) {
  EXPECT_THAT(get(account_->number_keys(Side::source, "INBOX", {"x", "y"})), ElementsAre(1, 2));
  EXPECT_THAT(get(account_->number_keys(Side::target, "INBOX", {"y"})), ElementsAre(1));
  EXPECT_THAT(get(account_->number_keys(Side::source, "Other", {"y", "x"})), ElementsAre(1, 2));
  EXPECT_THAT(keys_of(get(account_->keyed_folder(Side::target, "INBOX"))), ElementsAre("1=y"));
}

TEST_P(LedgerSuite, ANumberIsNotGivenTwice) {
  get(account_->number_keys(Side::source, "INBOX", {"a", "b", "c", "d"}));
  get(account_->forget_keys(Side::source, "INBOX", UidSet({{2, 2}, {4, 4'000'000'000}})));
  EXPECT_THAT(keys_of(get(account_->keyed_folder(Side::source, "INBOX"))), ElementsAre("1=a", "3=c"));
  reopen();
  EXPECT_THAT(get(account_->number_keys(Side::source, "INBOX", {"d", "b", "a"})), ElementsAre(5, 6, 1));
}

std::vector<std::string> lines_of(const std::vector<UniqueIdRecord>& ids) {
  std::vector<std::string> lines;
  for (const UniqueIdRecord& each : ids) {
    lines.push_back(each.id + "=" + std::to_string(each.source_uid) + ">" + std::to_string(each.target_uid));
  }
  return lines;
}

TEST_P(LedgerSuite, UniqueIdsAreInTheServersOrderWithTheirPlacesOnTheTarget) {
  const FolderId inbox = open_folder("INBOX");
  get(account_->restart_folder(inbox, 7, 8));
  get(account_->record(inbox, {item(1, 101), item(2, 102), item(3, 103, Level::withdrawn), item(4, 0)}, {}));
  get(account_->set_unique_ids(inbox, {{"z", 2}, {"same", 1}, {"same", 3}, {"not known", 0}, {"new", 9}, {"a", 4}}));
  const auto expected = ElementsAre("z=2>102", "same=1>101", "same=3>0", "not known=0>0", "new=9>0", "a=4>0");
  EXPECT_THAT(lines_of(get(account_->unique_ids())), expected);
  reopen();
  EXPECT_THAT(lines_of(get(account_->unique_ids())), expected);
  get(account_->set_unique_ids(inbox, {{"only", 1}}));
  EXPECT_THAT(lines_of(get(account_->unique_ids())), ElementsAre("only=1>101"));
  get(account_->set_unique_ids(inbox, {}));
  EXPECT_THAT(get(account_->unique_ids()), IsEmpty());
}

TEST_P(LedgerSuite, UniqueIdsOfAnotherUidValidityAreOfNoMessage) {
  const FolderId inbox = open_folder("INBOX");
  get(account_->restart_folder(inbox, 7, 8));
  get(account_->record(inbox, {item(1, 101)}, {}));
  get(account_->set_unique_ids(inbox, {{"a", 1}}));
  get(account_->restart_source(inbox, 9));
  EXPECT_THAT(lines_of(get(account_->unique_ids())), ElementsAre("a=0>0"));
  get(account_->record(inbox, {item(1, 101)}, {}));
  EXPECT_EQ(get(account_->count_without_unique_id(inbox)), 1U);
}

TEST_P(LedgerSuite, ItemsWithoutAUniqueIdAreAGroupOfProblems) {
  const FolderId inbox = open_folder("INBOX");
  get(account_->restart_folder(inbox, 7, 8));
  get(account_->record(inbox, {item(1, 101), item(2, 102, Level::proven), item(3, 103, Level::withdrawn), item(4, 104)},
                       {problem(inbox, 5)}));
  get(account_->set_unique_ids(inbox, {{"a", 1}, {"b", 0}}));
  const auto groups = [this] { return get(account_->problem_groups()); };
  EXPECT_EQ(groups().size(), 1U) << "nobody has counted";
  EXPECT_EQ(get(account_->count_without_unique_id(inbox)), 2U);
  EXPECT_EQ(groups(), (std::vector<ProblemGroup>{{"refused", 1, false}, {"uidl", 2, false}}));
  get(account_->accept_problems("uidl"));
  reopen();
  EXPECT_EQ(groups(), (std::vector<ProblemGroup>{{"refused", 1, false}, {"uidl", 2, true}}));
  get(account_->record(inbox, {item(6, 106)}, {}));
  EXPECT_EQ(get(account_->count_without_unique_id(inbox)), 3U);
  EXPECT_EQ(groups()[1], (ProblemGroup{"uidl", 3, false}));
  get(account_->set_unique_ids(inbox, {{"a", 1}, {"b", 2}, {"c", 4}, {"d", 6}}));
  EXPECT_EQ(get(account_->count_without_unique_id(inbox)), 0U);
  EXPECT_EQ(groups().size(), 1U);
  EXPECT_EQ(get(account_->counters()).not_moved, 1U) << "it is on the target";
}

}  // namespace
}  // namespace godwit::ledger
