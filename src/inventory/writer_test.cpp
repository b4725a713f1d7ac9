// SPDX-License-Identifier: Apache-2.0
#include "inventory/writer.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace godwit::inventory {
namespace {

using endpoint::Role;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Everything that comes from a server is hostile here: formulas, control characters, bytes that are no UTF-8.
AccountInventory hostile() {
  AccountInventory inventory;
  inventory.account = "imaps://alice@example.com@mail.example.com:993";
  inventory.server.software = "\x1b[2JEvil";
  inventory.server.version = "1.0";
  inventory.server.greeting = "\xFF hello";
  inventory.server.capabilities = {"IMAP4REV1", "X-\xFE"};
  inventory.server.tls_version = "TLSv1.3";
  const std::chrono::sys_days end = std::chrono::year(2030) / 2 / 3;
  inventory.server.certificate = ServerCertificate{"ab12", {"mail.example.com"}, {}, end};
  inventory.server.quotas = {{"\nroot", endpoint::QuotaUse{1024, 2048}, endpoint::QuotaUse{3, 1000}}};
  inventory.server.append_limit = 35'651'584;
  inventory.statistics = Statistics(5, std::vector<std::uint64_t>{100});
  FolderInventory inbox;
  inbox.path = {{"INBOX"}};
  inbox.role = Role::inbox;
  inbox.total = {2, 300};
  inbox.largest = 200;
  FolderInventory formula;
  formula.path = {{"=cmd|'/c calc'!A1", "a,\"b\"\r\n"}};
  formula.role = Role::sent;
  formula.owner = endpoint::Owner::shared;
  formula.trouble = Error{ErrorKind::refused, "the server refused it", "no\x1b", {}};
  inventory.folders = {inbox, formula};
  for (const std::uint64_t size : {100U, 200U}) {
    inventory.statistics.add(size, InternalDate::parse("01-Jan-2020 00:00:00 +0000"));
    inventory.statistics.keep({inventory.account, formula.path, static_cast<Uid>(size), size, "\x07"});
  }
  inventory.statistics.add(0, std::nullopt);
  inventory.keywords = {{"k\xFF", 3}};
  inventory.findings = {{Severity::warning, "folders_not_opened", "folders that cannot be read: 1", "Give the right.", 1,
                         {formula.path.display()}}};
  return inventory;
}

CheckReport report() {
  CheckReport report;
  report.source = hostile();
  report.target.account = "imaps://alice@example.com@new.example.com:993";
  report.target.messages = 7;
  report.placements = {{{{"INBOX"}}, {{"INBOX"}}, "INBOX", Placement::Why::same, false, true},
                       {{{"=a.b"}}, {{"=a.b"}}, "=a_b", Placement::Why::rule, true, false}};
  report.findings = report.source.findings;
  report.findings.push_back({Severity::ok, "fine", "=1+1", {}, 0, {}});
  return report;
}

bool is_clean(const std::string& text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r'; });
}

TEST(InventoryText, OfAnAccount) {
  const std::string text = to_text(hostile());
  EXPECT_TRUE(is_clean(text)) << text;
  EXPECT_FALSE(text.contains('\xFF'));
  for (const char* const part :
       {"server          \\x1b[2JEvil 1.0\n", "line            TLSv1.3, certificate until 2030-02-03, SHA-256 ab12\n",
        "quota           1.0 KiB of 2.0 KiB, 3 of 1,000 messages\n", "largest message 34.0 MiB\n", "  2020            2        300 B\n",
        "  none            1          0 B\n", "UID 200, \\x07\n", "together", "  warning  folders that cannot be read: 1\n",
        "           Give the right.\n             =cmd|"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(text, HasSubstr("the server refused it"));
}

TEST(InventoryText, WhereNothingIsTold) {
  const std::string text = to_text(AccountInventory());
  EXPECT_THAT(text, AllOf(HasSubstr("server          unknown\n"), HasSubstr("not encrypted"), HasSubstr("none is told"),
                          HasSubstr("no limit is told"), Not(HasSubstr("largest messages")), Not(HasSubstr("what to know"))));
}

TEST(InventoryText, AdviceIsWrapped) {
  AccountInventory inventory;
  const std::string x(60, 'x'), y(60, 'y'), w(150, 'w'), margin(11, ' ');
  inventory.findings = {{Severity::note, "a", "b", x + " " + y + " z " + w, 0, {}}};
  EXPECT_THAT(to_text(inventory), HasSubstr(margin + x + "\n" + margin + y + " z\n" + margin + w + "\n"));
}

TEST(InventoryText, OfACheck) {
  CheckReport checked = report();
  EXPECT_THAT(to_text(checked), AllOf(HasSubstr("  INBOX → INBOX\n"), HasSubstr("  =a.b  → =a_b, altered\n"),
                                      HasSubstr("The account can be moved; look at the warnings first.\n"),
                                      HasSubstr("to be moved: 3 messages")));
  EXPECT_TRUE(is_clean(to_text(checked)));
  checked.findings.clear();
  EXPECT_THAT(to_text(checked), HasSubstr("The account can be moved.\n"));
  checked.findings.push_back({Severity::stop, "x", "y", {}, 0, {}});
  EXPECT_THAT(to_text(checked), HasSubstr("cannot be moved like this.\n"));
}

TEST(InventoryCsv, Folders) {
  const AccountInventory inventory = hostile();
  const std::string table = folders_csv({&inventory, 1});
  EXPECT_THAT(table, StartsWith("account,folder,special use,owner,messages,bytes,largest bytes,deleted,without date,keywords,left out,"
                                "container,trouble\r\n"
                                "imaps://alice@example.com@mail.example.com:993,INBOX,inbox,account,2,300,200,0,0,0,0,no,\r\n"));
  EXPECT_THAT(table, HasSubstr(",\"'=cmd|'/c calc'!A1/a,\"\"b\"\"\\x0d\\x0a\",sent,shared,0,0,0,0,0,0,0,no,"));
  EXPECT_TRUE(is_clean(table));
}

TEST(InventoryCsv, People) {
  OrganisationInventory organisation;
  organisation.add(hostile());
  EXPECT_EQ(people_csv(organisation),
            "account,server,folders,folders not read,messages,bytes,largest bytes,quota used bytes,quota limit bytes,warnings,stops,"
            "worst\r\n"
            "imaps://alice@example.com@mail.example.com:993,\\x1b[2JEvil 1.0,2,1,3,300,200,1024,2048,1,0,warning\r\n");
}

TEST(InventoryCsv, OfACheck) {
  EXPECT_THAT(findings_csv(std::array{report()}), HasSubstr(",ok,fine,'=1+1,0,,\r\n"));
  EXPECT_THAT(placements_csv(std::array{report()}), HasSubstr(",'=a.b,'=a_b,rule,yes,no\r\n"));
}

TEST(InventoryJson, OfAnAccount) {
  const nlohmann::json json = to_json(hostile());
  const auto again = nlohmann::json::parse(json.dump());  // throws where a string is no UTF-8
  EXPECT_EQ(again, json);
  EXPECT_EQ(json["total"]["messages"], 3);
  EXPECT_EQ(json["years"]["2020"]["bytes"], 300);
  EXPECT_EQ(json["undated"]["messages"], 1);
  EXPECT_EQ(json["above"]["100"]["messages"], 1);
  EXPECT_EQ(json["largest"][0]["size"], 200);
  EXPECT_EQ(json["folders"][1]["special_use"], "sent");
  EXPECT_EQ(json["folders"][1]["owner"], "shared");
  EXPECT_FALSE(json["folders"][0].contains("trouble"));
  EXPECT_EQ(json["server"]["certificate"]["not_after"], "2030-02-03T00:00:00Z");
  EXPECT_EQ(json["server"]["quotas"][0]["storage"]["limit"], 2048);
  EXPECT_EQ(json["server"]["append_limit"], 35'651'584);
  EXPECT_EQ(json["keywords"]["k\\xff"], 3);
  EXPECT_EQ(json["findings"][0]["severity"], "warning");
}

TEST(InventoryJson, OfACheck) {
  const nlohmann::json json = to_json(report());
  EXPECT_EQ(nlohmann::json::parse(json.dump()), json);
  EXPECT_EQ(json["worst"], "warning");
  EXPECT_EQ(json["folders"][1]["target_name"], "=a_b");
  EXPECT_EQ(json["folders"][1]["why"], "rule");
  EXPECT_EQ(json["target_messages"], 7);
  EXPECT_FALSE(json["target_server"].contains("append_limit"));
}

TEST(Organisation, AddedAndMergedAreTheSame) {
  AccountInventory other = hostile();
  other.account = "imaps://bob@example.com@mail.example.com:993";
  other.server.quotas.clear();
  other.findings = {{Severity::stop, "folders_not_opened", {}, "Look.", 4, {}}, {Severity::note, "keywords", {}, {}, 2, {}}};
  OrganisationInventory both, first, second;
  both.add(hostile());
  both.add(other);
  first.add(hostile());
  second.add(other);
  first.merge(second);
  for (const OrganisationInventory& one : {both, first}) {
    EXPECT_EQ(one.statistics.total(), (Tally{6, 600}));
    EXPECT_EQ(one.statistics.largest().size(), 4U);
    ASSERT_EQ(one.people.size(), 2U);
    EXPECT_EQ(one.people[1].account, other.account);
    EXPECT_EQ(one.people[1].quota_limit, 0U);
    EXPECT_EQ(one.people[1].stops, 1U);
    EXPECT_EQ(one.people[1].worst, Severity::stop);
    EXPECT_EQ(one.findings.size(), 2U);
    EXPECT_EQ(one.findings.at("folders_not_opened").accounts, 2U);
    EXPECT_EQ(one.findings.at("folders_not_opened").count, 5U);
    EXPECT_EQ(one.findings.at("folders_not_opened").worst, Severity::stop);
  }
  EXPECT_THAT(to_text(both), AllOf(HasSubstr("folders_not_opened: 5 (accounts: 2)"), HasSubstr("together")));
  const nlohmann::json json = to_json(both);
  EXPECT_EQ(json["people"][1]["worst"], "stop");
  EXPECT_EQ(json["findings"][0]["accounts"], 2);
  EXPECT_EQ(json["total"]["messages"], 6);
}

TEST(Organisation, AnAccountThatCouldNotBeReadAndFindingsOfACheck) {
  OrganisationInventory organisation;
  organisation.add_unread("b\x1b[2Job", finding_of("source", Error{ErrorKind::auth, "refused", "go \x1b[2Jaway", {}}));
  const std::vector<Finding> of_check{{Severity::warning, "quota_of_storage", "it is too much", "Give more.", 0, {}},
                                      {Severity::note, "no_move", "there is no MOVE", {}, 0, {}}};
  organisation.add(hostile(), of_check);
  ASSERT_EQ(organisation.people.size(), 2U);
  EXPECT_FALSE(organisation.people[0].is_read);
  EXPECT_EQ(organisation.people[0].worst, Severity::stop);
  EXPECT_TRUE(organisation.people[1].is_read);
  EXPECT_EQ(organisation.people[1].warnings, 1U);
  EXPECT_EQ(organisation.people[1].stops, 0U);
  const std::string text = to_text(organisation);
  EXPECT_THAT(text, AllOf(HasSubstr("not read  stop"), HasSubstr("source_login (accounts: 1)"), HasSubstr("login on the source: refused"),
                          HasSubstr("quota_of_storage (accounts: 1)"), HasSubstr("it is too much"), HasSubstr("Give more."),
                          HasSubstr("largest messages"), Not(HasSubstr("\x1b"))));
  EXPECT_LT(text.find("source_login"), text.find("quota_of_storage")) << "the worst first";
  EXPECT_LT(text.find("quota_of_storage"), text.find("no_move"));
  const nlohmann::json json = to_json(organisation);
  EXPECT_EQ(json["people"][0]["is_read"], false);
  EXPECT_EQ(json["findings"][1]["examples"][0]["what"], "it is too much");
  EXPECT_TRUE(json["findings"][0]["examples"].empty()) << "of what is only good to know no account is named";
}

TEST(Organisation, NamesTenAccountsOfACauseAndNoMore) {
  OrganisationInventory organisation, others;
  for (int i = 0; i < 8; ++i) organisation.add_unread(fmt::format("a-{}", i), finding_of("target", Error{ErrorKind::auth, "no", {}, {}}));
  for (int i = 0; i < 8; ++i) others.add_unread(fmt::format("b-{}", i), finding_of("target", Error{ErrorKind::auth, "no", {}, {}}));
  organisation.merge(others);
  const FindingTotal& total = organisation.findings.at("target_login");
  EXPECT_EQ(total.accounts, 16U);
  ASSERT_EQ(total.told.size(), most_told);
  EXPECT_EQ(total.told.back().account, "b-1");
  EXPECT_THAT(causes_text(organisation), AllOf(HasSubstr("b-1: "), Not(HasSubstr("b-2: ")), HasSubstr("…")));
}

TEST(Organisation, WhatIsAsItShouldBeDoesNotCountAmongWhatIsNot) {
  const auto with = [](const std::string& name, Severity severity, const std::string& advice, std::uint64_t count) {
    OrganisationInventory one;
    AccountInventory account;
    account.account = name;
    one.add(account, std::vector<Finding>{{severity, "append_limit", "…", advice, count, {}}});
    return one;
  };
  const auto fine = with("a", Severity::ok, "", 0), told = with("c", Severity::note, "", 0);
  const auto bad = with("b", Severity::warning, "Raise it.", 3);
  for (const auto& order : {std::array{fine, bad, told}, std::array{bad, told, fine}, std::array{told, fine, bad}}) {
    OrganisationInventory all;
    for (const OrganisationInventory& one : order) all.merge(one);
    const FindingTotal& total = all.findings.at("append_limit");
    EXPECT_EQ(total.accounts, 2U) << "the warning and the note";
    EXPECT_EQ(total.count, 3U);
    EXPECT_EQ(total.worst, Severity::warning);
    EXPECT_EQ(total.advice, "Raise it.");
    ASSERT_EQ(total.told.size(), 1U);
    EXPECT_EQ(total.told[0].account, "b");
  }
  OrganisationInventory all_fine = fine;
  all_fine.merge(fine);
  EXPECT_EQ(all_fine.findings.at("append_limit").accounts, 2U);
}

}  // namespace
}  // namespace godwit::inventory
