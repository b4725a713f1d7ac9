// SPDX-License-Identifier: Apache-2.0
// The client against scripts: every conversation whole, step by step, byte by byte, cut at random, and failing at each step.
#include "imap/client.h"

#include <gmock/gmock.h>

#include "imap/test_talk.h"
#include "tests/support/run_task.h"
#include "tests/support/scripted_stream.h"

namespace godwit::imap {
namespace {

using test::run_task;
using test::Script;
using test::ScriptedStream;
using test::ScriptOptions;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

#define EXPECT_KIND(result, expected_kind)                                           \
  do {                                                                               \
    const auto& kind_result = (result);                                              \
    EXPECT_FALSE(kind_result);                                                       \
    if (!kind_result) EXPECT_EQ(kind_result.error().kind, ErrorKind::expected_kind); \
  } while (false)

TEST(ClientTest, LoginAndInventory) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 SASL-IR] ready
C: A0001 AUTHENTICATE PLAIN AGFsaWNlAHB3
S: A0001 OK [CAPABILITY IMAP4rev1 ID ENABLE NAMESPACE LIST-EXTENDED LIST-STATUS SPECIAL-USE CONDSTORE] in
C: A0002 ID ("name" "godwit")
C: A0003 NAMESPACE
C: A0004 LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ))
C: A0005 STATUS "INBOX" (MESSAGES UIDNEXT UIDVALIDITY)
S: * ID ("name" "Dovecot")
S: A0002 OK done
S: * NAMESPACE (("" ".")) NIL NIL
S: A0003 OK done
S: * LIST (\Subscribed \Sent) "." Sent
S: * STATUS Sent (MESSAGES 4 UIDNEXT 5 UIDVALIDITY 6 HIGHESTMODSEQ 7)
S: A0004 OK done
S: * STATUS INBOX (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3)
S: A0005 OK done
)",
       [](Client& client) -> Task<Result<>> {
         GODWIT_CO_CHECK(co_await client.authenticate(sasl::make_plain({.authentication = "alice", .secret = Secret("pw")})));
         EXPECT_TRUE(client.capabilities().has("LIST-STATUS"));
         auto id = client.id({{"name", "godwit"}});
         auto names = client.namespace_();
         ListOptions options;
         options.status = options.subscribed = options.special_use = true;
         auto list = client.list("", "*", options);
         auto status = client.status("INBOX", false);
         GODWIT_CO_TRY(const auto fields, co_await id.wait());
         EXPECT_EQ(fields.at(0).second, "Dovecot");
         GODWIT_CO_TRY(const auto told, co_await names.wait());
         EXPECT_EQ(told.personal.at(0).separator, '.');
         GODWIT_CO_TRY(const auto listed, co_await list.wait());
         EXPECT_EQ(listed.mailboxes.at(0).mailbox, "Sent");
         EXPECT_EQ(listed.statuses.at(0).highest_modseq, 7U);
         GODWIT_CO_TRY(const auto inbox, co_await status.wait());
         EXPECT_EQ(inbox.uid_next, 2U);
         co_return Result<>();
       });
}

TEST(ClientTest, QuotasAreThoseOfTheirCommand) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 QUOTA] Dovecot (Debian) ready.
C: A0001 GETQUOTAROOT "INBOX"
C: A0002 GETQUOTAROOT "Sent"
C: A0003 GETQUOTAROOT "x"
S: * QUOTAROOT INBOX "User quota" "domain"
S: * QUOTA "User quota" (STORAGE 10 512 MESSAGE 3 1000)
S: * QUOTA domain ()
S: A0001 OK done
S: * QUOTAROOT Sent
S: A0002 OK done
S: A0003 NO [NOPERM] not yours
)",
       [](Client& client) -> Task<Result<>> {
         EXPECT_EQ(client.greeting_text(), "Dovecot (Debian) ready.");
         auto inbox = client.get_quota_root("INBOX"), sent = client.get_quota_root("Sent"), other = client.get_quota_root("x");
         GODWIT_CO_TRY(const auto quotas, co_await inbox.wait());
         EXPECT_EQ(quotas.size(), 2U);
         EXPECT_EQ(quotas.at(0).root, "User quota");
         EXPECT_EQ(quotas.at(0).resources.at(1).name, "MESSAGE");
         EXPECT_EQ(quotas.at(0).resources.at(1).limit, 1000U);
         EXPECT_TRUE(quotas.at(1).resources.empty());
         GODWIT_CO_TRY(const auto none, co_await sent.wait());
         EXPECT_TRUE(none.empty());
         co_return expect_kind(co_await other.wait(), ErrorKind::refused);
       });
}

