// SPDX-License-Identifier: Apache-2.0
#include "inventory/check.h"

#include <gmock/gmock.h>

#include "adapters/memory/memory.h"
#include "base/error_code.h"
#include "tests/support/run_task.h"

namespace godwit::inventory {
namespace {

using adapters::MemoryMailbox;
using endpoint::Role;
using test::run_task;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Why = Placement::Why;

constexpr std::chrono::sys_seconds now = std::chrono::sys_days(std::chrono::year(2025) / 6 / 1);

ServerCertificate certificate(int from_days, int to_days) {
  return {"ab", {"mail.example.com"}, now + std::chrono::days(from_days), now + std::chrono::days(to_days)};
}

// Two accounts that nothing is wrong with.
struct Lab {
  MemoryMailbox source, target;
  CheckOptions options;

  Lab() {
    for (MemoryMailbox* const mailbox : {&source, &target}) {
      mailbox->folder("INBOX");
      mailbox->facts.greeting = "ready";
      mailbox->facts.tls_version = "TLSv1.3";
      mailbox->facts.certificate = certificate(-10, 100);
      mailbox->facts.tells_quota = true;
    }
    target.facts.quotas = {{"", endpoint::QuotaUse{0, 1000}, endpoint::QuotaUse{0, 100}}};
    target.append_limit = 500;
    source.folder("INBOX").add(std::string(100, 'x'));
    options.inventory.now = now;
    options.inventory.pause = std::chrono::milliseconds(0);
  }
  Result<CheckReport> result() {
    const auto from = adapters::make_memory_source(source);
    const auto to = adapters::make_memory_target(target);
    return run_task(check_account(*from, *to, options));
  }
  CheckReport check() { return result().value(); }
};

Severity severity_of(const CheckReport& report, const std::string& code) {
  const auto found = std::ranges::find(report.findings, code, &Finding::code);
  EXPECT_NE(found, report.findings.end()) << code;
  return found == report.findings.end() ? Severity::ok : found->severity;
}
const Finding& finding(const CheckReport& report, const std::string& code) {
  return *std::ranges::find(report.findings, code, &Finding::code);
}
bool has(const CheckReport& report, const std::string& code) {
  return std::ranges::find(report.findings, code, &Finding::code) != report.findings.end();
}

TEST(Check, NothingIsWrong) {
  Lab lab;
  const CheckReport report = lab.check();
  EXPECT_EQ(worst_of(report.findings), Severity::ok);
  EXPECT_EQ(exit_status_of(report.findings), 0);
  for (const char* const code : {"target_opened", "quota_of_storage", "quota_of_messages", "append_limit", "source_certificate",
                                 "target_certificate", "extensions"}) {
    EXPECT_TRUE(has(report, code)) << code;
  }
  EXPECT_EQ(report.findings.size(), 7U);
  EXPECT_EQ(report.source.account, "memory://source@memory");
  EXPECT_EQ(report.target.account, "memory://target@memory");
  EXPECT_EQ(lab.target.appends, 0U);
}

TEST(Check, Quotas) {
  struct Row {
    std::uint64_t used, limit, messages_there;
    Severity severity;
  };
  for (const Row& row : {Row{0, 1000, 0, Severity::ok},
                         {0, 112, 0, Severity::ok},  // 12 are left, a tenth is 11
                         {0, 110, 0, Severity::warning},
                         {0, 100, 0, Severity::warning},
                         {0, 99, 0, Severity::stop},
                         {0, 99, 1, Severity::stop},
                         {1, 100, 0, Severity::stop},
                         {1, 100, 1, Severity::warning},
                         {900, 1000, 1, Severity::warning},
                         {5000, 1000, 1, Severity::warning},  // over its quota already
                         {5000, 1000, 0, Severity::stop},
                         {0, 0, 0, Severity::note},
                         {0, ~std::uint64_t{0}, 0, Severity::ok},
                         {~std::uint64_t{0}, ~std::uint64_t{0}, 0, Severity::stop}}) {
    Lab lab;
    lab.target.facts.quotas = {{"", endpoint::QuotaUse{row.used, row.limit}, std::nullopt}};
    if (row.messages_there > 0) lab.target.folder("INBOX").add("x");
    EXPECT_EQ(severity_of(lab.check(), "quota_of_storage"), row.severity) << row.used << " of " << row.limit;
  }
  Lab lab;
  lab.target.facts.quotas = {{"a", std::nullopt, endpoint::QuotaUse{0, 1}}, {"b", std::nullopt, std::nullopt}};
  lab.source.folder("INBOX").add("x");
  EXPECT_EQ(severity_of(lab.check(), "quota_of_messages"), Severity::stop);
  EXPECT_FALSE(has(lab.check(), "quota_not_told"));
}

TEST(Check, QuotasThatAreNotTold) {
  Lab lab;
  lab.target.facts.quotas = {{"root", std::nullopt, std::nullopt}};
  EXPECT_EQ(severity_of(lab.check(), "quota_not_told"), Severity::note);
  EXPECT_THAT(finding(lab.check(), "quota_not_told").what, HasSubstr("no quota for this account"));
  lab.target.facts.quotas.clear();
  lab.target.facts.tells_quota = false;
  EXPECT_THAT(finding(lab.check(), "quota_not_told").what, HasSubstr("does not tell quotas"));
  EXPECT_THAT(finding(lab.check(), "quota_not_told").what, HasSubstr("100 B are to be moved"));
}

TEST(Check, MessagesAboveTheLimit) {
  Lab lab;
  lab.target.append_limit = 100;
  EXPECT_EQ(severity_of(lab.check(), "append_limit"), Severity::ok) << "a message of this very size is taken";
  lab.target.append_limit = 99;
  lab.source.folder("INBOX").add(std::string(99, 'x'));
  lab.options.inventory.size_limits.clear();
  EXPECT_EQ(severity_of(lab.check(), "append_limit"), Severity::warning);
  EXPECT_EQ(finding(lab.check(), "append_limit").count, 1U);
  EXPECT_THAT(finding(lab.check(), "append_limit").examples, ElementsAre("INBOX UID 1, 100 B"));
  lab.options.inventory.rules = sync::parse_rules({.size_limit = "99"}).value();
  EXPECT_EQ(severity_of(lab.check(), "append_limit"), Severity::ok) << "it is left out";
  lab.options.inventory.rules = {};
  lab.target.append_limit.reset();
  EXPECT_EQ(severity_of(lab.check(), "append_limit_not_told"), Severity::note);
  lab.source.folder("INBOX").remove(1);
  lab.source.folder("INBOX").remove(2);
  EXPECT_FALSE(has(lab.check(), "append_limit_not_told"));
}

TEST(Check, Certificates) {
  struct Row {
    int from_days, to_days;
    Severity severity;
    const char* text;
  };
  for (const Row& row : {Row{-1, 14, Severity::ok, "valid until 2025-06-15"},
                         {-1, 13, Severity::warning, "2025-06-14 only"},
                         {0, 15, Severity::ok, "valid until"},
                         {1, 30, Severity::warning, "not valid before 2025-06-02"},
                         {-9, 0, Severity::warning, "invalid since 2025-06-01"},
                         {-9, -3, Severity::warning, "invalid since 2025-05-29"}}) {
    for (const bool is_source : {true, false}) {
      Lab lab;
      (is_source ? lab.source : lab.target).facts.certificate = certificate(row.from_days, row.to_days);
      const CheckReport report = lab.check();
      const std::string code = is_source ? "source_certificate" : "target_certificate";
      EXPECT_EQ(severity_of(report, code), row.severity) << row.text;
      EXPECT_THAT(finding(report, code).what, HasSubstr(row.text));
      EXPECT_EQ(severity_of(report, is_source ? "target_certificate" : "source_certificate"), Severity::ok);
    }
  }
  Lab lab;
  lab.source.facts.tls_version.clear();
  EXPECT_EQ(severity_of(lab.check(), "source_unencrypted"), Severity::warning);
  lab.source.facts.greeting.clear();
  EXPECT_FALSE(has(lab.check(), "source_unencrypted")) << "files have no line";
}

TEST(Check, AnOldTlsIsAWarning) {
  for (const auto& [version, is_old] : {std::pair("TLSv1", true), {"TLSv1.1", true}, {"TLSv1.2", false}, {"TLSv1.3", false}}) {
    Lab lab;
    lab.target.facts.tls_version = version;
    const CheckReport report = lab.check();
    const bool is_warned = std::ranges::find(report.findings, "target_tls_old", &Finding::code) != report.findings.end();
    EXPECT_EQ(is_warned, is_old) << version;
  }
}

TEST(Check, ExtensionsThatAreMissing) {
  Lab lab;
  lab.source.tells_changes = false;
  lab.target.batch_messages = 1;
  lab.target.moves_messages = false;
  lab.target.removes_messages = false;
  const CheckReport report = lab.check();
  for (const char* const code : {"no_condstore", "no_multiappend", "no_move", "no_uidplus"}) {
    EXPECT_EQ(severity_of(report, code), Severity::note) << code;
    EXPECT_THAT(finding(report, code).advice, Not(IsEmpty()));
  }
  EXPECT_EQ(finding(report, "extensions").what, "there are LITERAL+ (target)");
  EXPECT_EQ(exit_status_of(report.findings), 0);
}

TEST(Check, ATargetThatTakesTheLoginAndNoMore) {
  Lab lab;
  lab.target.unopenable = {"INBOX"};
  CheckReport report = lab.check();
  EXPECT_EQ(severity_of(report, "target_inbox_not_opened"), Severity::stop);
  EXPECT_THAT(finding(report, "target_inbox_not_opened").what, HasSubstr("no such folder"));
  EXPECT_EQ(report.findings.front().code, "target_inbox_not_opened");
  EXPECT_EQ(exit_status_of(report.findings), 1);
  lab.target.unopenable.clear();
  lab.source.unopenable = {"INBOX"};
  report = lab.check();
  EXPECT_EQ(severity_of(report, "inbox_not_opened"), Severity::stop) << "what the inventory finds is among the findings";
}

TEST(Check, ATargetThatIsNotEmpty) {
  Lab lab;
  lab.target.folder("Sent").add("x");
  EXPECT_EQ(severity_of(lab.check(), "target_not_empty"), Severity::note);
}

std::vector<std::string> lines(const std::vector<Placement>& placements) {
  std::vector<std::string> result;
  for (const Placement& one : placements) {
    result.push_back(one.source.display() + " > " + one.target_name + " " + std::string(name_of(one.why)) +
                     (one.is_altered ? " altered" : "") + (one.exists ? " there" : ""));
  }
  return result;
}

TEST(Check, WhereFoldersGo) {
  Lab lab;
  lab.target.forbidden = ".";
  lab.target.folder("Sent").role = Role::sent;
  lab.target.folder("Work");
  lab.source.folder("Gesendet").role = Role::sent;
  lab.source.folder("Gesendet/2024");
  lab.source.folder("Sent");
  lab.source.folder("a.b");
  lab.source.folder("a_b");
  lab.source.folder("Work");
  lab.source.folder("Old/x");
  lab.source.folder("Left out");
  lab.options.inventory.rules = sync::parse_rules({.exclude = {"Left out"}, .renames = {"Old/**=New/**"}}).value();
  const CheckReport report = lab.check();
  EXPECT_THAT(lines(report.placements),
              ElementsAre("INBOX > INBOX same there", "Gesendet > Sent special use there", "Gesendet/2024 > Sent/2024 special use",
                          "Old/x > New/x rule", "Sent > Sent (2) numbered", "Work > Work same there", "a.b > a_b same altered",
                          "a_b > a_b (2) numbered"));
  EXPECT_EQ(severity_of(report, "names_altered"), Severity::warning);
  EXPECT_THAT(finding(report, "names_altered").examples, ElementsAre("a.b → a_b"));
  EXPECT_EQ(severity_of(report, "names_taken"), Severity::warning);
  EXPECT_EQ(finding(report, "names_taken").count, 2U);
  EXPECT_EQ(severity_of(report, "special_use"), Severity::note);
  EXPECT_EQ(finding(report, "folders_to_make").count, 5U);
}

TEST(Check, NamesInSpiteOfPrefixes) {
  AccountInventory source;
  for (const auto& segments : std::vector<std::vector<std::string>>{{"INBOX"}, {"INBOX", "Sub"}, {"A", "A"}, {"A", ""}, {"x", "y/z"}}) {
    FolderInventory folder;
    folder.path.segments = segments;
    folder.name = folder.path.display();
    source.folders.push_back(std::move(folder));
  }
  const auto dotted = [](const endpoint::FolderPath& path) {
    if (path.is_inbox()) return std::string("INBOX");
    std::string name = "INBOX";
    for (const std::string& segment : path.segments) {
      if (segment != "INBOX") name += "." + (segment.empty() ? "_" : segment);
    }
    return name;
  };
  EXPECT_THAT(lines(place_folders(source, {}, dotted, {})),
              ElementsAre("INBOX > INBOX same", "INBOX/Sub > INBOX.Sub same", "A/ > INBOX.A._ same altered", "A/A > INBOX.A.A same",
                          "x/y/z > INBOX.x.y/z same"));
}

TEST(Check, TheInboxInThePrefixOfTheTarget) {
  AccountInventory source;
  FolderInventory folder;
  folder.path = {{"INBOX", "Sub"}};
  folder.name = "INBOX/Sub";
  source.folders = {folder};
  EXPECT_THAT(lines(place_folders(source, {}, [](const endpoint::FolderPath&) { return "Inbox.Sub"; }, {})),
              ElementsAre("INBOX/Sub > Inbox.Sub same"));
}

TEST(Check, ANameThatIsKeptOnOneLevelOnlyIsAltered) {
  AccountInventory source;
  FolderInventory folder;
  folder.path = {{"A", "A"}};
  folder.name = "A/A";
  source.folders = {folder};
  EXPECT_TRUE(place_folders(source, {}, [](const endpoint::FolderPath&) { return "A/_"; }, {}).at(0).is_altered);
}

TEST(Check, AContainerIsAPlaceForContainersOnly) {
  endpoint::Folder there;
  there.name = "A";
  there.path = {{"A"}};
  there.selectable = false;
  const auto name_for = [](const endpoint::FolderPath& path) { return path.display(); };
  for (const bool is_container : {true, false}) {
    AccountInventory source;
    FolderInventory folder;
    folder.name = "A";
    folder.path = {{"A"}};
    folder.is_container = is_container;
    source.folders = {folder};
    EXPECT_EQ(place_folders(source, {&there, 1}, name_for, {}).at(0).exists, is_container);
  }
}

TEST(Check, NamesThatAreOneForExchange) {
  Lab lab;
  lab.source.folder("Sent");
  lab.source.folder("SENT");
  EXPECT_FALSE(has(lab.check(), "names_equal_for_target"));
  lab.target.facts.software = "Microsoft Exchange";
  EXPECT_EQ(severity_of(lab.check(), "names_equal_for_target"), Severity::warning);
  EXPECT_THAT(finding(lab.check(), "names_equal_for_target").examples, ElementsAre("SENT", "Sent"));
}

TEST(Check, ALostSessionOfTheSourceIsOpenedAgain) {
  Lab lab;
  lab.source.lose_session_at = 3;
  EXPECT_EQ(lab.check().source.statistics.total().messages, 1U);
  lab.target.lose_session_at = 2;
  const auto lost = lab.result();
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, ErrorKind::network);
}

struct RefusingSource final : endpoint::Source {
  explicit RefusingSource(Error why) : error(std::move(why)) {}
  [[nodiscard]] std::string identity() const override { return "memory://refusing"; }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Session>>> connect() override { co_return std::unexpected(error); }
  Error error;
};
struct RefusingTarget final : endpoint::Target {
  explicit RefusingTarget(Error why) : error(std::move(why)) {}
  [[nodiscard]] std::string identity() const override { return "memory://refusing"; }
  [[nodiscard]] std::string host() const override { return "memory"; }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::TargetSession>>> connect() override { co_return std::unexpected(error); }
  Error error;
};

const Error no_login = make_error(codes::login_refused, "the server refused the login", "no");

TEST(CheckSides, WhereBothCanBeOpenedItIsTheWholeCheck) {
  Lab lab;
  const auto from = adapters::make_memory_source(lab.source);
  const auto to = adapters::make_memory_target(lab.target);
  const AccountCheck check = run_task(check_sides(*from, *to, lab.options)).value();
  EXPECT_FALSE(check.source_error);
  EXPECT_FALSE(check.target_error);
  EXPECT_EQ(check.report.findings, lab.check().findings);
  EXPECT_EQ(check.report.placements.size(), 1U);
}

TEST(CheckSides, ASourceThatRefusesTheLogin) {
  Lab lab;
  lab.target.facts.certificate = certificate(-10, 3);
  lab.options.inventory.account = "alice";
  RefusingSource from(no_login);
  const auto to = adapters::make_memory_target(lab.target);
  const AccountCheck check = run_task(check_sides(from, *to, lab.options)).value();
  EXPECT_EQ(check.source_error, no_login);
  EXPECT_EQ(check.report.source.account, "alice");
  EXPECT_EQ(severity_of(check.report, "source_login"), Severity::stop);
  EXPECT_THAT(finding(check.report, "source_login").what, AllOf(HasSubstr("source"), HasSubstr("refused the login"), HasSubstr("GW-2001")));
  EXPECT_THAT(finding(check.report, "source_login").advice, HasSubstr("password"));
  EXPECT_EQ(severity_of(check.report, "target_opened"), Severity::ok);
  EXPECT_EQ(severity_of(check.report, "target_certificate"), Severity::warning);
  EXPECT_EQ(check.report.findings.size(), 3U) << "nothing is said of what was not seen";
}

TEST(CheckSides, ATargetThatCannotBeReached) {
  Lab lab;
  const auto from = adapters::make_memory_source(lab.source);
  RefusingTarget to(Error{ErrorKind::network, "connection refused", {}, {}});
  const AccountCheck check = run_task(check_sides(*from, to, lab.options)).value();
  EXPECT_FALSE(check.source_error);
  ASSERT_TRUE(check.target_error);
  EXPECT_EQ(severity_of(check.report, "target_not_usable"), Severity::stop);
  EXPECT_EQ(check.report.source.statistics.total().messages, 1U);
  EXPECT_TRUE(check.report.placements.empty());
}

TEST(CheckSides, NeitherSide) {
  Lab lab;
  RefusingSource from(no_login);
  RefusingTarget to(no_login);
  const AccountCheck check = run_task(check_sides(from, to, lab.options)).value();
  EXPECT_EQ(check.report.findings.size(), 2U);
  EXPECT_EQ(exit_status_of(check.report.findings), 1);
}

TEST(CheckSides, AStopIsAnError) {
  Lab lab;
  RefusingSource from(Error{ErrorKind::canceled, "stopped", {}, {}});
  const auto to = adapters::make_memory_target(lab.target);
  const auto check = run_task(check_sides(from, *to, lab.options));
  ASSERT_FALSE(check);
  EXPECT_EQ(check.error().kind, ErrorKind::canceled);
}

}  // namespace
}  // namespace godwit::inventory
