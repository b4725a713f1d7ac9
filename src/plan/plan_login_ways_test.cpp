// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/plan_file.h"

namespace godwit::plan {
namespace {

using testing::HasSubstr;

std::string text_with(const std::string& lines) {
  return fmt::format("[plan]\nname = \"x\"\nledger = \"x.ledger\"\n[source]\nhost = \"old.example.com\"\n{}\n[target]\n"
                     "host = \"new.example.com\"\n[accounts]\nfiles = \"people.csv\"\n",
                     lines);
}
Endpoint source_of(const std::string& lines) {
  const auto plan = parse_plan(text_with(lines), "/plans/godwit.toml");
  EXPECT_TRUE(plan) << lines << "\n" << (plan ? "" : describe(plan.error()));
  return plan ? plan->sources.at(0) : Endpoint{};
}

TEST(PlanLoginWays, NoneIsNamed) {
  const Endpoint source = source_of("");
  EXPECT_EQ(source.mechanism, "");
  EXPECT_EQ(source.admin_command, "");
  EXPECT_TRUE(source.certificate.empty() && source.certificate_key.empty());
  EXPECT_TRUE(source.needs_password());
}

TEST(PlanLoginWays, AMechanismByItsName) {
  EXPECT_EQ(source_of("mechanism = \"scram-sha-256\"").mechanism, "SCRAM-SHA-256");
  EXPECT_EQ(source_of("mechanism = \"SCRAM-SHA-256-PLUS\"").mechanism, "SCRAM-SHA-256-PLUS");
  const Endpoint admin = source_of("admin_user = \"root\"\nmechanism = \"SCRAM-SHA-1\"");
  EXPECT_EQ(admin.login_of("alice"), (Endpoint::Login{"root", "alice"}));
}

TEST(PlanLoginWays, AClientCertificate) {
  const std::string files = "certificate = \"me.pem\"\ncertificate_key = \"/etc/me.key\"\n";
  const Endpoint beside = source_of(files);
  EXPECT_EQ(beside.certificate, "/plans/me.pem");
  EXPECT_EQ(beside.certificate_key, "/etc/me.key");
  EXPECT_TRUE(beside.needs_password()) << "it is shown, and a password told";
  const Endpoint own = source_of(files + "mechanism = \"EXTERNAL\"");
  EXPECT_FALSE(own.needs_password());
  EXPECT_EQ(own.password, std::nullopt);
  EXPECT_EQ(own.login_of("alice").value().authorization, "alice") << "whose mailbox it is to be is always said";
  const Endpoint admin = source_of(files + "mechanism = \"EXTERNAL\"\nadmin_user = \"root\"");
  EXPECT_EQ(admin.login_of("alice"), (Endpoint::Login{"root", "alice"}));
  EXPECT_EQ(admin.password, std::nullopt) << "nobody is asked for one";
}

TEST(PlanLoginWays, AdministratorsCommands) {
  const Endpoint sun = source_of("admin_user = \"root\"\nadmin_command = \"proxyauth\"\npassword_file = \"pw\"");
  EXPECT_EQ(sun.admin_command, "PROXYAUTH");
  EXPECT_EQ(sun.login_of("alice"), (Endpoint::Login{"root", "alice"}));
  const Endpoint named = source_of("admin_user = \"root\"\nlogin = \"cn={admin}\"\nadmin_command = \"PROXYAUTH\"");
  EXPECT_EQ(named.login_of("alice"), (Endpoint::Login{"cn=root", "alice"}));
  const Endpoint kerio = source_of("admin_command = \"X-MASTERAUTH\"");
  EXPECT_EQ(kerio.login_of("alice").value().authorization, "alice");
  EXPECT_EQ(kerio.password, PasswordFrom{}) << "one for all, asked for";
}

struct Fault {
  std::string lines, error;
  friend void PrintTo(const Fault& fault, std::ostream* stream) { *stream << fault.lines; }
};
class PlanLoginFault : public testing::TestWithParam<Fault> {};
TEST_P(PlanLoginFault, IsTold) {
  const auto plan = parse_plan(text_with(GetParam().lines), "godwit.toml");
  ASSERT_FALSE(plan) << GetParam().lines;
  EXPECT_EQ(plan.error().kind, ErrorKind::usage);
  EXPECT_THAT(describe(plan.error()), HasSubstr(GetParam().error));
}
INSTANTIATE_TEST_SUITE_P(
    All, PlanLoginFault,
    testing::Values(
        Fault{"mechanism = \"SCRAM-SHA-265\"",
              "godwit.toml:6:13: mechanism: \"SCRAM-SHA-265\" is not known; did you mean \"SCRAM-SHA-256\"?"},
        Fault{"mechanism = \"GSSAPI\"", "mechanism: \"GSSAPI\" is not known; known are: PLAIN, LOGIN, SCRAM-SHA-256-PLUS"},
        Fault{"mechanism = 5", "mechanism: this is a whole number; write a text in quotes"},
        Fault{"mechanism = \"SCRAM-SHA-1-PLUS\"\nsecurity = \"none\"",
              "mechanism: SCRAM-SHA-1-PLUS ties the login to TLS, and there is none"},
        Fault{"admin_user = \"root\"\nmechanism = \"CRAM-MD5\"", "mechanism: CRAM-MD5 cannot say a login for somebody else"},
        Fault{"mechanism = \"EXTERNAL\"", "mechanism: EXTERNAL logs in with a client certificate; write certificate = "},
        Fault{"mechanism = \"EXTERNAL\"\ncertificate = \"a\"\ncertificate_key = \"b\"\npassword_file = \"c\"",
              "mechanism: EXTERNAL takes no password; remove password_file"},
        Fault{"certificate = \"a\"", "certificate: a certificate and its key go together; write certificate_key = "},
        Fault{"certificate_key = \"a\"", "certificate_key: a certificate and its key go together; write certificate = "},
        Fault{"certificate = \"a\"\ncertificate_key = \"b\"\nsecurity = \"none\"", "certificate: without TLS it is shown to nobody"},
        Fault{"admin_command = \"PROXYAUT\"", "admin_command: \"PROXYAUT\" is not known; did you mean \"PROXYAUTH\"?"},
        Fault{"admin_command = \"PROXYAUTH\"",
              "admin_command: PROXYAUTH opens mailboxes for an administrator who has logged in; write admin_user"},
        Fault{"admin_command = \"X-MASTERAUTH\"\nadmin_user = \"root\"", "admin_user: X-MASTERAUTH takes the master password alone"},
        Fault{"admin_command = \"X-MASTERAUTH\"\nmechanism = \"PLAIN\"",
              "admin_command: X-MASTERAUTH is a login by itself; remove mechanism"}));

}  // namespace
}  // namespace godwit::plan
