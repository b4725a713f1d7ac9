// SPDX-License-Identifier: Apache-2.0
#include "sync/unique_id_pairing.h"

#include <gmock/gmock.h>

#include <random>

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Known = std::vector<ledger::UniqueIdRecord>;

// A message as both ways show it; `header` tells it from others.
struct Shown {
  std::string id;  // empty: POP3 does not list it
  Uid uid = 0;     // 0: not in INBOX
  std::uint64_t size = 100;
  std::string header;
  std::uint64_t pop3_size = 0;  // 0: the same
  std::string pop3_header = {};  // empty: the same
};

struct Outcome {
  std::vector<Uid> uids;
  std::size_t headers = 0;  // that were read by POP3
};

std::string text_of(const std::string& header) { return header + "\r\n\r\n"; }

Outcome pair(const std::vector<Shown>& pop3, const std::vector<Shown>& imap, const Known& known = {}) {
  std::vector<endpoint::UniqueId> named;
  for (const Shown& each : pop3) named.push_back({each.id, each.pop3_size != 0 ? each.pop3_size : each.size});
  std::vector<InboxMessage> inbox;
  std::map<Uid, std::string> headers;
  for (const Shown& each : imap) {
    inbox.push_back({each.uid, each.size});
    headers[each.uid] = each.header;
  }
  UniqueIdPairing pairing(named, inbox, known);
  Outcome outcome;
  for (bool is_settled = !pairing.needs_headers(); !is_settled; is_settled = pairing.settle()) {
    outcome.headers += pairing.places().size();
    for (const std::size_t place : pairing.places()) {
      const Shown& each = pop3.at(place);
      pairing.note_place(place, mime::name_of_header(text_of(each.pop3_header.empty() ? each.header : each.pop3_header)));
    }
    for (const Uid uid : pairing.uids()) pairing.note_message(uid, mime::name_of_header(text_of(headers.at(uid))));
  }
  outcome.uids = pairing.result();
  return outcome;
}

Outcome pair(const std::vector<Shown>& both) { return pair(both, both); }

TEST(UniqueIdPairing, ByOrderAndSizeWithoutReadingAnything) {
  const Outcome outcome = pair({{"a", 3, 10, "x"}, {"b", 5, 20, "y"}, {"c", 9, 30, "z"}});
  EXPECT_THAT(outcome.uids, ElementsAre(3, 5, 9));
  EXPECT_EQ(outcome.headers, 0U);
  EXPECT_THAT(pair({}).uids, IsEmpty());
}

TEST(UniqueIdPairing, EqualSizesAreLookedAt) {
  const Outcome right = pair({{"a", 3, 10, "x"}, {"b", 5, 10, "y"}, {"c", 9, 30, "z"}});
  EXPECT_THAT(right.uids, ElementsAre(3, 5, 9));
  EXPECT_EQ(right.headers, 2U);
  const std::vector<Shown> imap{{"", 3, 10, "x"}, {"", 5, 10, "y"}, {"", 9, 30, "z"}};
  EXPECT_THAT(pair({{"a", 0, 10, "y"}, {"b", 0, 10, "x"}, {"c", 0, 30, "z"}}, imap).uids, ElementsAre(5, 3, 9)) << "another order";
}

TEST(UniqueIdPairing, OfManyEqualSizesAFewAreLookedAt) {
  std::vector<Shown> many;
  for (Uid uid = 1; uid <= 500; ++uid) many.push_back({std::to_string(uid), uid, 77, "h" + std::to_string(uid)});
  const Outcome outcome = pair(many);
  EXPECT_EQ(outcome.headers, 16U);
  for (std::size_t i = 0; i < many.size(); ++i) EXPECT_EQ(outcome.uids[i], many[i].uid);
  // Shifted by one: the same number of messages of the same sizes, and every one another.
  std::vector<Shown> listed(many.begin(), many.end() - 1), inbox(many.begin() + 1, many.end());
  const Outcome shifted = pair(listed, inbox);
  EXPECT_EQ(shifted.uids.front(), 0U) << "gone from INBOX";
  for (std::size_t i = 1; i < listed.size(); ++i) EXPECT_EQ(shifted.uids[i], listed[i].uid);
}

TEST(UniqueIdPairing, SizesThatDifferInTheirCountingOfLineEnds) {
  const std::vector<Shown> both{{"a", 3, 12, "x", 10}, {"b", 5, 10, "y", 9}, {"c", 9, 33, "z", 30}};
  EXPECT_THAT(pair(both).uids, ElementsAre(3, 5, 9));
}

TEST(UniqueIdPairing, APartOfTheMailbox) {
  const std::vector<Shown> imap{{"", 1, 10, "a"}, {"", 2, 20, "b"}, {"", 3, 30, "c"}, {"", 4, 40, "d"}};
  EXPECT_THAT(pair({{"C", 0, 30, "c"}, {"D", 0, 40, "d"}}, imap).uids, ElementsAre(3, 4));
  EXPECT_THAT(pair({{"A", 0, 10, "a"}, {"X", 0, 50, "x"}, {"D", 0, 40, "d"}}, imap).uids, ElementsAre(1, 0, 4)) << "not in INBOX";
  EXPECT_THAT(pair({}, imap).uids, IsEmpty());
  EXPECT_THAT(pair(imap, {}).uids, ElementsAre(0, 0, 0, 0));
}