Task<Result<std::vector<FetchedMessage>>> all_of(FetchCommand& fetch) {
  std::vector<FetchedMessage> messages;
  while (true) {
    GODWIT_CO_TRY(auto message, co_await fetch.next());
    if (!message) co_return messages;
    if (message->body_kind == FetchedMessage::Body::streamed) {
      while (true) {
        GODWIT_CO_TRY(const std::span<const char> piece, co_await fetch.read_body());
        if (piece.empty()) break;
        message->body.append(piece.data(), piece.size());
      }
    }
    messages.push_back(std::move(*message));
  }
}

Script fetch_conversation() {
  // Built by hand: the bodies' line ends belong to them.
  Script script;
  script.server("* OK ready\r\n");
  script.client(
      "A0001 EXAMINE \"INBOX\"\r\nA0002 UID FETCH 1:3 (UID FLAGS INTERNALDATE BODY.PEEK[])\r\nA0003 UID FETCH 9 (UID "
      "BODY.PEEK[])\r\n");
  script.server("* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] .\r\n* 3 EXISTS\r\n* OK [UIDVALIDITY 11] .\r\n");
  script.server("* OK [UIDNEXT 12] .\r\n* OK [HIGHESTMODSEQ 13] .\r\nA0001 OK [READ-ONLY] done\r\n");
  script.server("* 1 FETCH (UID 1 FLAGS (\\Seen) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" BODY[] {6}\r\na\r\nb\r\n)\r\n");
  script.server(
      "* 77 FETCH (UID 44 BODY[] {2}\r\n)\r)\r\n* 2 FETCH (FLAGS (\\Deleted))\r\n* 2 FETCH (UID 2 FLAGS (\\Deleted))\r\n");
  script.server(
      "* 4 EXISTS\r\n* 2 FETCH (BODY[] {3}\r\nxyz UID 2)\r\n* 3 EXPUNGE\r\n* 3 FETCH (UID 3 BODY[] NIL)\r\nA0002 OK "
      "done\r\n");
  script.server("* 4 FETCH (UID 9 BODY[] {12}\r\n0123456789\r\n FLAGS (\\Seen))\r\nA0003 OK done\r\n");
  return script;
}

Talk fetch_talk() {
  return [](Client& client) -> Task<Result<>> {
    auto examine = client.examine("INBOX");
    FetchItems items;
    items.flags = items.internal_date = items.body = true;
    auto first = client.uid_fetch(UidSet::of_range(1, 3), items);
    FetchItems body;
    body.body = true;
    auto second = client.uid_fetch(UidSet::of_range(9, 9), body);
    GODWIT_CO_TRY(const SelectData selected, co_await examine.wait());
    EXPECT_EQ(selected.exists, 3U);
    EXPECT_EQ(selected.uid_validity, 11U);
    EXPECT_EQ(selected.uid_next, 12U);
    EXPECT_EQ(selected.highest_modseq, 13U);
    EXPECT_TRUE(selected.read_only);
    EXPECT_THAT(selected.permanent_flags.value(), ElementsAre("\\Seen", "\\*"));
    GODWIT_CO_TRY(const auto messages, co_await all_of(first));
    EXPECT_EQ(messages.size(), 3U);
    if (messages.size() != 3) co_return Result<>();
    EXPECT_EQ(messages[0].uid, 1U);
    EXPECT_EQ(messages[0].body, "a\r\nb\r\n");
    EXPECT_EQ(messages[0].flags.to_string(), "\\Seen");
    EXPECT_EQ(messages[0].internal_date, "17-Jul-1996 02:44:25 -0700");
    EXPECT_EQ(messages[1].uid, 2U);
    EXPECT_EQ(messages[1].body, "xyz");
    EXPECT_EQ(messages[2].body_kind, FetchedMessage::Body::nil);
    GODWIT_CO_TRY(const auto last, co_await all_of(second));
    EXPECT_EQ(last.size(), 1U);
    if (!last.empty()) EXPECT_EQ(last[0].body, "0123456789\r\n");
    GODWIT_CO_TRY(const auto nothing, co_await second.next());
    EXPECT_FALSE(nothing);
    co_return Result<>();
  };
}

