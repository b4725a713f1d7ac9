// SPDX-License-Identifier: Apache-2.0
#include "plan/accounts_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/account_columns.h"

namespace godwit::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Parsed {
  std::vector<Account> accounts;
  std::string faults;
};
Parsed parse(std::string_view text, const AccountSettings& settings = {}, const std::string& file = "people") {
  Problems problems;
  Parsed result{.accounts = parse_accounts(text, file, settings, problems), .faults = {}};
  if (!problems.empty()) result.faults = describe(problems.error());
  return result;
}
AccountSettings in(AccountsFormat format) {
  AccountSettings settings;
  settings.format = format;
  return settings;
}
// "user/password" of each.
std::vector<std::string> logins(const Parsed& parsed) {
  std::vector<std::string> result;
  for (const Account& account : parsed.accounts)
    result.push_back(fmt::format("{}/{}", account.source_user, account.source_password.reveal()));
  return result;
}
constexpr auto csv = AccountsFormat::csv;
constexpr auto user_password = AccountsFormat::user_password;
constexpr auto user_password_domain = AccountsFormat::user_password_domain;

TEST(AccountColumns, ManyNamesAreUnderstood) {
  using enum AccountColumn;
  const std::vector<std::pair<AccountColumn, std::vector<const char*>>> table{
      {source_user,
       {"source_user", "Old user", "username_from", "user1", "E-Mail", "login", "OLD LOGIN", "src-username", "from address", "Mailbox"}},
      {source_password, {"source_password", "password", "pass 1", "Old-Password", "pwd_from", "srcpass"}},
      {target_user, {"target_user", "dest login", "New user", "username_to", "user2", "destination.mailbox", "E-mail (new)"}},
      {target_password, {"target_password", "password2", "new pass", "DestPwd", "passwordTo"}},
      {wave, {"wave", "Batch", "group", "Phase"}},
      {priority, {"priority", "Prio"}},
      {source, {"source", "old server", "source endpoint"}},
      {target, {"target", "Destination", "new_server"}},
      {name, {"name", "Display Name", "full name"}}};
  for (const auto& [column, headers] : table) {
    for (const char* header : headers) EXPECT_EQ(find_column(header), column) << header;
  }
  for (const char* header : {"", "old", "new", "from", "department", "phone", "host", "newuserx", "ü"})
    EXPECT_EQ(find_column(header), std::nullopt) << header;
  for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(ignored); ++i) {
    const auto column = static_cast<AccountColumn>(i);
    EXPECT_EQ(find_column(name_of(column)), column);
  }
}

TEST(AccountsFile, CsvWithEveryColumn) {
  const Parsed one = parse(
      "Old User;Old Password;New User;New Password;Wave;Priority;Source;Target;Name\r\n"
      " alice ;\"a;\"\"b\";alice@new.example.com; pw ;night 1;-5;old;new;\"Smith; Alice\"\r\n"
      "bob;;;;;;;;\r\n");
  EXPECT_EQ(one.faults, "");
  ASSERT_EQ(one.accounts.size(), 2U);
  const Account& alice = one.accounts[0];
  EXPECT_EQ(alice.source_user, "alice");
  EXPECT_EQ(alice.source_password.reveal(), "a;\"b");
  EXPECT_EQ(alice.target_user, "alice@new.example.com");
  EXPECT_EQ(alice.target_password.reveal(), " pw ") << "blanks belong to a password";
  EXPECT_EQ(alice.wave, "night 1");
  EXPECT_EQ(alice.priority, -5);
  EXPECT_EQ(alice.source, "old");
  EXPECT_EQ(alice.target, "new");
  EXPECT_EQ(alice.name, "Smith; Alice");
  EXPECT_EQ(alice.file, "people");
  EXPECT_EQ(alice.line, 2U);
  EXPECT_EQ(one.accounts[1].source_user, "bob");
  EXPECT_EQ(one.accounts[1].priority, 0);
  EXPECT_EQ(one.accounts[1].line, 3U);
}

TEST(AccountsFile, TheDelimiterIsFound) {
  for (const char delimiter : {',', ';', '\t', '|'}) {
    const std::string d(1, delimiter);
    const Parsed one = parse("\xEF\xBB\xBFuser" + d + "password" + d + "name\nalice" + d + "x:y" + d + "\"A,;|\t\"\n");
    EXPECT_EQ(one.faults, "") << d;
    EXPECT_THAT(logins(one), ElementsAre("alice/x:y")) << d;
  }
  EXPECT_THAT(logins(parse("user\nalice\nbob\n")), ElementsAre("alice/", "bob/"));
}

TEST(AccountsFile, AHeaderHasTheSourcesUsers) {
  EXPECT_THAT(logins(parse("group\nalice\n")), ElementsAre("group/", "alice/"));
  EXPECT_THAT(logins(parse("group;user\n1;alice\n")), ElementsAre("alice/"));
}

