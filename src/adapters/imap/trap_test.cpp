// SPDX-License-Identifier: Apache-2.0
// What single servers are known to do, over scripts; docs/traps.md has the list.
#include <gmock/gmock.h>

#include "adapters/imap/notice.h"
#include "adapters/imap/session_talk.h"
#include "base/error_code.h"

namespace godwit::adapters {
namespace {

using testing::ElementsAre;

endpoint::Folder folder_named(std::string name) {
  endpoint::Folder folder;
  folder.path = endpoint::FolderPath{{name}};
  folder.name = std::move(name);
  return folder;
}

Task<Result<UidSet>> all_uids(ImapSession& session, const std::string& name) {
  const auto view = session.open(folder_named(name));
  co_return co_await view->uids(1)->get();
}

// Domino, SmarterMail, QQ Mail.
TEST(ImapTraps, ASearchThatLeavesMessagesOutIsNotBelieved) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1] ready
C: A0001 EXAMINE "a"
C: A0002 UID SEARCH ALL
S: * 3 EXISTS
S: A0001 OK done
S: * SEARCH 7
S: A0002 OK done
C: A0003 UID FETCH 1:4294967294 (UID FLAGS)
S: * 1 FETCH (UID 5 FLAGS ())
S: * 2 FETCH (UID 7 FLAGS (\Seen))
S: * 3 FETCH (FLAGS () UID 9)
S: A0003 OK done
C: A0004 EXAMINE "b"
C: A0005 UID FETCH 6:4294967294 (UID FLAGS)
S: * 1 EXISTS
S: A0004 OK done
S: * 1 FETCH (UID 8 FLAGS ())
S: A0005 OK done
)",
       [](ImapSession& session) -> Task<Result<>> {
         GODWIT_CO_TRY(const UidSet uids, co_await all_uids(session, "a"));
         EXPECT_EQ(uids.to_string(), "5,7,9");
         const auto view = session.open(folder_named("b"));
         GODWIT_CO_TRY(const UidSet from, co_await view->uids(6)->get());
         EXPECT_EQ(from.to_string(), "8") << "once it was wrong it is not asked again";
         co_return Result<>{};
       });
}

TEST(ImapTraps, ASearchThatIsRefusedIsNotNeeded) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1] ready
C: A0001 EXAMINE "a"
C: A0002 UID SEARCH ALL
S: * 1 EXISTS
S: A0001 OK done
S: A0002 BAD what?
C: A0003 UID FETCH 1:4294967294 (UID FLAGS)
S: * 1 FETCH (UID 5 FLAGS ())
S: A0003 OK done
)",
       [](ImapSession& session) -> Task<Result<>> {
         GODWIT_CO_TRY(const UidSet uids, co_await all_uids(session, "a"));
         EXPECT_EQ(uids.to_string(), "5");
         co_return Result<>{};
       });
}

TEST(ImapTraps, AListThatIsAskedAgainLeavesTheOtherMailboxOpen) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1] ready
C: A0001 EXAMINE "a"
C: A0002 UID SEARCH ALL
C: A0003 EXAMINE "b"
S: * 2 EXISTS
S: A0001 OK done
S: * SEARCH
S: A0002 OK done
S: * 1 EXISTS
S: A0003 OK done
C: A0004 EXAMINE "a"
C: A0005 UID FETCH 1:4294967294 (UID FLAGS)
C: A0006 EXAMINE "b"
S: * 2 EXISTS
S: A0004 OK done
S: * 1 FETCH (UID 1 FLAGS ())
S: * 2 FETCH (UID 2 FLAGS ())
S: A0005 OK done
S: * 1 EXISTS
S: A0006 OK done
)",
       [](ImapSession& session) -> Task<Result<>> {
         const auto first = session.open(folder_named("a"));
         const auto asked = first->uids(1);
         const auto second = session.open(folder_named("b"));
         GODWIT_CO_TRY(const UidSet uids, co_await asked->get());
         EXPECT_EQ(uids.to_string(), "1:2");
         GODWIT_CO_TRY(const FolderToken state, co_await second->state());
         EXPECT_EQ(state.messages, 1U);
         co_return Result<>{};
       });
}

