// SPDX-License-Identifier: Apache-2.0
// What a server tells of itself, over scripts: nothing is asked that it does not announce, and no refusal is a failure.
#include <gmock/gmock.h>

#include "adapters/imap/session_talk.h"

namespace godwit::adapters {
namespace {

using endpoint::Folder;
using endpoint::Owner;
using endpoint::QuotaUse;
using endpoint::ServerFacts;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Talk expecting(std::function<void(const ServerFacts&)> check) {
  return [check = std::move(check)](ImapSession& session) -> Task<Result<>> {
    GODWIT_CO_TRY(const ServerFacts facts, co_await session.facts());
    check(facts);
    co_return Result<>{};
  };
}

TEST(ImapFacts, AllThatAServerTells) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 ID NAMESPACE QUOTA SPECIAL-USE APPENDLIMIT=35651584] mail.example.com ready
C: A0001 ID ("name" "godwit")
C: A0002 NAMESPACE
C: A0003 GETQUOTAROOT "INBOX"
S: * ID ("name" "Dovecot" "os" "Linux" "version" "2.3.19")
S: A0001 OK done
S: * NAMESPACE (("" "/")) (("~" "/")) (("#shared/" "/")("#public/" "/"))
S: A0002 OK done
S: * QUOTAROOT INBOX "User quota" "other"
S: * QUOTA "User quota" (STORAGE 10 512 MESSAGE 3 1000)
S: * QUOTA "other" (X-FOLDERS 1 2)
S: A0003 OK done
)",
       expecting([](const ServerFacts& facts) {
         EXPECT_EQ(facts.software, "Dovecot");
         EXPECT_EQ(facts.version, "2.3.19");
         EXPECT_FALSE(facts.software_is_guessed);
         EXPECT_EQ(facts.greeting, "mail.example.com ready");
         EXPECT_THAT(facts.capabilities, ElementsAre("APPENDLIMIT=35651584", "ID", "IMAP4REV1", "NAMESPACE", "QUOTA", "SPECIAL-USE"));
         EXPECT_TRUE(facts.has("QUOTA"));
         EXPECT_FALSE(facts.has("QUOT"));
         EXPECT_EQ(facts.tls_version, "");
         EXPECT_FALSE(facts.certificate);
         EXPECT_TRUE(facts.tells_quota);
         ASSERT_EQ(facts.quotas.size(), 2U);
         EXPECT_EQ(facts.quotas[0].root, "User quota");
         EXPECT_EQ(facts.quotas[0].storage, (QuotaUse{10 * 1024, 512 * 1024}));
         EXPECT_EQ(facts.quotas[0].messages, (QuotaUse{3, 1000}));
         EXPECT_FALSE(facts.quotas[1].storage || facts.quotas[1].messages);
         EXPECT_THAT(facts.other_users, ElementsAre("~"));
         EXPECT_THAT(facts.shared, ElementsAre("#shared/", "#public/"));
         EXPECT_EQ(facts.append_limit, 35651584U);
         EXPECT_TRUE(facts.tells_special_use);
       }));
}

TEST(ImapFacts, NothingIsAskedThatIsNotAnnounced) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 QUOTA=RES-STORAGE XLIST] Cyrus IMAP v2.4.17 server ready
)",
       expecting([](const ServerFacts& facts) {
         EXPECT_EQ(facts.software, "Cyrus IMAP");
         EXPECT_EQ(facts.version, "2.4.17");
         EXPECT_TRUE(facts.software_is_guessed);
         EXPECT_FALSE(facts.tells_quota || facts.tells_special_use || facts.append_limit);
         EXPECT_THAT(facts.quotas, IsEmpty());
       }));
}

TEST(ImapFacts, NoRefusalIsAFailure) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 ID NAMESPACE QUOTA APPENDLIMIT] hello
C: A0001 ID ("name" "godwit")
C: A0002 NAMESPACE
C: A0003 GETQUOTAROOT "INBOX"
C: A0004 STATUS "INBOX" (MESSAGES UIDNEXT UIDVALIDITY APPENDLIMIT)
S: A0001 BAD what
S: A0002 NO [NOPERM] no
S: A0003 NO [UNAVAILABLE] the quota server is away
S: A0004 NO no
)",
       expecting([](const ServerFacts& facts) {
         EXPECT_EQ(facts.software, "");
         EXPECT_FALSE(facts.software_is_guessed);
         EXPECT_TRUE(facts.tells_quota);
         EXPECT_THAT(facts.quotas, IsEmpty());
         EXPECT_FALSE(facts.append_limit);
       }));
}

TEST(ImapFacts, TheLimitOfTheInbox) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 APPENDLIMIT] hello
C: A0001 STATUS "INBOX" (MESSAGES UIDNEXT UIDVALIDITY APPENDLIMIT)
S: * STATUS INBOX (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3 APPENDLIMIT 1000)
S: A0001 OK done
)",
       expecting([](const ServerFacts& facts) { EXPECT_EQ(facts.append_limit, 1000U); }));
}

