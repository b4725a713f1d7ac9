// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <ostream>

#include "base/text.h"

namespace godwit::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

const std::string least = R"([plan]
name = "x"
ledger = "x.ledger"
[source]
host = "old.example.com"
[target]
host = "new.example.com"
[accounts]
files = "people.csv"
)";

// `least` with lines put in below the heading of a table.
std::string with(const std::string& table, const std::string& lines) {
  const std::string heading = "[" + table + "]\n";
  std::string text = least;
  const auto at = text.find(heading);
  if (at == std::string::npos) return text + heading + lines + "\n";
  return text.insert(at + heading.size(), lines + "\n");
}
Plan plan_of(const std::string& text) {
  auto plan = parse_plan(text, "/plans/godwit.toml");
  EXPECT_TRUE(plan) << (plan ? "" : describe(plan.error()));
  Plan none;
  none.sources.resize(1);
  none.targets.resize(1);
  return plan.value_or(std::move(none));
}
std::string error_of(const std::string& text) {
  const auto plan = parse_plan(text, "godwit.toml");
  EXPECT_FALSE(plan) << text;
  if (plan) return "";
  EXPECT_EQ(plan.error().kind, ErrorKind::usage);
  return describe(plan.error());
}
std::string page() {
  std::ifstream stream(std::string(GODWIT_SOURCE_DIR) + "/docs/plan.md", std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

TEST(PlanFile, LittleIsEnough) {
  const Plan plan = plan_of(least);
  EXPECT_EQ(plan.name, "x");
  EXPECT_EQ(plan.ledger, "/plans/x.ledger");
  EXPECT_EQ(plan.quiet_time, 5s);
  EXPECT_EQ(plan.lanes, 2U);
  ASSERT_EQ(plan.sources.size(), 1U);
  Endpoint source;
  source.name = "source";
  source.host = "old.example.com";
  source.port = 993;
  source.login = LoginTemplate::parse("{user}").value();
  EXPECT_EQ(plan.sources[0], source);
  EXPECT_EQ(plan.targets[0].name, "target");
  EXPECT_THAT(plan.accounts.files, ElementsAre("/plans/people.csv"));
  EXPECT_TRUE(plan.waves.empty());
  EXPECT_TRUE(plan.accounts.addresses.empty());
}

TEST(PlanFile, ExampleOfThePageIsRead) {
  const std::string text = page();
  const auto begin = text.find("```toml\n") + 8;
  ASSERT_NE(text.find("```toml\n"), std::string::npos);
  const std::string example = text.substr(begin, text.find("```\n", begin) - begin);
  const Plan plan = plan_of(example);
  EXPECT_EQ(plan.name, "example.com to the new server");
  EXPECT_EQ(plan.ledger, "/plans/migration.ledger");
  EXPECT_EQ(plan.vault_key, "/plans/migration.vault-key");
  EXPECT_EQ(plan.lanes, 2U);
  EXPECT_EQ(plan.quiet_time, 5s);
  ASSERT_EQ(plan.sources.size(), 2U);
  EXPECT_EQ(plan.sources[0].limits.connections, 20U);
  EXPECT_EQ(plan.sources[0].limits.connections_per_account, 2U);
  EXPECT_EQ(plan.sources[0].limits.bytes_per_second, 20'000'000U);
  EXPECT_EQ(plan.sources[0].limits.bytes_per_day, 500'000'000'000U);
  EXPECT_EQ(plan.sources[0].limits.messages_per_second, 200U);
  EXPECT_EQ(plan.sources[0].limits.windows.windows.size(), 2U);
  EXPECT_EQ(plan.sources[0].limits.windows.time_zone, "Europe/Berlin");
  EXPECT_EQ(plan.sources[0].login_of("Info@example.com"), (Endpoint::Login{"Info@example.com*migration", ""}));
  EXPECT_EQ(plan.sources[0].names.canonical("Info@example.com"), "office");
  EXPECT_EQ(plan.sources[1].password, (PasswordFrom{PasswordFrom::Kind::environment, "EXCHANGE_PASSWORD"}));
  EXPECT_EQ(plan.targets[0].login_of("alice@example.com"), (Endpoint::Login{"admin", "alice@example.com"}));
  EXPECT_EQ(plan.accounts.addresses.apply("alice@old.example.com"), "a.smith@example.com");
  EXPECT_THAT(plan.accounts.ignored_columns, ElementsAre("Department"));
  ASSERT_EQ(plan.waves.size(), 3U);
  EXPECT_TRUE(plan.waves[0].is_pilot);
  EXPECT_EQ(plan.waves[2].after, "night 1");
  EXPECT_EQ(plan.rules.since, "2015-01-01");
  EXPECT_EQ(plan.repairs, "nul, header-8bit, long-line");
  EXPECT_EQ(plan.extras, (ExtrasSettings{true, true, {"/shared/comment", "/private/*"}, "/plans/identities.csv"}));
  EXPECT_EQ(plan.rules.shared_account, "alice@old.example.com");
  // And it has every key there is, but for those that exclude each other.
  for (const auto& [table, key] : plan_keys()) {
    if (key == "password_prompt" || key == "older_than_days" || key == "admin_command" || key == "oauth" || key.starts_with("token_")) continue;
    EXPECT_THAT(example, testing::AnyOf(HasSubstr("\n" + key + " ="), HasSubstr("[" + key + "]"), HasSubstr("." + key + "]"))) << table;
  }
}

TEST(PlanFile, FaultsOfRightsAndFoldersOfOthers) {
  const auto fault = [](const std::string& lines) {
    return describe(parse_plan(std::string(least) + "[rules]\n" + lines, "/plans/godwit.toml").error());
  };
  EXPECT_THAT(fault("shared = \"Shared/**\""), HasSubstr("who moves these folders?"));
  EXPECT_THAT(fault("other_users = \"user/**\""), HasSubstr("write shared_account = "));
  EXPECT_THAT(fault("shared_account = \"alice\""), HasSubstr("write shared = "));
  EXPECT_THAT(fault("copy_annotations = [\"/shared/x\", \"comment\"]"), HasSubstr("\"comment\" names no annotations"));
  EXPECT_THAT(fault("identities = \"i.csv\""), HasSubstr("write copy_rights = true, too"));
  EXPECT_THAT(fault("copy_rights = \"yes\""), HasSubstr("copy_rights"));
}

TEST(PlanFile, PreStage) {
  const auto stage_of = [](const std::string& lines) { return plan_of(std::string(least) + "[[wave]]\nname = \"w\"\n" + lines).pre_stage; };
  EXPECT_FALSE(stage_of(""));
  const auto dated = stage_of("[pre_stage]\nbefore = 2025-01-01\nwaves = \"w\"\nwindows = \"22:00-06:00\"\ntime_zone = \"UTC\"");
  ASSERT_TRUE(dated);
  EXPECT_EQ(dated->before, std::chrono::sys_days{2025y / 1 / 1});
  EXPECT_FALSE(dated->older_than);
  EXPECT_EQ(dated->size_at_least, 0U);
  EXPECT_THAT(dated->waves, ElementsAre("w"));
  EXPECT_EQ(dated->windows.windows.size(), 1U);
  EXPECT_EQ(dated->windows.time_zone, "UTC");
  const auto aged = stage_of("[pre_stage]\nolder_than_days = 30\nsize_at_least = \"5GB\"");
  ASSERT_TRUE(aged);
  EXPECT_EQ(aged->older_than, std::chrono::days(30));
  EXPECT_EQ(aged->size_at_least, 5'000'000'000U);
  EXPECT_EQ(stage_of("[pre_stage]\nbefore = \"2025-01-01T18:30:00+01:00\"")->before, std::chrono::sys_days{2025y / 1 / 1} + 17h + 30min);
}

TEST(PlanFile, FaultsOfThePreStage) {
  const auto fault = [](const std::string& lines) {
    return describe(parse_plan(std::string(least) + lines, "/plans/godwit.toml").error());
  };
  EXPECT_THAT(fault("[pre_stage]\n"), HasSubstr("write before = 2025-01-01, or older_than_days = 30"));
  EXPECT_THAT(fault("[pre_stage]\nbefore = \"soon\""), HasSubstr("\"soon\" is no date"));
  EXPECT_THAT(fault("[pre_stage]\nbefore = 2025-01-01\nolder_than_days = 3"), HasSubstr("keep one of before, older_than_days"));
  EXPECT_THAT(fault("[pre_stage]\nolder_than_days = 0"), HasSubstr("older_than_days"));
  EXPECT_THAT(fault("[pre_stage]\nolder_than_days = 3\nwaves = \"night 9\""), HasSubstr("there is no wave \"night 9\""));
  EXPECT_THAT(fault("[pre_stage]\nolder_than_days = 3\nsize_at_least = \"big\""), HasSubstr("size_at_least"));
  EXPECT_THAT(fault("[pre_stage]\nolder_than_day = 3"), HasSubstr("older_than_days"));
}

TEST(PlanFile, EveryKeyStandsOnThePage) {
  const std::string text = page();
  const auto keys = plan_keys();
  EXPECT_GT(keys.size(), 60U);
  for (const auto& [table, key] : keys) {
    const bool is_table = table.empty();
    EXPECT_THAT(text, HasSubstr(is_table ? "[" + key + "]" : "| `" + key + "` |")) << table;
  }
}

TEST(PlanFile, Endpoints) {
  const Plan plan = plan_of(with("source", "security = \"starttls\"\nfingerprint = \"" + std::string(64, 'b') + "\"") +
                            "[[wave]]\nname = \"w\"\n");
  EXPECT_EQ(plan.sources[0].port, 143);
  EXPECT_EQ(plan.sources[0].trust.mode, Trust::Mode::fingerprint);
  EXPECT_EQ(plan.sources[0].trust.fingerprint, std::string(32, '\xbb'));
  EXPECT_EQ(plan_of(with("source", "security = \"none\"")).sources[0].port, 143);
  EXPECT_EQ(plan_of(with("source", "port = 1993")).sources[0].port, 1993);
  EXPECT_EQ(plan_of(with("target", "trust = \"always\"")).targets[0].trust.mode, Trust::Mode::always);
}

// `least` with files as its source.
std::string with_files(const std::string& lines) {
  std::string text = least;
  const std::string host = "host = \"old.example.com\"\n";
  return text.replace(text.find(host), host.size(), lines + "\n");
}

TEST(PlanFile, SystemsWithoutAServer) {
  const Plan plan = plan_of(with_files("type = \"maildir\"\npath = \"mail/{domain}/{local}\"\n[source.limits]\nmessages_per_second = 5"));
  const Endpoint& source = plan.sources[0];
  EXPECT_EQ(source.system, System::maildir);
  EXPECT_EQ(source.address(), "maildir:/plans/mail/{domain}/{local}");
  EXPECT_EQ(source.path_of("alice@example.com").value(), "/plans/mail/example.com/alice");
  EXPECT_EQ(source.limits.messages_per_second, 5U);
  for (const char* user : {"../alice@example.com", "alice@..", "alice@a/b", "..", "."}) {
    const auto path = source.path_of(user);
    ASSERT_FALSE(path) << user;
    EXPECT_THAT(describe(path.error()), HasSubstr("cannot stand in a path")) << user;
  }
  EXPECT_EQ(plan.targets[0].system, System::imap);
  EXPECT_EQ(plan.targets[0].address(), "imaps://new.example.com:993");
}

TEST(PlanFile, FaultsOfSystemsWithoutAServer) {
  EXPECT_THAT(error_of(with_files("type = \"maildir\"")), HasSubstr("path"));
  EXPECT_THAT(error_of(with_files("type = \"maildri\"\npath = \"/x/{user}\"")), HasSubstr("\"maildri\" is not known; did you mean \"maildir\""));
  EXPECT_THAT(error_of(with_files("type = \"mbox\"\npath = \"/backup/mbox\"")), HasSubstr("write {user} in it: \"/backup/{user}/mbox\""));
  EXPECT_THAT(error_of(with_files("type = \"mbox\"\npath = \"/backup/{user}/{admin}\"")), HasSubstr("{admin} stands for nobody here"));
  EXPECT_THAT(error_of(with_files("type = \"mbox\"\npath = \"/{who}\"")), HasSubstr("{who}"));
  EXPECT_THAT(error_of(with_files("type = \"mbox\"\nhost = \"a\"\npath = \"/{user}\"")), HasSubstr("host: type = \"mbox\" has no server"));
  EXPECT_THAT(error_of(with("source", "path = \"/{user}\"")), HasSubstr("only systems without a server have one"));
}

TEST(PlanFile, PopHasPortsOfItsOwn) {
  EXPECT_EQ(plan_of(with("source", "type = \"pop3\"")).sources[0].address(), "pop3s://old.example.com:995");
  EXPECT_EQ(plan_of(with("source", "type = \"pop3\"\nsecurity = \"starttls\"")).sources[0].address(), "pop3://old.example.com:110");
}

TEST(PlanFile, OnlyPopHasMessagesThatArriveRead) {
  EXPECT_TRUE(plan_of(with("source", "type = \"pop3\"\nmark_read = true")).sources[0].mark_read);
  EXPECT_FALSE(plan_of(with("source", "type = \"pop3\"")).sources[0].mark_read);
  const std::string maildrop = with("source", "type = \"pop3\"");
  EXPECT_THAT(error_of(maildrop + "[source.limits]\nconnections_per_account = 2\n"), HasSubstr("lets one session in at a time"));
  EXPECT_EQ(plan_of(maildrop + "[source.limits]\nconnections_per_account = 1\n").sources[0].limits.connections_per_account, 1U);
  EXPECT_THAT(error_of(with("source", "mark_read = true")), HasSubstr("only a source of type = \"pop3\" has it"));
  EXPECT_THAT(error_of(with("target", "mark_read = true")), HasSubstr("only a source of type = \"pop3\" has it"));
}

TEST(PlanFile, UidlsOfAPop3ServerBesideImap) {
  const auto uidl_of = [](const std::string& lines) { return plan_of(with("source", lines)).sources[0].pop3_uidl; };
  EXPECT_EQ(uidl_of(""), std::nullopt);
  EXPECT_EQ(uidl_of("pop3_uidl = \"pop3s://old.example.com\""), (endpoint::ServerUrl{true, "", "old.example.com", 995}));
  EXPECT_EQ(uidl_of("pop3_uidl = \"pop3://[::1]:1110\""), (endpoint::ServerUrl{false, "", "::1", 1110}));
  const auto fault_of = [](const std::string& lines) { return error_of(with("source", lines)); };
  EXPECT_THAT(fault_of("pop3_uidl = \"old.example.com\""), HasSubstr("write pop3s://host:port (TLS from the first byte) or pop3://host:port"));
  EXPECT_THAT(fault_of("pop3_uidl = \"pop3s://alice@old.example.com\""), HasSubstr("write no user"));
  EXPECT_THAT(fault_of("type = \"pop3\"\npop3_uidl = \"pop3s://old.example.com\""), HasSubstr("only a source of type = \"imap\" has it"));
  EXPECT_THAT(error_of(with("target", "pop3_uidl = \"pop3s://old.example.com\"")), HasSubstr("only a source of type = \"imap\" has it"));
  const std::string admin = "admin_user = \"root\"\nadmin_command = \"PROXYAUTH\"\n";
  EXPECT_THAT(fault_of(admin + "pop3_uidl = \"pop3s://old.example.com\""), HasSubstr("POP3 has no PROXYAUTH"));
  EXPECT_THAT(fault_of(admin + "type = \"pop3\""), HasSubstr("POP3 has no PROXYAUTH"));
}

TEST(PlanFile, AdministratorsLogins) {
  const auto source = [](const std::string& lines) { return plan_of(with("source", lines)).sources[0]; };
  const Endpoint proxy = source("admin_user = \"root\"");
  EXPECT_EQ(proxy.login_of("alice"), (Endpoint::Login{"root", "alice"}));
  EXPECT_EQ(proxy.password, PasswordFrom{}) << "asked for";
  const Endpoint master = source("admin_user = \"root\"\nlogin = \"{user}*{admin}\"\npassword_file = \"a/../pw\"");
  EXPECT_EQ(master.login_of("alice"), (Endpoint::Login{"alice*root", ""}));
  EXPECT_EQ(master.password, (PasswordFrom{PasswordFrom::Kind::file, "/plans/pw"}));
  const Endpoint mailbox = source("admin_user = \"root\"\nauthorization = \"{local}\"\npassword_env = \"PW\"");
  EXPECT_EQ(mailbox.login_of("alice@example.com"), (Endpoint::Login{"root", "alice"}));
  EXPECT_EQ(mailbox.password, (PasswordFrom{PasswordFrom::Kind::environment, "PW"}));
  EXPECT_EQ(source("password_prompt = true").password, PasswordFrom{});
  EXPECT_EQ(source("password_prompt = false").password, std::nullopt);
  EXPECT_EQ(source("password_file = '/etc/pw'").password->name, "/etc/pw");
}

TEST(PlanFile, LanesFollowTheLimits) {
  EXPECT_EQ(plan_of(with("source.limits", "connections_per_account = 1")).lanes, 1U);
  EXPECT_EQ(plan_of(with("source.limits", "connections = 1")).lanes, 1U);
  EXPECT_EQ(plan_of(with("source.limits", "connections_per_account = 8")).lanes, 2U);
  EXPECT_EQ(plan_of(with("plan", "lanes = 8")).lanes, 8U);
  EXPECT_THAT(error_of(with("plan", "lanes = 3") + "[target.limits]\nconnections_per_account = 2\n"),
              HasSubstr("lanes: 3 lanes need as many connections for one account, and \"target\" allows 2; write lanes = 2"));
}

TEST(PlanFile, RulesTakeDatesAndSizesAsTheyCome) {
  const sync::RuleTexts rules =
      plan_of(with("rules",
                   "since = 2024-01-31\nuntil = 2024-02-01T10:00:00+02:00\nsize_limit = 1000000\n"
                   "rename = \"Sent Items=Sent\"\nskip_deleted = true\norder = \"newest-first\"\nbelow = \"Old\""))
          .rules;
  EXPECT_EQ(rules.since, "2024-01-31");
  EXPECT_EQ(rules.until, "2024-02-01T10:00:00+02:00");
  EXPECT_EQ(rules.size_limit, "1000000");
  EXPECT_THAT(rules.renames, ElementsAre("Sent Items=Sent"));
  EXPECT_TRUE(rules.skip_deleted);
  EXPECT_EQ(rules.order, "newest-first");
  EXPECT_EQ(rules.below, "Old");
  EXPECT_TRUE(sync::parse_rules(rules));
  EXPECT_EQ(plan_of(with("rules", "repair = [\"nul\", \"wrap\"]")).repairs, "nul, wrap");
}

TEST(PlanFile, PathsAreRelativeToTheFile) {
  const auto relative = parse_plan(least, "godwit.toml");
  ASSERT_TRUE(relative);
  EXPECT_EQ(relative->ledger, "x.ledger");
  EXPECT_THAT(plan_of(with("source", "") + "").accounts.files, ElementsAre("/plans/people.csv"));
  std::string text = least;
  text.replace(text.find("\"people.csv\""), 12, "[\"/a/b.csv\", \"../c.csv\"]");
  EXPECT_THAT(plan_of(text).accounts.files, ElementsAre("/a/b.csv", "/c.csv"));
}

struct Fault {
  std::string table, lines, error;
  friend void PrintTo(const Fault& fault, std::ostream* stream) { *stream << "[" << fault.table << "] " << fault.lines; }
};
class PlanFault : public testing::TestWithParam<Fault> {};
TEST_P(PlanFault, IsTold) { EXPECT_THAT(error_of(with(GetParam().table, GetParam().lines)), HasSubstr(GetParam().error)); }
INSTANTIATE_TEST_SUITE_P(
    All, PlanFault,
    testing::Values(
        Fault{"source", "hots = \"x\"", "godwit.toml:5:1: there is no key \"hots\" in [source]; did you mean \"host\"?"},
        Fault{"source", "  lanes = 2", "godwit.toml:5:3: there is no key \"lanes\" in [source]; it belongs in [plan]"},
        Fault{"source", "connections = 2", "it belongs in [source.limits] or in [target.limits]"},
        Fault{"surce", "x = 1", "there is no key \"surce\" at the top of the file; did you mean \"source\"?"},
        Fault{"source.names", "strip-domain = \"x\"", "did you mean \"strip_domain\"?"},
        Fault{"source", "zzz = 1", "there is no key \"zzz\" in [source]; known are: admin_command, admin_user, authorization"},
        Fault{"source", "port = \"993\"", "godwit.toml:5:8: port: this is a text; write a whole number from 1 to 65535, without quotes"},
        Fault{"source", "port = 0", "port: 0 is out of bounds; write a whole number from 1 to 65535"},
        Fault{"source", "port = 65536", "port: 65536 is out of bounds"}, Fault{"source", "port = -1", "port: -1 is out of bounds"},
        Fault{"source", "name = 5", "name: this is a whole number; write a text in quotes"},
        Fault{"source", "name = \"\"", "name: the text is empty"},
        Fault{"source", "name = \"a\\tb\"", "name: there is a control character"},
        Fault{"source", "limits = 5", "limits: this is a whole number; write it as a table: [source.limits]"},
        Fault{"source", "security = \"ssl\"", "security: \"ssl\" is not known; known are: tls, starttls, none"},
        Fault{"source", "security = \"TLS1\"", "security: \"TLS1\" is not known; did you mean \"tls\"?"},
        Fault{"source", "trust = \"never\"", "trust: \"never\" is not known; known are: system, always, fingerprint"},
        Fault{"source", "trust = \"fingerprint\"", "trust: the fingerprint is missing"},
        Fault{"source", "trust = \"always\"\nfingerprint = \"aa\"", "fingerprint: with trust = \"always\" nobody looks at it"},
        Fault{"source", "fingerprint = \"aabb\"", "fingerprint: this is no SHA-256; write its 64 hexadecimal digits"},
        Fault{"source", "security = \"none\"\ntrust = \"always\"", "trust: without TLS there is no certificate to trust"},
        Fault{"source", "password = \"sekret\"", "password: a password never stands in the plan; write password_file, password_env"},
        Fault{"source", "password_file = \"a\"\npassword_env = \"B\"", "there are several places for one password"},
        Fault{"source", "password_file = \"~/a\"", "~ is not understood here"},
        Fault{"source", "password_env = \"$PW\"", "this is no variable's name"},
        Fault{"source", "password_prompt = \"yes\"", "password_prompt: this is a text; write true or false without quotes"},
        Fault{"source", "login = \"{usr}\"", "login: there is no placeholder {usr}; did you mean \"user\"?"},
        Fault{"source", "login = \"{user}*{admin}\"", "login: {admin} stands for admin_user, which is missing"},
        Fault{"source", "login = \"{user}\"\nadmin_user = \"root\"", "admin_user: nothing uses it; write {admin} in login"},
        Fault{"source", "login = \"root\"", "login: every account would log in as the same one"},
        Fault{"source", "login = \"root\"\nauthorization = \"boss\"", "login: every account would log in as the same one"},
        Fault{"source", "authorization = \"{user}\"", "write who that is: admin_user = \"…\""},
        Fault{"source.limits", "connections = 0", "connections: 0 is out of bounds; write a whole number from 1 to 1000"},
        Fault{"source.limits", "connections = 2\nconnections_per_account = 3",
              "one account cannot have more than the 2 connections of all"},
        Fault{"source.limits", "bytes_per_second = \"20M\"", "bytes_per_second: this is no size; write 26214400, 25MB"},
        Fault{"source.limits", "bytes_per_day = 0", "bytes_per_day: nothing could be moved; leave it out for no limit"},
        Fault{"source.labels", "placement = \"last\"", "placement: \"last\" is not known; write \"first\""},
        Fault{"source.labels", "placement = \"folders\"\norder = [\"Work\"]", "with \"folders\" each folder is moved as it is"},
        Fault{"source.labels", "keywords = 1", "keywords: this is a whole number"},
        Fault{"target.labels", "junk = true", "there is no key \"labels\" in [target]"},
        Fault{"source.limits", "bytes_per_day_per_account = 0", "bytes_per_day_per_account: nothing could be moved"},
        Fault{"source.limits", "bytes_per_day = 1.5", "bytes_per_day: this is a number with a point; write a size: \"20MB\""},
        Fault{"source.limits", "windows = [\"Mon-Fri 22:00-06:00\", \"Mo 1\"]", "windows: \"Mo\" is no day of the week"},
        Fault{"source.limits", "windows = []", "windows: the list is empty"},
        Fault{"source.limits", "windows = [1]", "windows: this is a whole number"},
        Fault{"source.limits", "time_zone = \"UTC\"", "time_zone: there are no windows that it could be for"},
        Fault{"source.limits", "windows = \"Sat\"\ntime_zone = \"Mars\"", "time_zone: there is no time zone \"Mars\""},
        Fault{"source.names", "strip_domain = \"@example.com\"", "strip_domain: write the domain without \"@\": \"example.com\""},
        Fault{"source.names", "aliases = { a = \"b\", b = \"c\" }", "aliases: \"b\" stands for a name that stands for another"},
        Fault{"source.names", "distinct = [\"c\", \"a\"]\naliases = { a = \"b\" }", "distinct: \"a\" stands for another mailbox"},
        Fault{"plan", "quiet_time = \"5\"", "quiet_time: \"5\" is no time up to an hour"},
        Fault{"plan", "quiet_time = 5", "quiet_time: this is a whole number"},
        Fault{"plan", "quiet_time = \"61min\"", "quiet_time: \"61min\" is no time up to an hour"},
        Fault{"plan", "quiet_time = \"99999999999s\"", "is no time"},
        Fault{"plan", "lanes = 17", "lanes: 17 is out of bounds; write a whole number from 1 to 16"},
        Fault{"plan", "time_zone = \"Berlin\"", "time_zone: there is no time zone \"Berlin\""},
        Fault{"accounts", "format = \"xls\"", "format: there is no form \"xls\"; known are: csv, user:password, user:password:domain"},
        Fault{"accounts", "default_wave = \"w\"", "default_wave: there is no wave \"w\"; write it as [[wave]]"},
        Fault{"accounts.addresses", "\"@a.example.com\" = \"b@example.com\"",
              "godwit.toml:11:20: addresses: \"@a.example.com\" cannot become"},
        Fault{"accounts.addresses", "\"@a.example.com\" = 5", "@a.example.com: this is a whole number"},
        Fault{"rules", "include = [\"INBOX\", \"a//b\"]", "godwit.toml:11:21: include \"a//b\": a level is empty"},
        Fault{"rules", "rename = [\"a=b\", \"a=c\"]", "rename \"a=c\": this folder has another new name"},
        Fault{"rules", "since = \"31.1.2024\"", "since \"31.1.2024\": this is no date"},
        Fault{"rules", "since = 10:00:00", "since: this is a date or time; write a date"},
        Fault{"rules", "since = 2024-01-02\nuntil = 2024-01-01", "since 2024-01-02 is not before until 2024-01-01"},
        Fault{"rules", "size_limit = 0", "size limit \"0\": no message is that small"},
        Fault{"rules", "repair = [\"nul\", \"nil\"]", "godwit.toml:11:18: repair: there is no repair rule \"nil\""},
        Fault{"wave", "name = \"x\"\nafter = \"y\"", "after: there is no wave \"y\"; known are: x"},
        Fault{"wave", "name = \"x\"\nafter = \"x\"", "after: the wave \"x\" would wait for itself"},
        Fault{"wave", "pilot = true", "name: it is missing in [wave]; write name = \"night 1\""},
        Fault{"source", "x = ", "godwit.toml:5:5: this is not TOML"},
        Fault{"source", "login = \"A\\dmin\"", "a backslash in one is written twice"}));

TEST(PlanFile, WavesMayNotGoInCircles) {
  const std::string waves =
      least +
      "[[wave]]\nname = \"a\"\nafter = \"c\"\n[[wave]]\nname = \"b\"\nafter = \"a\"\n[[wave]]\nname = \"c\"\nafter = \"b\"\n"
      "[[wave]]\nname = \"d\"\nafter = \"c\"\n";
  const std::string error = error_of(waves);
  for (const char* name : {"a", "b", "c"}) EXPECT_THAT(error, HasSubstr(fmt::format("the wave \"{}\" would wait for itself", name)));
  EXPECT_EQ(error.find("the wave \"d\""), std::string::npos);
  EXPECT_THAT(error_of(least + "[[wave]]\nname = \"a\"\n[[wave]]\nname = \"a\"\n"), HasSubstr("several waves are called \"a\""));
}

TEST(PlanFile, SeveralEndpointsHaveNames) {
  std::string text = least;
  text.replace(text.find("[source]"), 8, "[[source]]");
  EXPECT_EQ(plan_of(text).sources[0].name, "source");
  EXPECT_THAT(error_of(text + "[[source]]\nhost = \"b.example.com\"\n"), HasSubstr("there are several [[source]]: give each a name"));
  const std::string two = text + "[[source]]\nname = \"source\"\nhost = \"b.example.com\"\n";
  EXPECT_THAT(error_of(two), HasSubstr("godwit.toml:4:1: there are several [[source]]"));
  text.insert(text.find("host = \"old"), "name = \"a\"\n");
  EXPECT_THAT(names_of(plan_of(text + "[[source]]\nname = \"b\"\nhost = \"b.example.com\"\n").sources), ElementsAre("a", "b"));
  EXPECT_THAT(error_of(text + "[[source]]\nname = \"a\"\nhost = \"b.example.com\"\n"), HasSubstr("another source is called \"a\" already"));
}

TEST(PlanFile, WhatIsMissingIsTold) {
  const std::string error = error_of("");
  for (const char* missing : {"name: it is missing in [plan]; write name = \"old to new\"", "ledger: it is missing",
                              "source: it is missing; write a table [source]", "target: it is missing",
                              "files: it is missing in [accounts]; write files = \"accounts.csv\""}) {
    EXPECT_THAT(error, HasSubstr(missing));
  }
  EXPECT_THAT(error_of("[source]\n[target]\n"),
              HasSubstr("godwit.toml:1:1: host: it is missing in [source]; write host = \"old.example.com\""));
}

TEST(PlanFile, HostsAreNoUrls) {
  for (const char* wrong :
       {"imaps://old.example.com", "old.example.com:993", "[2001:db8::1]", "old example", "alice@old.example.com", "a/b"}) {
    std::string text = least;
    text.replace(text.find("old.example.com"), 15, wrong);
    EXPECT_THAT(error_of(text), HasSubstr("host: write the host's name or address alone")) << wrong;
  }
  std::string text = least;
  text.replace(text.find("old.example.com"), 15, "2001:db8::1");
  EXPECT_EQ(plan_of(text).sources[0].host, "2001:db8::1");
}

TEST(PlanFile, AllFaultsAreToldAtOnceAndNoPassword) {
  const std::string error = error_of(with("source", "port = 0\nhots = 1\npassword = \"sekret\"") + "[rules]\norder = \"x\"\n");
  EXPECT_THAT(error, testing::StartsWith("4 errors:\ngodwit.toml:5:8: port:"));
  EXPECT_THAT(error, HasSubstr("\ngodwit.toml:14:9: order \"x\""));
  EXPECT_EQ(error.find("sekret"), std::string::npos);
}

// Cut anywhere, it is a plan or an error with a place.
TEST(PlanFile, CutAnywhere) {
  const std::string text =
      with("source", "login = \"{user}*{admin}\"\nadmin_user = 'x'") + "[rules]\nsince = 2024-01-31\ninclude = [\"a\", \"b\"]\n";
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto plan = parse_plan(text.substr(0, size), "godwit.toml");
    if (!plan) EXPECT_THAT(describe(plan.error()), HasSubstr("godwit.toml")) << size;
  }
}

TEST(PlanFile, FilesThatCannotBeRead) {
  const auto missing = read_plan("/nowhere/godwit.toml");
  ASSERT_FALSE(missing);
  EXPECT_EQ(describe(missing.error()), "/nowhere/godwit.toml: the file cannot be opened: No such file or directory (GW-1000)");
  const auto directory = read_plan("/tmp");
  ASSERT_FALSE(directory);
  EXPECT_THAT(describe(directory.error()), HasSubstr("/tmp: this is a directory"));
}

}  // namespace
}  // namespace godwit::plan
