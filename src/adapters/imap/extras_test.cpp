// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/extras.h"

#include <gmock/gmock.h>

#include "adapters/imap/groupware.h"
#include "adapters/imap/session_talk.h"

namespace godwit::adapters {
namespace {

using endpoint::Grantee;
using endpoint::Identity;
using endpoint::Right;
using endpoint::Rights;
using Names = RightsForm::Names;
using ::testing::ElementsAre;

RightsForm form_of(std::string_view software, std::initializer_list<std::string_view> capabilities) {
  imap::Capabilities all;
  for (const std::string_view name : capabilities) all.add(name);
  return rights_form(all, software);
}

Rights read_rights(std::string_view letters, const RightsForm& form, std::set<std::string> unknown = {}) {
  std::set<std::string> told;
  const Rights rights = rights_of(letters, form, told);
  EXPECT_EQ(told, unknown) << letters;
  return rights;
}

TEST(RightsFormTest, LettersOldAndNew) {
  const RightsForm old = form_of("", {"ACL"}), modern = form_of("Dovecot", {"ACL", "RIGHTS=texk"}), cyrus = form_of("Cyrus IMAP", {"ACL", "RIGHTS=kxten"});
  EXPECT_EQ(read_rights("lr", modern), (Rights{Right::see, Right::read}));
  EXPECT_EQ(read_rights("lrcd", modern), (Rights{Right::see, Right::read})) << "c and d only repeat what others say";
  EXPECT_EQ(read_rights("lcd", old), (Rights{Right::see, Right::make_folders, Right::mark_deleted, Right::expunge}));
  EXPECT_EQ(read_rights("ltcd", old), (Rights{Right::see, Right::mark_deleted})) << "it does not announce what it has";
  EXPECT_EQ(read_rights("n0l9", cyrus, {"0", "9"}), (Rights{Right::see, Right::annotate}));
  EXPECT_EQ(letters_of({Right::see, Right::mark_deleted}, old), "l") << "d would give more";
  EXPECT_EQ(letters_of({Right::see, Right::mark_deleted, Right::expunge, Right::make_folders, Right::remove_folder}, old), "lcd");
  EXPECT_EQ(letters_of(endpoint::all_rights, modern), "lrswipakxte");
  EXPECT_EQ(letters_of(endpoint::all_rights, cyrus), "lrswipakxten");
  for (const RightsForm& form : {modern, cyrus}) {
    for (std::uint16_t bits = 0; bits <= endpoint::all_rights.bits(); ++bits) {
      const Rights rights = endpoint::Rights::of_bits(bits) & access_model(form, std::nullopt).known;
      EXPECT_EQ(read_rights(letters_of(rights, form), form), rights);
    }
  }
}

TEST(RightsFormTest, Identifiers) {
  struct Case {
    const char *software, *identifier, *text;
  };
  for (const Case& each : {Case{"Dovecot", "$sales", "group:sales"}, {"Dovecot", "owner", "owner"}, {"Dovecot", "authenticated", "authenticated"},
                           {"Cyrus IMAP", "group:sales", "group:sales"}, {"Cyrus IMAP", "owner", "user:owner"}, {"Cyrus IMAP", "anonymous", "anonymous"},
                           {"Courier", "user=bob", "bob"}, {"Courier", "group=sales", "group:sales"}, {"", "bob@example.com", "bob@example.com"},
                           {"", "anyone", "anyone"}}) {
    const RightsForm form = form_of(each.software, {"ACL"});
    const auto grantee = grantee_of(each.identifier, form), denial = grantee_of(std::string("-") + each.identifier, form);
    ASSERT_TRUE(grantee && denial) << each.identifier;
    EXPECT_EQ(grantee->identity.text(), each.text);
    EXPECT_FALSE(grantee->is_denial);
    EXPECT_TRUE(denial->is_denial);
    EXPECT_EQ(identifier_of(*grantee, form), each.identifier);
    EXPECT_EQ(identifier_of(*denial, form), std::string("-") + each.identifier);
  }
  EXPECT_FALSE(grantee_of("#all", form_of("Dovecot", {})));
  EXPECT_FALSE(grantee_of("!$sales", form_of("Dovecot", {})));
  EXPECT_FALSE(grantee_of("administrators", form_of("Courier", {})));
  EXPECT_FALSE(grantee_of("-", form_of("", {})));
}

TEST(RightsFormTest, WhatCanBeGiven) {
  const RightsForm modern = form_of("", {"RIGHTS=kxte"});
  const auto told = access_model(modern, imap::ListRightsData{"INBOX", "anyone", "l", {"r", "swi", "kc"}});
  EXPECT_EQ(told.known, (Rights{Right::see, Right::read, Right::keep_seen, Right::change_flags, Right::insert, Right::make_folders}));
  ASSERT_EQ(told.tied.size(), 2U);
  EXPECT_EQ(told.tied[0], (Rights{Right::keep_seen, Right::change_flags, Right::insert}));
  EXPECT_FALSE(told.has_denials) << "of a server that nobody knows";
  EXPECT_EQ(access_model(form_of("", {}), std::nullopt).tied.front(), (Rights{Right::mark_deleted, Right::expunge}));
}

TEST(ImapExtrasTest, RightsOfSeveralFoldersInOneFlight) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 ACL RIGHTS=kxte] Cyrus IMAP ready
C: A0001 GETACL "INBOX"
C: A0002 GETACL "Work"
S: * ACL INBOX alice lrswipkxtea bob lr -carol w
S: A0001 OK done
S: A0002 NO Permission denied
C: A0003 SETACL "Work" "-carol" "w"
C: A0004 DELETEACL "Work" "bob"
S: A0003 OK done
S: A0004 NO no such entry
)",
       [](ImapSession& session) -> Task<Result<>> {
         endpoint::Extras& extras = *session.extras();
         EXPECT_TRUE(extras.tells_access());
         EXPECT_FALSE(extras.tells_annotations());
         endpoint::Folder inbox, work;
         inbox.name = "INBOX";
         work.name = "Work";
         GODWIT_CO_TRY(const auto told, co_await extras.access(std::vector{inbox, work}));
         EXPECT_EQ(told.at(0)->access.at({Identity::parse("bob"), false}), (Rights{Right::see, Right::read}));
         EXPECT_EQ(told.at(0)->access.at({Identity::parse("carol"), true}), (Rights{Right::change_flags}));
         EXPECT_FALSE(told.at(1));
         const std::vector<endpoint::Extras::AccessChange> changes{{work, {Identity::parse("carol"), true}, {Right::change_flags}},
                                                                   {work, {Identity::parse("bob"), false}, {}}};
         GODWIT_CO_TRY(const auto outcomes, co_await extras.change_access(changes));
         EXPECT_TRUE(outcomes.at(0));
         EXPECT_FALSE(outcomes.at(1));
         co_return Result<>{};
       });
}