TEST(ImapFacts, QuotasBeyondAllNumbers) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 QUOTA] hello
C: A0001 GETQUOTAROOT "INBOX"
S: * QUOTA "" (STORAGE 1 4611686018427387905)
S: A0001 OK done
)",
       expecting([](const ServerFacts& facts) { EXPECT_EQ(facts.quotas.at(0).storage, (QuotaUse{1024, 18446744073709550592U})); }));
}

TEST(ImapFacts, WhoIsToldOnceIsNotAskedAgainAndQuotasAre) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 ID QUOTA] hello
C: A0001 ID ("name" "godwit")
C: A0002 GETQUOTAROOT "INBOX"
S: * ID ("name" "x")
S: A0001 OK done
S: * QUOTA "" (STORAGE 1 5)
S: A0002 OK done
C: A0003 GETQUOTAROOT "INBOX"
S: * QUOTA "" (STORAGE 2 5)
S: A0003 OK done
)",
       [](ImapSession& session) -> Task<Result<>> {
         GODWIT_CO_CHECK(co_await session.facts());
         GODWIT_CO_TRY(const ServerFacts facts, co_await session.facts());
         EXPECT_EQ(facts.software, "x");
         EXPECT_EQ(facts.quotas.at(0).storage, (QuotaUse{2048, 5120}));
         co_return Result<>{};
       });
}

std::vector<std::pair<std::string, Owner>> owners(const std::vector<Folder>& folders) {
  std::vector<std::pair<std::string, Owner>> result;
  for (const Folder& folder : folders) result.emplace_back(folder.name, folder.owner);
  return result;
}

Talk expecting_owners(std::vector<std::pair<std::string, Owner>> expected) {
  return [expected = std::move(expected)](ImapSession& session) -> Task<Result<>> {
    GODWIT_CO_TRY(const auto folders, co_await session.folders());
    EXPECT_EQ(owners(folders), expected);
    co_return Result<>{};
  };
}

TEST(ImapFacts, OwnersOfFolders) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 NAMESPACE LIST-EXTENDED LIST-STATUS] hello
C: A0001 NAMESPACE
C: A0002 LIST "" "*" RETURN (SUBSCRIBED STATUS (MESSAGES UIDNEXT UIDVALIDITY))
S: * NAMESPACE (("" "/")) (("user/" "/")) (("Shared/" "/"))
S: A0001 OK done
S: * LIST (\Noselect) "/" INBOX
S: * LIST (\Noselect) "/" user
S: * LIST (\Noselect) "/" user/bob
S: * LIST (\Noselect) "/" users
S: * LIST (\Noselect) "/" Shared
S: * LIST (\Noselect) "/" Shared/team
S: * LIST (\Noselect) "/" shared/mine
S: A0002 OK done
)",
       expecting_owners({{"INBOX", Owner::account},
                         {"user", Owner::other_user},
                         {"user/bob", Owner::other_user},
                         {"users", Owner::account},
                         {"Shared", Owner::shared},
                         {"Shared/team", Owner::shared},
                         {"shared/mine", Owner::account}}));
}

TEST(ImapFacts, OwnersWhereNamespacesAreTheSame) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 NAMESPACE LIST-EXTENDED LIST-STATUS] hello
C: A0001 NAMESPACE
C: A0002 LIST "" "*" RETURN (SUBSCRIBED STATUS (MESSAGES UIDNEXT UIDVALIDITY))
S: * NAMESPACE (("" "/")) NIL (("" "/"))
S: A0001 OK done
S: * LIST (\Noselect) "/" Work
S: A0002 OK done
)",
       expecting_owners({{"Work", Owner::account}}));
}

TEST(ImapFacts, OwnersWhereEverythingOutsideOfTheInboxIsShared) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 NAMESPACE LIST-EXTENDED LIST-STATUS] hello
C: A0001 NAMESPACE
C: A0002 LIST "" "*" RETURN (SUBSCRIBED STATUS (MESSAGES UIDNEXT UIDVALIDITY))
S: * NAMESPACE (("INBOX." ".")) (("user." ".")) (("" "."))
S: A0001 OK done
S: * LIST (\Noselect) "." INBOX
S: * LIST (\Noselect) "." Inbox.Sent
S: * LIST (\Noselect) "." user.bob
S: * LIST (\Noselect) "." bulletins
S: A0002 OK done
)",
       expecting_owners({{"INBOX", Owner::account},
                         {"Inbox.Sent", Owner::account},
                         {"user.bob", Owner::other_user},
                         {"bulletins", Owner::shared}}));
}

}  // namespace
}  // namespace godwit::adapters
