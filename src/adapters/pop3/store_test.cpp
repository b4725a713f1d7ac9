// SPDX-License-Identifier: Apache-2.0
#include "adapters/pop3/store.h"

#include <gmock/gmock.h>

#include <boost/asio/this_coro.hpp>

#include "adapters/pop3/spool.h"
#include "base/error_code.h"
#include "tests/support/run_task.h"
#include "tests/support/scripted_stream.h"

namespace godwit::adapters {
namespace {

using testing::ElementsAre;
using Talk = std::function<Task<Result<>>(Pop3Store&)>;

test::Conversation with_store(Talk talk, bool mark_read = false) {
  return [talk = std::move(talk), mark_read](std::unique_ptr<net::Stream> stream) -> Task<Result<>> {
    auto client = std::make_unique<pop3::Client>(std::move(stream));
    GODWIT_CO_CHECK(co_await client->greeting());
    GODWIT_CO_CHECK(co_await client->capa());
    Pop3Store store(std::move(client), mark_read, co_await boost::asio::this_coro::executor);
    auto done = co_await talk(store);
    co_return done;
  };
}

Result<> run(const std::string& script, Talk talk, bool mark_read = false) {
  return test::run_task(with_store(std::move(talk), mark_read)(std::make_unique<test::ScriptedStream>(test::Script::parse(script))));
}

std::vector<std::string> keys_of(const std::vector<ListedMessage>& messages) {
  std::vector<std::string> keys;
  for (const ListedMessage& each : messages) keys.push_back(each.key);
  return keys;
}

Task<Result<std::string>> text_of(Pop3Store& store, const ListedMessage& message) {
  GODWIT_CO_TRY(const auto opened, co_await store.open("INBOX", message));
  std::string text;
  while (true) {
    GODWIT_CO_TRY(const auto piece, co_await opened->read());
    if (piece.empty()) break;
    text.append(piece.data(), piece.size());
  }
  EXPECT_EQ(text.size(), opened->size());
  co_return text;
}

// A greeting, and the capabilities "UIDL" and those named.
std::string begin(std::string_view more = "") { return "S: +OK ready\nC: CAPA\nS: +OK\nS: UIDL\nS: TOP\n" + std::string(more) + "S: .\n"; }
const std::string farewell = "C: QUIT\nS: +OK\n";

TEST(Pop3Store, EqualUidlsAreSeveralMessages) {
  const auto done = run(begin() + R"(
C: LIST
S: +OK
S: 1 10
S: 2 20
S: 3 30
S: 5 50
S: .
C: UIDL
S: +OK
S: 1 a
S: 2 b
S: 3 a
S: 4 gone
S: 5 a
S: .
)" + farewell,
                        [](Pop3Store& store) -> Task<Result<>> {
                          GODWIT_CO_TRY(const auto listed, co_await store.list("INBOX"));
                          EXPECT_THAT(keys_of(listed), ElementsAre("a", "b", "a #2", "a #3"));
                          EXPECT_EQ(listed[1].size, 20U);
                          EXPECT_EQ(listed[0].flags, MessageFlags());
                          GODWIT_CO_TRY(const auto again, co_await store.list("INBOX"));
                          EXPECT_EQ(again.size(), 4U) << "listed once";
                          co_return Result<>{};
                        });
  EXPECT_TRUE(done) << describe(done.error());
}

TEST(Pop3Store, AllArriveReadByOrder) {
  const auto done = run(begin() + "C: LIST\nS: +OK\nS: 1 10\nS: .\nC: UIDL\nS: +OK\nS: 1 a\nS: .\n" + farewell,
                        [](Pop3Store& store) -> Task<Result<>> {
                          GODWIT_CO_TRY(const auto listed, co_await store.list("INBOX"));
                          EXPECT_EQ(listed.at(0).flags.to_string(), "\\Seen");
                          co_return Result<>{};
                        },
                        true);
  EXPECT_TRUE(done) << describe(done.error());
}

// The server tells no UIDL for the second; its Status may change.
TEST(Pop3Store, MessagesWithoutUidlAreKnownByTheirHeader) {
  std::vector<std::string> keys;
  for (const std::string_view status : {"S: Status: O\n", "S: STATUS: RO\nS:  and\n", ""}) {
    const auto done = run(begin() + "C: LIST\nS: +OK\nS: 1 10\nS: 2 20\nS: 3 20\nS: .\nC: UIDL\nS: +OK\nS: 1 a\nS: 2\nS: .\n" +
                              "C: TOP 2 0\nS: +OK\nS: Subject: x\n" + std::string(status) + "S: To: y\nS:\nS: .\n" +
                              "C: TOP 3 0\nS: +OK\nS: Subject: x\nS: To: y\nS:\nS: .\n" + farewell,
                          [&](Pop3Store& store) -> Task<Result<>> {
                            GODWIT_CO_TRY(const auto listed, co_await store.list("INBOX"));
                            const auto found = keys_of(listed);
                            EXPECT_EQ(found[0], "a");
                            EXPECT_EQ(found[2], found[1] + " #2");
                            keys.push_back(found[1]);
                            co_return Result<>{};
                          });
    ASSERT_TRUE(done) << describe(done.error());
  }
  EXPECT_THAT(keys, ElementsAre(fingerprint_of("Subject: x\r\nTo: y\r\n", 20), keys[0], keys[0]));
  EXPECT_NE(keys[0], fingerprint_of("Subject: x\r\nTo: y\r\n", 21));
  EXPECT_NE(keys[0], fingerprint_of("Subject: X\r\nTo: y\r\n", 20));
}

TEST(Pop3Store, WithoutTopTheMessagesAreReadForTheirNames) {
  const auto done = run(R"(
S: +OK ready
C: CAPA
S: -ERR unknown command
C: LIST
S: +OK
S: 1 10
S: .
C: UIDL
S: -ERR unknown command
C: TOP 1 0
S: -ERR unknown command
C: RETR 1
S: +OK
S: Subject: x
S:
S: body
S: .
)" + farewell,
                        [](Pop3Store& store) -> Task<Result<>> {
                          GODWIT_CO_TRY(const auto listed, co_await store.list("INBOX"));
                          EXPECT_THAT(keys_of(listed), ElementsAre(fingerprint_of("Subject: x\r\n", 10)));
                          co_return Result<>{};
                        });
  EXPECT_TRUE(done) << describe(done.error());
}