TEST(ImapExtrasTest, AnnotationsAndLimits) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 METADATA QUOTA LITERAL+] ready
C: A0001 GETMETADATA (MAXSIZE 100 DEPTH infinity) "Work" ("/shared" "/private")
S: * METADATA Work (/Shared/Comment "Sales" /private/comment NIL)
S: A0001 OK [METADATA LONGENTRIES 700] done
C: A0002 SETQUOTA "root" (STORAGE 2048 MESSAGE 7)
S: A0002 NO [NOPERM] administrators only
)",
       [](ImapSession& session) -> Task<Result<>> {
         endpoint::Folder work;
         work.name = "Work";
         GODWIT_CO_TRY(const auto told, co_await session.extras()->annotations(std::vector{work}, 100));
         EXPECT_THAT(told.at(0)->annotations, ElementsAre(endpoint::Annotation{"/shared/comment", "Sales"}));
         EXPECT_EQ(told.at(0)->longest_left_out, 700U);
         const auto set = co_await session.extras()->set_quota({"root", endpoint::QuotaUse{5, 2 << 20}, endpoint::QuotaUse{1, 7}});
         EXPECT_FALSE(set);
         if (set || set.error().kind == ErrorKind::network) co_return set;
         EXPECT_EQ(set.error().kind, ErrorKind::refused);
         co_return Result<>{};
       });
}

TEST(GroupwareTest, ByServerAndName) {
  EXPECT_TRUE(shows_groupware("Microsoft Exchange"));
  EXPECT_TRUE(shows_groupware("Zimbra"));
  EXPECT_FALSE(shows_groupware("Dovecot"));
  EXPECT_FALSE(shows_groupware(""));
  for (const char* name : {"Calendar", "KALENDER", "Kontakte", "Tâches", "Sync Issues"}) EXPECT_TRUE(has_groupware_name({{name, "below"}})) << name;
  EXPECT_TRUE(has_groupware_name({{"INBOX", "Contacts"}}));
  EXPECT_FALSE(has_groupware_name({{"INBOX"}}));
  EXPECT_FALSE(has_groupware_name({{"Work", "Calendar"}}));
  EXPECT_FALSE(has_groupware_name({}));
}

}  // namespace
}  // namespace godwit::adapters