TEST(ClientTest, PipelinedFetch) {
  test::play_in_every_delivery(fetch_conversation(), with_client(fetch_talk()), 20, pipelined());
  test::play_failing_at_every_step(fetch_conversation(), with_client(fetch_talk()), test::expect_network_error, pipelined());
}

TEST(ClientTest, StreamedBody) {
  ClientOptions options;
  options.whole_body_limit = 11;  // the last one is larger
  test::play_in_every_delivery(fetch_conversation(), with_client(fetch_talk(), options), 20, pipelined());
}

TEST(ClientTest, RestOfAStreamedBodyIsSkipped) {
  ClientOptions options;
  options.whole_body_limit = 1;
  Script script;
  script.server("* OK ready\r\n").client("A0001 UID FETCH 1:2 (UID BODY.PEEK[])\r\n");
  script.server("* 1 FETCH (UID 1 BODY[] {5}\r\n12345)\r\n* 2 FETCH (UID 2 BODY[] {4}\r\nabcd)\r\nA0001 OK done\r\n");
  test::play_in_every_delivery(script, with_client(
                                           [](Client& client) -> Task<Result<>> {
                                             FetchItems items;
                                             items.body = true;
                                             auto fetch = client.uid_fetch(UidSet::of_range(1, 2), items);
                                             GODWIT_CO_TRY(const auto first, co_await fetch.next());
                                             EXPECT_EQ(first.value().body_size, 5U);
                                             GODWIT_CO_CHECK(co_await fetch.read_body());
                                             GODWIT_CO_TRY(const auto second, co_await fetch.next());
                                             EXPECT_EQ(second.value().uid, 2U);
                                             GODWIT_CO_TRY(const auto end, co_await fetch.next());
                                             EXPECT_FALSE(end);
                                             co_return Result<>();
                                           },
                                           options));
}

TEST(ClientTest, LabelsAreAskedForWhereTheServerHasThem) {
  Script script;
  script.server("* OK [CAPABILITY IMAP4rev1 X-GM-EXT-1] ready\r\n").client("A0001 UID FETCH 1 (UID FLAGS X-GM-MSGID X-GM-LABELS)\r\n");
  script.server("* 1 FETCH (X-GM-MSGID 12 X-GM-LABELS (\"\\\\Inbox\" Work {3}\r\na)b) UID 1 FLAGS (\\Seen))\r\nA0001 OK done\r\n");
  test::play_in_every_delivery(script, with_client([](Client& client) -> Task<Result<>> {
                                 const FetchItems items{.flags = true, .object_id = true, .labels = true};
                                 auto fetch = client.uid_fetch(UidSet::of_range(1, 1), items);
                                 GODWIT_CO_TRY(const auto first, co_await fetch.next());
                                 EXPECT_EQ(first.value().labels, (std::vector<std::string>{"\\Inbox", "Work", "a)b"}));
                                 EXPECT_EQ(first.value().flags.system, MessageFlags::seen);
                                 GODWIT_CO_TRY(const auto end, co_await fetch.next());
                                 EXPECT_FALSE(end);
                                 co_return Result<>();
                               }));
}

TEST(ClientTest, MessagesAreAskedForTheirNamesWhereTheServerHasThem) {
  const std::map<std::string, std::string> cases{{"IMAP4rev1 OBJECTID", " EMAILID"}, {"IMAP4rev1 X-GM-EXT-1", " X-GM-MSGID"}, {"IMAP4rev1", ""}};
  for (const auto& [capabilities, item] : cases) {
    Script script;
    script.server("* OK [CAPABILITY " + capabilities + "] ready\r\n").client("A0001 UID FETCH 1 (UID" + item + ")\r\n");
    script.server("* 1 FETCH (UID 1 EMAILID (M7))\r\nA0001 OK done\r\n");
    test::play_in_every_delivery(script, with_client([](Client& client) -> Task<Result<>> {
                                   auto fetch = client.uid_fetch(UidSet::of_range(1, 1), {.object_id = true});
                                   GODWIT_CO_TRY(const auto first, co_await fetch.next());
                                   EXPECT_EQ(first.value().object_id, "M7");
                                   GODWIT_CO_TRY(const auto end, co_await fetch.next());
                                   EXPECT_FALSE(end);
                                   co_return Result<>();
                                 }));
  }
}

