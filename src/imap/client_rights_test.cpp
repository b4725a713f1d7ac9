// SPDX-License-Identifier: Apache-2.0
// Rights, annotations and quotas: conversations whole, step by step, byte by byte, cut at random, and failing at each step.
#include <gmock/gmock.h>

#include "imap/client.h"
#include "imap/test_talk.h"

namespace godwit::imap {
namespace {

using ::testing::ElementsAre;

TEST(ClientRightsTest, RightsArePipelined) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 ACL RIGHTS=kxte LITERAL+] ready
C: A0001 GETACL "INBOX"
C: A0002 GETACL "a \"b\""
C: A0003 MYRIGHTS "INBOX"
C: A0004 LISTRIGHTS "INBOX" "bob"
C: A0005 SETACL "INBOX" "-bob" "lr"
C: A0006 DELETEACL "INBOX" "carol"
S: * ACL INBOX alice lrswipkxtea "-bob" w
S: A0001 OK done
S: A0002 NO [NOPERM] not yours
S: * MYRIGHTS INBOX lrs
S: A0003 OK done
S: * LISTRIGHTS INBOX bob la r swi
S: A0004 OK done
S: A0005 OK done
S: A0006 BAD what
)",
       [](Client& client) -> Task<Result<>> {
         auto inbox = client.get_acl("INBOX"), other = client.get_acl("a \"b\"");
         auto mine = client.my_rights("INBOX");
         auto grantable = client.list_rights("INBOX", "bob");
         auto set = client.set_acl("INBOX", "-bob", "lr");
         auto gone = client.delete_acl("INBOX", "carol");
         GODWIT_CO_TRY(const auto acl, co_await inbox.wait());
         EXPECT_THAT(acl.entries, ElementsAre(AclEntry{"alice", "lrswipkxtea"}, AclEntry{"-bob", "w"}));
         GODWIT_CO_CHECK(expect_kind(co_await other.wait(), ErrorKind::refused));
         GODWIT_CO_TRY(const auto rights, co_await mine.wait());
         EXPECT_EQ(rights.rights, "lrs");
         GODWIT_CO_TRY(const auto list, co_await grantable.wait());
         EXPECT_EQ(list.required, "la");
         EXPECT_THAT(list.optional, ElementsAre("r", "swi"));
         GODWIT_CO_CHECK(co_await set.wait());
         co_return expect_kind(co_await gone.wait(), ErrorKind::not_understood);
       });
}

TEST(ClientRightsTest, AnnotationsAreLiterals) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 METADATA LITERAL+] ready
C: A0001 GETMETADATA (MAXSIZE 100 DEPTH infinity) "Work" ("/shared" "/private")
C: A0002 GETMETADATA "" ("/shared/admin")
C: A0003 SETMETADATA "Work" ("/shared/comment" {9+}
say "hi"! "/private/comment" NIL)
C: A0004 SETMETADATA "Work" ("/shared/x" {1+}
y)
S: * METADATA Work (/shared/comment "Sales")
S: * METADATA Work (/private/comment NIL)
S: A0001 OK [METADATA LONGENTRIES 2199] done
S: * METADATA "" (/shared/admin "mailto:postmaster@example.com")
S: A0002 OK done
S: A0003 OK done
S: A0004 NO [METADATA TOOMANY] no
)",
       [](Client& client) -> Task<Result<>> {
         auto all = client.get_metadata("Work", {{"/shared", "/private"}, true, 100});
         auto server = client.get_metadata("", {{"/shared/admin"}, false, std::nullopt});
         auto set = client.set_metadata("Work", {{"/shared/comment", "say \"hi\"!"}, {"/private/comment", std::nullopt}});
         auto refused = client.set_metadata("Work", {{"/shared/x", "y"}});
         GODWIT_CO_TRY(const auto told, co_await all.wait());
         EXPECT_THAT(told.entries, ElementsAre(MetadataEntry{"/shared/comment", "Sales"}, MetadataEntry{"/private/comment", std::nullopt}));
         EXPECT_EQ(told.longest_left_out, 2199U);
         GODWIT_CO_TRY(const auto of_server, co_await server.wait());
         EXPECT_EQ(of_server.entries.at(0).value, "mailto:postmaster@example.com");
         EXPECT_FALSE(of_server.longest_left_out);
         GODWIT_CO_CHECK(co_await set.wait());
         const auto last = co_await refused.wait();
         EXPECT_EQ(last.error().server_text, "[METADATA TOOMANY] no");
         co_return expect_kind(last, ErrorKind::refused);
       });
}

TEST(ClientRightsTest, QuotaLimits) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 QUOTA] ready
C: A0001 SETQUOTA "User quota" (STORAGE 512 MESSAGE 1000)
C: A0002 SETQUOTA "" ()
S: A0001 OK done
S: A0002 NO [NOPERM] administrators only
)",
       [](Client& client) -> Task<Result<>> {
         auto set = client.set_quota("User quota", {{"STORAGE", 7, 512}, {"MESSAGE", 0, 1000}});
         auto none = client.set_quota("", {});
         GODWIT_CO_CHECK(co_await set.wait());
         co_return expect_kind(co_await none.wait(), ErrorKind::refused);
       });
}

}  // namespace
}  // namespace godwit::imap