TEST(AccountsFile, PasswordsMayHoldAnything) {
  const Parsed one = parse("user,password,name\nalice,\"line\r\nand line, \"\"quoted\"\" # x\",A\nbob,#:{}\\',B\n");
  EXPECT_EQ(one.faults, "");
  EXPECT_THAT(logins(one), ElementsAre("alice/line\r\nand line, \"quoted\" # x", "bob/#:{}\\'"));
  EXPECT_EQ(one.accounts[1].line, 4U);
}

TEST(AccountsFile, EveryBadLineOfCsvIsTold) {
  const Parsed one = parse(
      "user,password,priority\nalice,x,1\n\nbob,x\ncarol,x,y,1\n,x,1\ndave,x,1.5\nerin,x,1001\n@example.com,x,\n# "
      "frank,x,1\n\"a\x01\",x,\ngood,x,\n\"open,x,1\n");
  EXPECT_THAT(logins(one), ElementsAre("alice/x", "# frank/x", "good/x"));
  for (const char* fault :
       {"people:3: this line is empty; remove it", "people:4: this line has 2 fields, and the header 3",
        "people:5: this line has 4 fields", "people:6: the account has no name on the source", "people:7: \"1.5\" is no priority",
        "people:8: \"1001\" is no priority; write a whole number from -1000 to 1000",
        "people:9: the name \"@example.com\" is half an address", "people:11: the name \"a\\x01\" has a control character",
        "people:13:1: this quote is not closed", "9 errors:"}) {
    EXPECT_THAT(one.faults, HasSubstr(fault));
  }
}

TEST(AccountsFile, FaultsOfAHeader) {
  const AccountSettings settings = in(csv);
  EXPECT_THAT(parse("user,pasword\na,b\n", settings).faults, HasSubstr("people:1: column 2 is called \"pasword\", which is no known name"));
  EXPECT_THAT(parse("source_usr,password\na,b\n", settings).faults, HasSubstr("did you mean \"source_user\"?"));
  EXPECT_THAT(parse("user,old user\na,b\n", settings).faults, HasSubstr("columns 1 (\"user\") and 2 (\"old user\") both mean source_user"));
  EXPECT_THAT(parse("user,,name\na,b,c\n", settings).faults, HasSubstr("column 2 has no name"));
  EXPECT_THAT(parse("password,name\na,b\n", settings).faults,
              HasSubstr("no column has the accounts' names on the source; call one source_user"));
  EXPECT_THAT(parse("\"user\na,b\n", settings).faults, HasSubstr("people:1:1: this quote is not closed"));
  EXPECT_THAT(parse("", settings).faults, HasSubstr("the file is empty"));
  EXPECT_THAT(parse("user,password\n", settings).faults, HasSubstr("there is no account in this file"));
  EXPECT_THAT(parse("usr;pw;nm\na;b;c\n", {}, "people.CSV").faults, HasSubstr("column 3 is called \"nm\""));
}

TEST(AccountsFile, ColumnsCanBeLeftOut) {
  AccountSettings settings;
  settings.ignored_columns = {"Department", "old-password"};
  const Parsed one = parse("user,department,Old Password,password\nalice,x,y,z\n", settings);
  EXPECT_EQ(one.faults, "");
  EXPECT_THAT(logins(one), ElementsAre("alice/z"));
}

TEST(AccountsFile, BulkLines) {
  const Parsed one = parse("# everybody\n\nalice@example.com:secret\r\n  \n  # more\nbob: a:b #c \ncarol\n");
  EXPECT_EQ(one.faults, "");
  EXPECT_THAT(logins(one), ElementsAre("alice@example.com/secret", "bob/ a:b #c ", "carol/"));
  EXPECT_EQ(one.accounts[0].line, 3U);
  EXPECT_EQ(one.accounts[1].line, 6U);
  EXPECT_THAT(logins(parse("alice:x\nbob:", in(user_password))), ElementsAre("alice/x", "bob/"));
}

TEST(AccountsFile, ADomainIsReadWhereThePlanSaysSo) {
  const Parsed one = parse("alice:a:b:example.com\nbob@Example.com::example.com\ncarol:x: example.org \ndave@example.com:x:example.com\n",
                           in(user_password_domain));
  EXPECT_EQ(one.faults, "");
  EXPECT_THAT(logins(one), ElementsAre("alice@example.com/a:b", "bob@Example.com/", "carol@example.org/x", "dave@example.com/x"));
  const Parsed plain = parse("alice:a:b:example.com\n", in(user_password));
  EXPECT_THAT(logins(plain), ElementsAre("alice/a:b:example.com"));
  const Parsed unsaid = parse("alice:a:b:example.com\nbob:a:b:1.5\ncarol:x.example.com\ndave:a:.com\nerin:a:x.y\nfrank:a:b_c.de\n");
  EXPECT_THAT(unsaid.faults, HasSubstr("is \"example.com\" a domain, or the end of the password? write format = \"user:password:domain\""));
  EXPECT_THAT(logins(unsaid), ElementsAre("bob/a:b:1.5", "carol/x.example.com", "dave/a:.com", "erin/a:x.y", "frank/a:b_c.de"));
}