TEST(Pop3Store, UidlThatIsAnnouncedAndRefusedIsAnError) {
  const std::string script = begin() + "C: LIST\nS: +OK\nS: 1 10\nS: .\nC: UIDL\nS: -ERR not now\n" + farewell;
  const auto done = run(script, [](Pop3Store& store) -> Task<Result<>> {
    const auto listed = co_await store.list("INBOX");
    EXPECT_FALSE(listed) << "all messages would be new ones";
    if (!listed) EXPECT_EQ(listed.error().code, codes::response_malformed.number);
    co_return Result<>{};
  });
  EXPECT_TRUE(done) << describe(done.error());
}

TEST(Pop3Store, ANumberTwiceIsAnError) {
  const std::string script = begin() + "C: LIST\nS: +OK\nS: 1 10\nS: 1 10\nS: .\nC: UIDL\nS: +OK\nS: .\n" + farewell;
  const auto done = run(script, [](Pop3Store& store) -> Task<Result<>> {
    EXPECT_FALSE(co_await store.list("INBOX"));
    co_return Result<>{};
  });
  EXPECT_TRUE(done) << describe(done.error());
}

const std::string three = "C: LIST\nS: +OK\nS: 1 10\nS: 2 20\nS: 3 30\nS: .\nC: UIDL\nS: +OK\nS: 1 a\nS: 2 b\nS: 3 c\nS: .\n";

