// SPDX-License-Identifier: Apache-2.0
#include "endpoint/key_book.h"

#include <gmock/gmock.h>

#include "tests/support/run_task.h"

namespace godwit::endpoint {
namespace {

using testing::ElementsAre;

TEST(MemoryKeyBook, NumbersAreKeptAndNotGivenTwice) {
  const auto book = make_memory_key_book();
  EXPECT_THAT(test::run_task(book->number("INBOX", {"b", "a", "b"})).value(), ElementsAre(1, 2, 1));
  EXPECT_THAT(test::run_task(book->number("Other", {"a"})).value(), ElementsAre(1));
  ASSERT_TRUE(test::run_task(book->forget("INBOX", UidSet({{2, 2}}))));
  EXPECT_THAT(test::run_task(book->number("INBOX", {"a", "b"})).value(), ElementsAre(3, 1));
  const KeyedFolder folder = test::run_task(book->open("INBOX")).value();
  EXPECT_EQ(folder.uid_validity, 1U) << "the next look has the same numbers";
  EXPECT_EQ(folder.uid_next, 4U);
  EXPECT_THAT(folder.messages, ElementsAre(KeyedMessage{1, "b"}, KeyedMessage{3, "a"}));
}

}  // namespace
}  // namespace godwit::endpoint