TEST(AccountsFile, EveryBadLineOfTheBulkFormIsTold) {
  const Parsed one =
      parse("alice:x:example.com\n:x:example.com\nbob:x\ncarol:x:\ndave@example.org:x:example.com\n@example.com:x:example.com\nuser\n",
            in(user_password_domain));
  EXPECT_THAT(logins(one), ElementsAre("alice@example.com/x", "user/"));
  for (const char* fault :
       {"people:2: there is no name in front of the colon", "people:3: this line has one colon; write user:password:domain",
        "people:4: there is no domain behind the last colon", "people:5: \"dave@example.org\" is not in the domain \"example.com\"",
        "people:6: the name \"@example.com\" is half an address"}) {
    EXPECT_THAT(one.faults, HasSubstr(fault));
  }
  EXPECT_THAT(parse("User:Password\nalice:x\n").faults, HasSubstr("people:1: this line looks like a header"));
  EXPECT_THAT(logins(parse("alice:x\nuser:password\n")), ElementsAre("alice/x", "user/password"));
  EXPECT_THAT(parse("# nobody\n").faults, HasSubstr("there is no account in this file"));
  EXPECT_THAT(parse("").faults, HasSubstr("there is no account in this file"));
  // CSV without its header.
  for (const char* line : {"alice,secret\n", "alice;se:cret\n", "alice\tsecret\n"}) {
    const Parsed headless = parse(line);
    EXPECT_THAT(headless.accounts, IsEmpty());
    EXPECT_THAT(headless.faults, HasSubstr("has a delimiter in it; a CSV file begins with a line that names its columns"));
  }
}

// A password is in no message.
TEST(AccountsFile, FaultsDoNotTellPasswords) {
  for (const char* text : {"user,password\nalice,se\"kret\n", "user,password\nalice,sekret,x\n", "user,password\n,sekret\n", ":sekret\n",
                           "alice:sekret:example.com\n", "user,password\nalice,\"sekret\n"}) {
    const Parsed one = parse(text);
    EXPECT_NE(one.faults, "") << text;
    EXPECT_EQ(one.faults.find("sekret"), std::string::npos) << one.faults;
  }
}

TEST(AccountsFile, OtherEncodingsAreTold) {
  const Parsed latin = parse("user,name\nalice,M\xfcller\nbob,ok\ncarol,\xe9\n");
  EXPECT_THAT(latin.accounts, IsEmpty());
  EXPECT_THAT(latin.faults, HasSubstr("people:2: this line is not UTF-8; save the file as UTF-8"));
  EXPECT_THAT(latin.faults, HasSubstr("people:4: this line is not UTF-8"));
  EXPECT_EQ(latin.faults.find("people:3"), std::string::npos);
  EXPECT_THAT(parse(std::string_view("\xFF\xFEu\0s\0", 6)).faults, HasSubstr("the file is UTF-16; save it as UTF-8"));
  EXPECT_THAT(parse(std::string_view("alice:x\nb\0b:x\n", 14)).faults, HasSubstr("people:2: there is a NUL byte in this line"));
}

// Cut anywhere: nothing but the last account and the faults may differ.
TEST(AccountsFile, CutAnywhereTheAccountsBeforeStay) {
  for (const std::string& text :
       {std::string("user,password\nalice,\"a\nb\"\nbob,x\ncarol,\"\"\"y\"\n"), std::string("alice:x\nbob:y\ncarol:z\n")}) {
    const auto whole = logins(parse(text));
    ASSERT_EQ(whole.size(), 3U);
    for (std::size_t size = 14; size < text.size(); ++size) {
      const auto part = logins(parse(text.substr(0, size)));
      for (std::size_t i = 0; i + 1 < part.size(); ++i) EXPECT_EQ(part[i], whole[i]) << size;
    }
  }
}

TEST(AccountsFile, CommentsStandAboveTheHeaderOfCsv) {
  const Parsed good = parse("# The accounts, as \"user;password\"\r\n#\n# e.g. alice,secret\nuser;password\nbob;#pw\n#carol;x\n");
  EXPECT_THAT(logins(good), ElementsAre("bob/#pw", "#carol/x")) << "below the header nothing is a comment";
  EXPECT_THAT(good.faults, IsEmpty());
  EXPECT_THAT(parse("# one\n# two\nuser,password\nalice\n").faults, HasSubstr("people:4: this line has 1 fields"));
  EXPECT_THAT(parse("# one\nuser,password,colour\n").faults, HasSubstr("people:2: "));
  EXPECT_THAT(logins(parse("#user,password\nalice,a\n")), ElementsAre("alice/a")) << "a header all the same";
  EXPECT_THAT(parse("# alone\n", in(csv)).faults, HasSubstr("the file is empty"));
  EXPECT_THAT(parse("# alone", in(csv)).faults, HasSubstr("the file is empty"));
  EXPECT_THAT(logins(parse("# bulk\nalice:a\n#x\nbob:b\n")), ElementsAre("alice/a", "bob/b"));
  EXPECT_THAT(parse("# bulk\n\nalice:a:example.com\n").faults, HasSubstr("people:3: ")) << "lines count from the beginning";
}

}  // namespace
}  // namespace godwit::plan