TEST(Pop3Store, WhatIsExpectedIsAskedForAheadWherePipeliningIsAnnounced) {
  const Talk talk = [](Pop3Store& store) -> Task<Result<>> {
    GODWIT_CO_TRY(const auto listed, co_await store.list("INBOX"));
    store.expect("INBOX", listed);
    for (const ListedMessage& each : listed) {
      const auto text = co_await text_of(store, each);
      if (each.key == "b") {
        EXPECT_EQ(text.error().kind, ErrorKind::not_found);
      } else if (!text) {
        co_return std::unexpected(text.error());
      } else {
        EXPECT_EQ(*text, "Date: x\r\n\r\n" + each.key + "\r\n");
      }
    }
    co_return Result<>{};
  };
  const std::string first = "S: +OK\nS: Date: x\nS:\nS: a\nS: .\n", second = "S: -ERR no such message\n";
  const std::string third = "S: +OK\nS: Date: x\nS:\nS: c\nS: .\n";
  const auto ahead = run(begin("S: PIPELINING\n") + three + "C: RETR 1\nC: RETR 2\nC: RETR 3\n" + first + second + third + farewell, talk);
  EXPECT_TRUE(ahead) << describe(ahead.error());
  const auto singly = run(begin() + three + "C: RETR 1\n" + first + "C: RETR 2\n" + second + "C: RETR 3\n" + third + farewell, talk);
  EXPECT_TRUE(singly) << describe(singly.error());
}

TEST(Pop3Store, WhatWasAskedForAndIsNotWantedIsPassedOver) {
  const auto done = run(begin("S: PIPELINING\n") + three + "C: RETR 1\nC: RETR 2\nC: RETR 3\n" +
                            "S: +OK\nS: a\nS: .\nS: +OK\nS: b\nS: .\nS: +OK\nS: c\nS: .\nC: RETR 2\nS: +OK\nS: b\nS: .\n" + farewell,
                        [](Pop3Store& store) -> Task<Result<>> {
                          GODWIT_CO_TRY(const auto listed, co_await store.list("INBOX"));
                          store.expect("INBOX", listed);
                          GODWIT_CO_TRY(const std::string first, co_await text_of(store, listed[0]));
                          GODWIT_CO_TRY(const std::string third, co_await text_of(store, listed[2]));
                          GODWIT_CO_TRY(const std::string second, co_await text_of(store, listed[1]));
                          EXPECT_EQ(first + second + third, "a\r\nb\r\nc\r\n");
                          co_return Result<>{};
                        });
  EXPECT_TRUE(done) << describe(done.error());
}

TEST(Pop3Store, ServersThatRemoveWhatWasReadHearNoQuit) {
  for (const char* const expire : {"S: EXPIRE 0\n", "S: EXPIRE 0 USER\n"}) {
    const auto done = run(begin(expire), [](Pop3Store&) -> Task<Result<>> { co_return Result<>{}; });
    EXPECT_TRUE(done);
  }
  EXPECT_TRUE(run(begin("S: EXPIRE NEVER\n") + farewell, [](Pop3Store&) -> Task<Result<>> { co_return Result<>{}; }));
}

TEST(Pop3Store, FactsAreThoseOfTheServer) {
  const std::string script = begin("S: IMPLEMENTATION Shlemazle-Plotz-v302\nS: LOGIN-DELAY 900\n") + farewell;
  const auto done = run(script, [](Pop3Store& store) -> Task<Result<>> {
    GODWIT_CO_TRY(const auto facts, co_await store.facts());
    EXPECT_EQ(facts.software, "Shlemazle-Plotz-v302");
    EXPECT_THAT(facts.capabilities, ElementsAre("IMPLEMENTATION Shlemazle-Plotz-v302", "LOGIN-DELAY 900", "TOP", "UIDL"));
    GODWIT_CO_TRY(const auto folders, co_await store.folders());
    EXPECT_TRUE(folders.at(0).path.is_inbox());
    co_return Result<>{};
  });
  EXPECT_TRUE(done) << describe(done.error());
}