TEST(ImapTraps, ExchangesNoticesAreKnown) {
  constexpr std::string_view notice =
      "From: Microsoft Exchange Server\r\nTo: Alice\r\n"
      "Subject: Retrieval using the IMAP4 protocol failed for the following message: 42\r\n\r\nIt could not be retrieved.\r\n";
  EXPECT_TRUE(is_notice(notice));
  for (std::size_t cut = 0; cut < notice.size(); ++cut) EXPECT_EQ(is_notice(notice.substr(0, cut)), cut >= 120) << cut;
  const std::string subject = "Retrieval using the IMAP4 protocol failed for the following message: 42\r\n\r\n";
  EXPECT_FALSE(is_notice("From: Microsoft Exchange Server\r\nSubject: Fwd: " + subject));
  EXPECT_FALSE(is_notice("From: bob@example.com\r\nSubject: " + subject));
  EXPECT_FALSE(is_notice("\r\nFrom: Microsoft Exchange\r\nSubject: " + subject)) << "in the body";
}

// The first reading passes it over, the single one names it.
TEST(ImapTraps, ANoticeIsNotTakenForAMessage) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1] The Microsoft Exchange IMAP4 service is ready.
C: A0001 EXAMINE "a"
C: A0002 UID FETCH 1:2 (UID FLAGS INTERNALDATE BODY.PEEK[])
S: * 2 EXISTS
S: A0001 OK done
S: * 1 FETCH (UID 1 FLAGS () INTERNALDATE "01-Jan-2020 00:00:00 +0000" BODY[] {119}
From: Microsoft Exchange Server
Subject: Retrieval using the IMAP4 protocol failed for the following message: 1

x
)
S: * 2 FETCH (UID 2 FLAGS () INTERNALDATE "01-Jan-2020 00:00:00 +0000" BODY[] {17}
Subject: a

b
)
S: A0002 OK done
C: A0003 UID FETCH 1 (UID FLAGS INTERNALDATE)
C: A0004 UID FETCH 1 (UID FLAGS INTERNALDATE BODY.PEEK[])
S: * 1 FETCH (UID 1 FLAGS () INTERNALDATE "01-Jan-2020 00:00:00 +0000")
S: A0003 OK done
S: * 1 FETCH (UID 1 FLAGS () INTERNALDATE "01-Jan-2020 00:00:00 +0000" BODY[] {119}
From: Microsoft Exchange Server
Subject: Retrieval using the IMAP4 protocol failed for the following message: 1

x
)
S: A0004 OK done
)",
       [](ImapSession& session) -> Task<Result<>> {
         const auto view = session.open(folder_named("a"));
         const auto both = view->fetch(UidSet::of_range(1, 2));
         GODWIT_CO_TRY(const auto first, co_await both->next());
         EXPECT_EQ(first ? first->uid : 0, 2U);
         GODWIT_CO_TRY(const auto none, co_await both->next());
         EXPECT_FALSE(none);
         const auto single = view->fetch(UidSet::of_range(1, 1));
         const auto notice = co_await single->next();
         if (!notice && reaction_to(notice.error().kind) == Reaction::reconnect) co_return std::unexpected(notice.error());
         EXPECT_TRUE(!notice && code_of(notice.error()) == codes::source_gives_notice.number);
         const auto rest = co_await single->next();
         if (!rest) co_return std::unexpected(rest.error());
         co_return Result<>{};
       });
}

TEST(ImapTraps, ExchangeHasItsOwnRulesForFlagsAndNames) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 NAMESPACE] The Microsoft Exchange IMAP4 service is ready.
C: A0001 NAMESPACE
C: A0002 LIST "" "*"
S: * NAMESPACE (("" "/")) NIL NIL
S: A0001 OK done
S: A0002 OK done
C: A0003 STATUS "INBOX" (MESSAGES UIDNEXT UIDVALIDITY)
S: * STATUS "INBOX" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 7)
S: A0003 OK done
C: A0004 LSUB "" "*"
S: A0004 OK done
)",
       [](ImapSession& session) -> Task<Result<>> {
         GODWIT_CO_CHECK(co_await session.folders());
         EXPECT_EQ(session.traits().late_flags, MessageFlags::flagged);
         EXPECT_FALSE(session.traits().folder_case_matters);
         EXPECT_EQ(session.name_for({{"files"}}), "files_");
         EXPECT_EQ(session.name_for({{"Work", "Files"}}), "Work/Files");
         EXPECT_EQ(session.name_for({{"Work  ", " a "}}), "Work__/ a_");
         co_return Result<>{};
       });
}