TEST(ClientTest, HeadersAlone) {
  Script script;
  script.server("* OK ready\r\n").client("A0001 UID FETCH 1:2 (UID FLAGS BODY.PEEK[HEADER])\r\n");
  script.server("* 1 FETCH (UID 1 FLAGS () BODY[HEADER] {8}\r\nA: 1\r\n\r\n)\r\n");
  script.server("* 2 FETCH (UID 2 FLAGS () BODY[HEADER] \"\")\r\nA0001 OK done\r\n");
  test::play_in_every_delivery(script, with_client([](Client& client) -> Task<Result<>> {
                                 auto fetch = client.uid_fetch(UidSet::of_range(1, 2), {.flags = true, .header = true});
                                 GODWIT_CO_TRY(const auto first, co_await fetch.next());
                                 EXPECT_EQ(first.value().body, "A: 1\r\n\r\n");
                                 GODWIT_CO_TRY(const auto second, co_await fetch.next());
                                 EXPECT_EQ(second.value().body, "");
                                 co_return Result<>();
                               }));
}

TEST(ClientTest, FetchRefusedInTheMiddle) {
  Script script;
  script.server("* OK ready\r\n").client("A0001 UID FETCH 1:2 (UID BODY.PEEK[])\r\n");
  script.server("* 1 FETCH (UID 1 BODY[] {1}\r\nx)\r\nA0001 NO [SERVERBUG] broken\r\n");
  test::play_in_every_delivery(script, with_client([](Client& client) -> Task<Result<>> {
                                 FetchItems items;
                                 items.body = true;
                                 auto fetch = client.uid_fetch(UidSet::of_range(1, 2), items);
                                 GODWIT_CO_TRY(const auto first, co_await fetch.next());
                                 EXPECT_EQ(first.value().body, "x");
                                 EXPECT_KIND(co_await fetch.next(), unavailable);
                                 GODWIT_CO_TRY(const auto end, co_await fetch.next());
                                 EXPECT_FALSE(end);
                                 co_return Result<>();
                               }));
}

TEST(ClientTest, DroppedHandlesAreReadAndDropped) {
  Script script;
  script.server("* OK ready\r\n")
      .client("A0001 UID FETCH 1 (UID BODY.PEEK[])\r\nA0002 STATUS \"a\" (MESSAGES UIDNEXT UIDVALIDITY)\r\nA0003 NOOP\r\n");
  script.server(
      "* 1 FETCH (UID 1 BODY[] {1}\r\nx)\r\nA0001 OK .\r\n* STATUS a (MESSAGES 1)\r\nA0002 NO gone\r\nA0003 OK .\r\n");
  test::play_in_every_delivery(script, with_client([](Client& client) -> Task<Result<>> {
                                 FetchItems items;
                                 items.body = true;
                                 { const auto fetch = client.uid_fetch(UidSet::of_range(1, 1), items); }
                                 { const auto status = client.status("a", false); }
                                 auto noop = client.noop();
                                 GODWIT_CO_CHECK(co_await noop.wait());
                                 co_return Result<>();
                               }),
                               10, pipelined());
}

TEST(ClientTest, LongSetsGoOutAsSeveralCommands) {
  UidSet uids;
  for (Uid uid = 1; uid < 6000; uid += 2) uids.add(uid);
  const std::string text = uids.to_string();
  const std::size_t cut = text.rfind(',', 7800);
  Script script;
  script.server("* OK ready\r\n");
  script.client("A0001 UID FETCH " + text.substr(0, cut) + " (UID)\r\nA0002 UID FETCH " + text.substr(cut + 1) +
                " (UID)\r\n");
  script.server("* 1 FETCH (UID 1)\r\nA0001 OK .\r\n* 2 FETCH (UID 5999)\r\nA0002 OK .\r\n");
  test::play_in_every_delivery(script, with_client([&](Client& client) -> Task<Result<>> {
                                 auto fetch = client.uid_fetch(uids, {});
                                 GODWIT_CO_TRY(const auto messages, co_await all_of(fetch));
                                 EXPECT_EQ(messages.size(), 2U);
                                 co_return Result<>();
                               }),
                               3, pipelined());
}