TEST(Pop3Store, DelaysAndExpiryAreACaveat) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases{
      {"", {}},
      {"S: EXPIRE NEVER\n", {}},
      {"S: LOGIN-DELAY 0\n", {}},
      {"S: LOGIN-DELAY\nS: EXPIRE\n", {}},
      {"S: LOGIN-DELAY 900\n", {"900 s between two logins"}},
      {"S: LOGIN-DELAY 900 USER\nS: EXPIRE 30 USER\n", {"900 s between two logins", "keeps messages for 30 days"}},
      {"S: EXPIRE 0\n", {"may remove what was read"}},
  };
  for (const auto& [announced, words] : cases) {
    const std::string end = announced.contains("EXPIRE 0") ? "" : farewell;
    const auto done = run(begin(std::string_view(announced)) + end, [&](Pop3Store& store) -> Task<Result<>> {
      if (words.empty()) EXPECT_EQ(store.caveat(), "") << announced;
      for (const std::string& word : words) EXPECT_THAT(store.caveat(), testing::HasSubstr(word)) << announced;
      co_return Result<>{};
    });
    EXPECT_TRUE(done) << announced;
  }
}

test::Conversation with_client(std::function<Task<Result<>>(pop3::Client&)> talk) {
  return [talk = std::move(talk)](std::unique_ptr<net::Stream> stream) -> Task<Result<>> {
    pop3::Client client(std::move(stream));
    GODWIT_CO_CHECK(co_await client.greeting());
    GODWIT_CO_CHECK(co_await client.capa());
    co_return co_await talk(client);
  };
}

TEST(Maildrop, UidlsAndHeadersWithoutReadingAMessage) {
  const std::string script = begin("S: PIPELINING\n") + R"(
C: LIST
S: +OK
S: 1 10
S: 3 30
S: 4 40
S: .
C: UIDL
S: +OK
S: 1 same
S: 4 same
S: .
C: TOP 4 0
C: TOP 3 0
C: TOP 1 0
S: +OK
S: Subject: four
S: 
S: .
S: -ERR no
S: +OK
S: Subject: one
S: .
)";
  const auto talk = with_client([](pop3::Client& client) -> Task<Result<>> {
    GODWIT_CO_TRY(const auto drop, co_await list_unique_ids(client));
    std::vector<std::string> lines;
    for (const DropMessage& each : drop) lines.push_back(std::to_string(each.number) + " " + std::to_string(each.size) + " " + each.key);
    EXPECT_THAT(lines, ElementsAre("1 10 same", "3 30 ", "4 40 same"));
    const std::array<std::uint32_t, 3> numbers{4, 3, 1};
    std::vector<std::string> headers;
    GODWIT_CO_CHECK(co_await read_headers(client, numbers, [&](std::size_t index, std::string_view header) {
      headers.push_back(std::to_string(index) + " " + std::string(header));
    }));
    EXPECT_THAT(headers, ElementsAre("0 Subject: four\r\n", "2 Subject: one\r\n"));
    co_return Result<>{};
  });
  test::play_in_every_delivery(test::Script::parse(script), talk);
}

TEST(SpooledMessage, GoesToAFileBeyondItsLimit) {
  for (const std::size_t size : {0U, 10U, 11U, 3'000'000U}) {
    SpooledMessage message(10);
    std::string whole;
    for (std::size_t i = 0; i < size; ++i) whole += static_cast<char>('a' + i % 23);
    for (std::size_t i = 0; i < size; i += 7'001) ASSERT_TRUE(message.append(std::string_view(whole).substr(i, 7'001)));
    EXPECT_EQ(message.is_in_file(), size > 10);
    EXPECT_EQ(message.size(), size);
    EXPECT_EQ(message.beginning(), std::string_view(whole).substr(0, 65'536));
    std::string read;
    while (true) {
      const auto piece = test::run_task(message.read()).value();
      if (piece.empty()) break;
      EXPECT_LE(piece.size(), 1U << 20U);
      read.append(piece.data(), piece.size());
    }
    EXPECT_TRUE(read == whole) << size;
  }
}

}  // namespace
}  // namespace godwit::adapters
