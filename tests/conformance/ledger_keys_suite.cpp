// SPDX-License-Identifier: Apache-2.0
// Numbers of messages that a side knows by names.
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

}  // namespace
}  // namespace godwit::ledger