TEST(ClientTest, Search) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 ESEARCH] ready
C: A0001 UID SEARCH RETURN (ALL) ALL
S: * ESEARCH (TAG "A0001") UID ALL 1:3
S: A0001 OK done
C: A0002 UID SEARCH ALL
S: * SEARCH 5 4
S: * SEARCH 9
S: A0002 OK done
C: A0003 UID STORE 4:5 +FLAGS.SILENT (\Seen a)
S: * 1 FETCH (FLAGS (\Seen) UID 4)
S: A0003 OK done
)",
       [](Client& client) -> Task<Result<>> {
         auto with = client.uid_search("ALL");
         GODWIT_CO_TRY(const UidSet one, co_await with.wait());
         EXPECT_EQ(one.to_string(), "1:3");
         client.disable("ESEARCH");
         auto without = client.uid_search("ALL");
         GODWIT_CO_TRY(const UidSet two, co_await without.wait());
         EXPECT_EQ(two.to_string(), "4:5,9");
         MessageFlags flags;
         flags.add("\\Seen");
         flags.add("a");
         auto store = client.uid_store(UidSet::of_range(4, 5), "+FLAGS.SILENT", flags);
         GODWIT_CO_CHECK(co_await store.wait());
         auto none = client.uid_store({}, "+FLAGS.SILENT", flags);
         GODWIT_CO_CHECK(co_await none.wait());
         co_return Result<>();
       });
}

TEST(ClientTest, FetchTellsWhatVanished) {
  play(R"(
S: * PREAUTH ready
C: A0001 UID FETCH 1:90 (UID FLAGS) (CHANGEDSINCE 715 VANISHED)
S: * VANISHED (EARLIER) 3:5,9
S: * 40 FETCH (UID 51 FLAGS (\Seen) MODSEQ (717))
S: * VANISHED 51
S: A0001 OK done
)", [](Client& client) -> Task<Result<>> {
    auto fetch = client.uid_fetch(UidSet::of_range(1, 90), {.flags = true}, 715, true);
    GODWIT_CO_TRY(const auto message, co_await fetch.next());
    EXPECT_TRUE(message && message->uid == 51);
    GODWIT_CO_TRY(const auto end, co_await fetch.next());
    EXPECT_FALSE(end);
    EXPECT_EQ(fetch.vanished().to_string(), "3:5,9");
    co_return Result<>{};
  });
}

TEST(ClientTest, CopyMoveExpungeRename) {
  play(R"(
S: * PREAUTH [CAPABILITY IMAP4rev1 UIDPLUS MOVE] ready
C: A0001 UID COPY 2:3 "Sent"
S: A0001 OK [COPYUID 77 2:3 8:9] done
C: A0002 UID MOVE 4,7 "Sent"
S: * OK [COPYUID 77 4,7 10:11] moved
S: * 4 EXPUNGE
S: * 6 EXPUNGE
S: A0002 OK done
C: A0003 UID EXPUNGE 2:3
S: * 2 EXPUNGE
S: A0003 OK done
C: A0004 RENAME "Old" "New"
S: A0004 NO [NONEXISTENT] there is none
)", [](Client& client) -> Task<Result<>> {
    GODWIT_CO_TRY(const auto copied, co_await client.uid_copy(UidSet::of_range(2, 3), "Sent").wait());
    EXPECT_EQ(copied.destination_of(3), 9U);
    UidSet two;
    two.add(4);
    two.add(7);
    GODWIT_CO_TRY(const auto moved, co_await client.uid_move(two, "Sent").wait());
    EXPECT_EQ(moved.destination_of(7), 11U);
    EXPECT_EQ(moved.destination_of(5), std::nullopt);
    GODWIT_CO_CHECK(co_await client.uid_expunge(UidSet::of_range(2, 3)).wait());
    const auto renamed = co_await client.rename("Old", "New").wait();
    co_return expect_kind(renamed, ErrorKind::not_found);
  });
}

TEST(ClientTest, UnselectWithoutTheExtension) {
  play(R"(
S: * OK ready
C: A0001 EXAMINE "godwit&AKA-unselect&AKA-no such mailbox"
S: A0001 NO no such mailbox
)",
       [](Client& client) -> Task<Result<>> {
         auto unselect = client.unselect();
         GODWIT_CO_CHECK(co_await unselect.wait());
         co_return Result<>();
       });
}