TEST(UniqueIdPairing, EqualHeadersInTheirOrder) {
  const std::vector<Shown> imap{{"", 1, 10, "twin"}, {"", 2, 10, "twin"}, {"", 3, 10, "twin"}};
  EXPECT_THAT(pair({{"a", 0, 11, "twin"}, {"b", 0, 11, "twin"}}, imap).uids, ElementsAre(1, 2));
  EXPECT_THAT(pair({{"a", 0, 11, "twin"}, {"b", 0, 11, "twin"}, {"c", 0, 11, "twin"}, {"d", 0, 11, "twin"}}, imap).uids,
              ElementsAre(1, 2, 3, 0));
}

TEST(UniqueIdPairing, HeadersThatAreShownInTwoWaysMeetByMessageId) {
  const std::vector<Shown> imap{{"", 1, 10, "Message-ID: <1@x>"}, {"", 2, 20, "Message-ID: <2@x>"}, {"", 3, 30, "Message-ID: <3@x>"},
                                {"", 4, 40, "Message-ID: <3@x>\r\nX: 1"}};
  const std::vector<Shown> pop3{{"b", 0, 25, "X-More: 1\r\nMessage-Id: <2@x>"}, {"a", 0, 15, "X-More: 1\r\nMessage-Id: <1@x>"},
                                {"c", 0, 30, "X-More: 1\r\nMessage-Id: <3@x>"}};
  EXPECT_THAT(pair(pop3, imap).uids, ElementsAre(2, 1, 0)) << "two messages have the last one's";
}

TEST(UniqueIdPairing, WhatIsKnownNeedsNoHeader) {
  const Known known{{"a", 1}, {"b", 2}, {"c", 3}};
  const std::vector<Shown> imap{{"", 1, 10, "a"}, {"", 3, 10, "c"}, {"", 7, 10, "new"}};
  const Outcome outcome = pair({{"c", 0, 11, "c"}, {"a", 0, 11, "a"}, {"n", 0, 10, "new"}}, imap, known);
  EXPECT_THAT(outcome.uids, ElementsAre(3, 1, 7)) << "in another order, one gone and one new";
  EXPECT_EQ(outcome.headers, 0U) << "one new message whose size fits";
}

TEST(UniqueIdPairing, EqualNamesAreSeveralMessages) {
  const std::vector<Shown> imap{{"", 1, 10, "a"}, {"", 2, 20, "b"}, {"", 3, 30, "c"}};
  EXPECT_THAT(pair({{"same", 0, 10, "a"}, {"same", 0, 20, "b"}, {"same", 0, 30, "c"}}, imap, {{"same", 1}, {"same", 2}}).uids,
              ElementsAre(1, 2, 3));
  const std::vector<Shown> later(imap.begin() + 1, imap.end());
  EXPECT_THAT(pair({{"same", 0, 20, "b"}, {"same", 0, 30, "c"}}, later, {{"same", 1}, {"same", 2}, {"same", 3}}).uids, ElementsAre(2, 3))
      << "the first one is gone";
}

TEST(UniqueIdPairing, OfEqualNamesOneIsNotListed) {
  const std::vector<Shown> imap{{"", 1, 10, "a"}, {"", 2, 20, "b"}, {"", 3, 30, "c"}};
  EXPECT_THAT(pair({{"same", 0, 20, "b"}, {"same", 0, 30, "c"}}, imap, {{"same", 1}, {"same", 2}, {"same", 3}}).uids, ElementsAre(2, 3));
}

TEST(UniqueIdPairing, ARecordOfAMessageThatIsGoneOrUnknownIsNoHelpAndNoHarm) {
  const std::vector<Shown> imap{{"", 5, 10, "a"}, {"", 6, 20, "b"}};
  EXPECT_THAT(pair({{"a", 0, 10, "a"}, {"b", 0, 20, "b"}}, imap, {{"a", 0}, {"b", 4}, {"c", 5}}).uids, ElementsAre(5, 6));
  EXPECT_THAT(pair({{"a", 0, 10, "a"}, {"b", 0, 20, "b"}}, imap, {{"a", 6}, {"b", 6}}).uids, SizeIs(2));
}

// Whatever comes, goes and changes its place between rounds: the right message or none, and all of them where both sides show all.
TEST(UniqueIdPairing, RandomMailboxes) {
  std::mt19937 random(1);
  const auto below = [&](unsigned limit) { return static_cast<std::size_t>(random() % limit); };
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<Shown> imap;
    for (Uid uid = 1; uid <= 40; ++uid) {
      if (below(4) == 0) continue;
      const std::string name = std::to_string(uid);
      imap.push_back({"u" + (below(5) == 0 ? "same" : name), uid, 100 + below(6), "Subject: " + name});
    }
    std::vector<Shown> pop3 = imap;
    const bool shows_all = below(2) == 0;
    if (below(2) == 0) std::ranges::shuffle(pop3, random);
    if (!shows_all) std::erase_if(pop3, [&](const Shown&) { return below(3) == 0; });
    Known known;
    for (const Shown& each : imap) {
      if (each.id != "usame" && below(2) == 0) known.push_back({each.id, each.uid});
    }
    const Outcome outcome = pair(pop3, imap, known);
    for (std::size_t i = 0; i < pop3.size(); ++i) EXPECT_EQ(outcome.uids[i], pop3[i].uid) << "trial " << trial << ", place " << i;
  }
}

}  // namespace
}  // namespace godwit::sync