// hMailServer writes its separator, a backslash, twice escaped.
TEST(ImapTraps, ANamespaceWithADoubledBackslash) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 NAMESPACE] ready
C: A0001 NAMESPACE
C: A0002 LIST "" "*"
S: * NAMESPACE (("" "\\\\")) NIL NIL
S: A0001 OK done
S: * LIST () "\\" "a\\b"
S: A0002 OK done
C: A0003 STATUS "a\\b" (MESSAGES UIDNEXT UIDVALIDITY)
S: * STATUS "a\\b" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 7)
S: A0003 OK done
C: A0004 LSUB "" "*"
S: A0004 OK done
)",
       [](ImapSession& session) -> Task<Result<>> {
         GODWIT_CO_TRY(const auto folders, co_await session.folders());
         EXPECT_THAT(folders.at(0).path.segments, ElementsAre("a", "b"));
         EXPECT_EQ(session.name_for({{"x", "y"}}), "x\\y");
         co_return Result<>{};
       });
}

// Old hMailServer, GMX: no NAMESPACE, and everything lies below INBOX.
TEST(ImapTraps, WithoutNamespaceThePrefixIsSeenInTheList) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1] ready
C: A0001 LIST "" "*"
S: * LIST () "." INBOX
S: * LIST () "." INBOX.Sent
S: A0001 OK done
C: A0002 STATUS "INBOX" (MESSAGES UIDNEXT UIDVALIDITY)
C: A0003 STATUS "INBOX.Sent" (MESSAGES UIDNEXT UIDVALIDITY)
S: * STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 7)
S: A0002 OK done
S: * STATUS INBOX.Sent (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 7)
S: A0003 OK done
C: A0004 LSUB "" "*"
S: A0004 OK done
)",
       [](ImapSession& session) -> Task<Result<>> {
         GODWIT_CO_TRY(const auto folders, co_await session.folders());
         EXPECT_THAT(folders.at(1).path.segments, ElementsAre("Sent"));
         EXPECT_EQ(session.name_for({{"Work"}}), "INBOX.Work");
         co_return Result<>{};
       });
}

// A target that made its folders before: what is there already is taken.
TEST(ImapTraps, AFolderThatExistsAlreadyIsTaken) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1] ready
C: A0001 CREATE "Gesendet"
C: A0002 STATUS "Gesendet" (MESSAGES UIDNEXT UIDVALIDITY)
S: A0001 NO [ALREADYEXISTS] Mailbox exists
S: * STATUS Gesendet (MESSAGES 4 UIDNEXT 9 UIDVALIDITY 7)
S: A0002 OK done
)",
       [](ImapSession& session) -> Task<Result<>> {
         std::vector<endpoint::NewFolder> wanted(1);
         wanted.front().path = endpoint::FolderPath{{"Gesendet"}};
         GODWIT_CO_TRY(const auto made, co_await session.create_folders(wanted));
         EXPECT_TRUE(made.at(0) && made.at(0)->state.uid_next == 9);
         co_return Result<>{};
       });
}

// FTGate and others count wrong, and news come unasked: only UIDs are believed.
TEST(ImapTraps, SequenceNumbersAreNotBelieved) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1] ready
C: A0001 EXAMINE "a"
C: A0002 UID FETCH 4:5 (UID FLAGS INTERNALDATE BODY.PEEK[])
S: * 2 EXISTS
S: A0001 OK done
S: * 9 FETCH (UID 4 FLAGS () INTERNALDATE "01-Jan-2020 00:00:00 +0000" BODY[] {1}
x)
S: * 1 EXPUNGE
S: * 9 FETCH (FLAGS (\Seen))
S: * 77 FETCH (UID 78 FLAGS ())
S: * 9 FETCH (UID 5 FLAGS (\Flagged) INTERNALDATE "01-Jan-2020 00:00:00 +0000" BODY[] {1}
y)
S: A0002 OK done
)",
       [](ImapSession& session) -> Task<Result<>> {
         const auto view = session.open(folder_named("a"));
         const auto reader = view->fetch(UidSet::of_range(4, 5));
         std::string read;
         while (true) {
           GODWIT_CO_TRY(const auto message, co_await reader->next());
           if (!message) break;
           read += std::to_string(message->uid) + message->bytes;
         }
         EXPECT_EQ(read, "4x5y");
         co_return Result<>{};
       });
}

}  // namespace
}  // namespace godwit::adapters