TEST(ClientTest, GreetingThatIsABye) {
  Script script = Script::parse("S: * BYE [UNAVAILABLE] come back later\n");
  Client client(std::make_unique<ScriptedStream>(script), {});
  const auto greeting = run_task(client.greeting());
  EXPECT_KIND(greeting, unavailable);
  EXPECT_EQ(greeting.error().server_text, "[UNAVAILABLE] come back later");
}

TEST(ClientTest, GreetingOfAnotherProtocol) {
  Script script = Script::parse("S: +OK POP3 ready\n");
  Client client(std::make_unique<ScriptedStream>(script), {});
  EXPECT_KIND(run_task(client.greeting()), syntax);
}

TEST(ClientTest, ByeEndsTheSessionForAllHandles) {
  Script script = Script::parse("S: * OK ready\nC: A0001 NOOP\nC: A0002 NOOP\nS: A0001 OK done\nS: * BYE Autologout\n");
  test::play_in_every_delivery(script, with_client([](Client& client) -> Task<Result<>> {
                                 auto one = client.noop();
                                 auto two = client.noop();
                                 const auto second = co_await two.wait();
                                 EXPECT_KIND(second, network);
                                 EXPECT_EQ(second.error().server_text, "Autologout");
                                 GODWIT_CO_CHECK(co_await one.wait());
                                 auto three = client.noop();
                                 EXPECT_EQ((co_await three.wait()).error(), second.error());
                                 co_return Result<>();
                               }),
                               10, pipelined());
}

TEST(ClientTest, Logout) {
  play("S: * OK ready\nC: A0001 LOGOUT\nS: * BYE bye\nS: A0001 OK done\n", [](Client& client) -> Task<Result<>> {
    auto logout = client.logout();
    GODWIT_CO_CHECK(co_await logout.wait());
    co_return Result<>();
  });
}

TEST(ClientTest, LogoutWithoutTaggedAnswer) {
  Script script = Script::parse("S: * OK ready\nC: A0001 LOGOUT\nS: * BYE bye\n");
  test::play_in_every_delivery(script, with_client([](Client& client) -> Task<Result<>> {
                                 auto logout = client.logout();
                                 GODWIT_CO_CHECK(co_await logout.wait());
                                 co_return Result<>();
                               }));
}

Task<Result<StatusResponse>> greet_and_noop(Client& client) {
  GODWIT_CO_CHECK(co_await client.greeting());
  auto noop = client.noop();
  co_return co_await noop.wait();
}

TEST(ClientTest, UntaggedWarningIsTheReasonOfAClose) {
  Script script = Script::parse("S: * OK ready\nC: A0001 NOOP\nS: * BAD [CLIENTBUG] too many errors\n");
  Client client(std::make_unique<ScriptedStream>(script), {});
  const auto result = run_task(greet_and_noop(client));
  EXPECT_KIND(result, network);
  EXPECT_THAT(result.error().server_text, HasSubstr("too many errors"));
}

TEST(ClientTest, UnknownTagIsAnError) {
  Script script = Script::parse("S: * OK ready\nC: A0001 NOOP\nS: A0009 OK done\n");
  Client client(std::make_unique<ScriptedStream>(script), {});
  EXPECT_KIND(run_task(greet_and_noop(client)), syntax);
}

TEST(ClientTest, ArgumentsThatCannotBeSent) {
  Script script = Script::parse("S: * OK ready\n");
  Client client(std::make_unique<ScriptedStream>(script), {});
  const auto result = run_task([](Client& c) -> Task<Result<>> {
    GODWIT_CO_CHECK(co_await c.greeting());
    auto create = c.create("a\r\nA2 LOGOUT");
    EXPECT_KIND(co_await create.wait(), refused);
    co_return Result<>();
  }(client));
  EXPECT_TRUE(result);
}

TEST(ClientTest, DestroyedClientCancelsItsHandles) {
  Script script = Script::parse("S: * OK ready\n");
  std::optional<Command<StatusResponse>> noop;
  {
    Client client(std::make_unique<ScriptedStream>(script, ScriptOptions{.may_stop_early = true}), {});
    noop = client.noop();
  }
  EXPECT_KIND(run_task(noop->wait()), canceled);
}

}  // namespace
}  // namespace godwit::imap
