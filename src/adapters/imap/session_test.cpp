// SPDX-License-Identifier: Apache-2.0
// How a session enters mailboxes, over scripts.
#include <gmock/gmock.h>

#include "adapters/imap/session_talk.h"
#include "base/error_code.h"

namespace godwit::adapters {
namespace {

Talk opening(std::string name, std::uint32_t uid_validity) {
  return [name = std::move(name), uid_validity](ImapSession& session) -> Task<Result<>> {
    endpoint::Folder folder;
    folder.name = name;
    const auto view = session.open(folder);
    GODWIT_CO_TRY(const FolderToken token, co_await view->state());
    EXPECT_EQ(token.uid_validity, uid_validity);
    co_return Result<>{};
  };
}

TEST(ImapSession, AFolderIsExamined) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1] Cyrus IMAP 3.6.1 server ready
C: A0001 EXAMINE "a"
S: * 0 EXISTS
S: * OK [UIDVALIDITY 7] Ok
S: A0001 OK [READ-ONLY] done
)",
       opening("a", 7));
}

TEST(ImapSession, CouriersFoldersAreSelected) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1] Courier-IMAP ready.
C: A0001 SELECT "a"
S: * 0 EXISTS
S: * OK [UIDVALIDITY 7] Ok
S: A0001 OK [READ-WRITE] Ok
)",
       opening("a", 7));
}

TEST(ImapSession, CourierTellsTheNumberOfAFolderBehindItsSelect) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1] Courier-IMAP ready.
C: A0001 CREATE "a"
C: A0002 SELECT "a"
C: A0003 STATUS "a" (MESSAGES UIDNEXT UIDVALIDITY)
S: A0001 OK created
S: * 0 EXISTS
S: * OK [UIDVALIDITY 7] Ok
S: A0002 OK [READ-WRITE] Ok
S: * STATUS a (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 7)
S: A0003 OK done
C: A0004 LIST "" "*"
S: * LIST () "." a
S: * LIST (\Noselect) "." b
S: A0004 OK done
C: A0005 SELECT "a"
C: A0006 STATUS "a" (MESSAGES UIDNEXT UIDVALIDITY)
S: A0005 NO gone
S: A0006 NO gone
C: A0007 LSUB "" "*"
S: A0007 OK done
)",
       [](ImapSession& session) -> Task<Result<>> {
         std::vector<endpoint::NewFolder> wanted(1);
         wanted.front().path = endpoint::FolderPath{{"a"}};
         GODWIT_CO_TRY(const auto made, co_await session.create_folders(wanted));
         EXPECT_EQ(made.at(0)->state.uid_validity, 7U);
         GODWIT_CO_TRY(const auto folders, co_await session.folders());
         EXPECT_TRUE(folders.at(0).unreadable);
         EXPECT_FALSE(folders.at(1).unreadable || folders.at(1).selectable);
         co_return Result<>{};
       });
}

Talk listing_nothing(ErrorCode code) {
  return [code](ImapSession& session) -> Task<Result<>> {
    const auto folders = co_await session.folders();
    if (!folders && folders.error().kind == ErrorKind::network) co_return std::unexpected(folders.error());
    EXPECT_FALSE(folders);
    if (!folders) EXPECT_EQ(folders.error().code, code.number) << describe(folders.error());
    co_return Result<>{};
  };
}

// What Exchange says to whom it has let in without a mailbox, and a server that has none for the administrator's guest.
TEST(ImapSession, AnAccountThatListsNothingIsLookedAtOnceMore) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1] The Microsoft Exchange IMAP4 service is ready.
C: A0001 LIST "" "*"
S: A0001 OK LIST completed.
C: A0002 STATUS "INBOX" (MESSAGES UIDNEXT UIDVALIDITY)
S: A0002 BAD User is authenticated but not connected.
)",
       listing_nothing(codes::login_not_connected));
  play(R"(
S: * OK [CAPABILITY IMAP4rev1] ready
C: A0001 LIST "" "*"
S: A0001 OK done
C: A0002 STATUS "INBOX" (MESSAGES UIDNEXT UIDVALIDITY)
S: A0002 NO [NONEXISTENT] no such mailbox
)",
       listing_nothing(codes::login_not_connected));
  play(R"(
S: * OK [CAPABILITY IMAP4rev1] The Microsoft Exchange IMAP4 service is ready.
C: A0001 LIST "" "*"
S: A0001 BAD User is authenticated but not connected.
)",
       listing_nothing(codes::login_not_connected));
}

TEST(ImapSession, AnAccountMayListNothingButHaveAnInbox) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1] ready
C: A0001 LIST "" "*"
S: A0001 OK done
C: A0002 STATUS "INBOX" (MESSAGES UIDNEXT UIDVALIDITY)
S: * STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 7)
S: A0002 OK done
C: A0003 LSUB "" "*"
S: A0003 OK done
)",
       [](ImapSession& session) -> Task<Result<>> {
         GODWIT_CO_TRY(const auto folders, co_await session.folders());
         EXPECT_TRUE(folders.empty());
         co_return Result<>{};
       });
}

TEST(ImapSession, AFolderWithSubscribedOnesBelowItIsNotSubscribed) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1] ready
C: A0001 LIST "" "*"
S: * LIST (\Noselect) "." a
S: * LIST () "." a.b
S: A0001 OK done
C: A0002 STATUS "a.b" (MESSAGES UIDNEXT UIDVALIDITY)
S: * STATUS a.b (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 7)
S: A0002 OK done
C: A0003 LSUB "" "*"
S: * LSUB (\Noselect \HasChildren) "." a
S: * LSUB () "." a.b
S: A0003 OK done
)",
       [](ImapSession& session) -> Task<Result<>> {
         GODWIT_CO_TRY(const auto folders, co_await session.folders());
         EXPECT_FALSE(folders.at(0).subscribed);
         EXPECT_TRUE(folders.at(1).subscribed);
         co_return Result<>{};
       });
}

}  // namespace
}  // namespace godwit::adapters
