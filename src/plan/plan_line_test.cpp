// SPDX-License-Identifier: Apache-2.0
// How lines are opened, as a plan says it.
#include <gtest/gtest.h>

#include "plan/plan_file.h"

namespace godwit::plan {
namespace {

std::string text_with(const std::string& lines) {
  return "[plan]\nname = \"x\"\nledger = \"x.ledger\"\n[source]\nhost = \"old.example.com\"\n" + lines +
         "\n[target]\nhost = \"new.example.com\"\n[accounts]\nfiles = \"people.csv\"\n";
}

Endpoint source_with(const std::string& lines) {
  const auto plan = parse_plan(text_with(lines), "/plans/godwit.toml");
  EXPECT_TRUE(plan) << (plan ? "" : describe(plan.error()));
  return plan ? plan->sources.at(0) : Endpoint();
}

TEST(PlanLine, TheDefaultsAreStrict) {
  const Endpoint source = source_with("");
  EXPECT_EQ(source.tls, TlsRules());
  EXPECT_EQ(source.tls.least, TlsVersion::v1_2);
  EXPECT_EQ(source.security, Security::tls);
  EXPECT_FALSE(source.proxy);
}

TEST(PlanLine, Proxies) {
  const Endpoint plain = source_with("proxy = \"socks5://proxy.example.com\"");
  EXPECT_EQ(plain.proxy, (ProxyAddress{ProxyAddress::Kind::socks5, "proxy.example.com", 1080, ""}));
  EXPECT_FALSE(plain.proxy_password);
  const Endpoint by_file = source_with("proxy = \"http://alice@proxy.example.com:80\"\nproxy_password_file = \"proxy.password\"");
  EXPECT_EQ(by_file.proxy->user, "alice");
  EXPECT_EQ(by_file.proxy_password, (PasswordFrom{PasswordFrom::Kind::file, "/plans/proxy.password"}));
  const Endpoint by_variable = source_with("proxy = \"http://alice@h:80\"\nproxy_password_env = \"PROXY_PASSWORD\"");
  EXPECT_EQ(by_variable.proxy_password, (PasswordFrom{PasswordFrom::Kind::environment, "PROXY_PASSWORD"}));
}

TEST(PlanLine, Tls) {
  EXPECT_EQ(source_with("tls_min = \"1.0\"").tls.least, TlsVersion::v1_0);
  EXPECT_EQ(source_with("tls_min = \"1.1\"").tls.least, TlsVersion::v1_1);
  EXPECT_EQ(source_with("tls_min = \"1.2\"").tls, TlsRules());
  EXPECT_TRUE(source_with("ciphers = \"legacy\"").tls.legacy_ciphers);
  EXPECT_EQ(source_with("ca_file = \"authority.pem\"").tls.authorities_file, "/plans/authority.pem");
}

TEST(PlanLine, DetectBeginsWhereTlsIs) {
  const Endpoint source = source_with("security = \"detect\"");
  EXPECT_EQ(source.security, Security::detect);
  EXPECT_EQ(source.port, 993);
  EXPECT_EQ(name_of(source.security), "detect");
  EXPECT_EQ(source_with("security = \"detect\"\nport = 1143").port, 1143);
  EXPECT_EQ(source_with("security = \"detect\"\ntrust = \"always\"").trust.mode, Trust::Mode::always);
}

TEST(PlanLine, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"proxy = \"socks4://h\"", "proxy: godwit goes through SOCKS5 and HTTP CONNECT proxies"},
      {"proxy = \"socks5://u:hidden@h\"", "a password has no place"},
      {"proxy = \"socks5://u@h\"", "the password of the proxy's user is missing"},
      {"proxy = \"socks5://h\"\nproxy_password_file = \"x\"", "proxy_password_file: nobody uses it"},
      {"proxy_password_env = \"X\"", "proxy_password_env: nobody uses it"},
      {"proxy = \"socks5://u@h\"\nproxy_password_file = \"x\"\nproxy_password_env = \"X\"", "two places for one password"},
      {"proxy = \"socks5://u@h\"\nproxy_password_env = \"$X\"", "this is no variable's name"},
      {"proxy = \"socks5://u@h\"\nproxy_password = \"hidden\"", "a password never stands in the plan"},
      {"tls_min = \"0.9\"", "tls_min: \"0.9\" is no version of TLS"},
      {"tls_min = \"1.3\"", "is no version of TLS that can be allowed"},
      {"tls_min = 1.0", "tls_min"},
      {"ciphers = \"all\"", "write \"legacy\""},
      {"ca_file = \"a.pem\"\ntrust = \"always\"", "ca_file: nobody asks an authority"},
      {"security = \"none\"\ntls_min = \"1.0\"", "tls_min: without TLS it says nothing"},
      {"security = \"none\"\nciphers = \"legacy\"", "ciphers: without TLS it says nothing"},
      {"security = \"none\"\nca_file = \"a.pem\"", "ca_file: without TLS it says nothing"},
      {"security = \"detekt\"", "detect"},
  };
  for (const auto& [lines, words] : cases) {
    const auto plan = parse_plan(text_with(lines), "godwit.toml");
    ASSERT_FALSE(plan) << lines;
    const std::string text = describe(plan.error());
    EXPECT_TRUE(text.contains(words)) << lines << ": " << text;
    EXPECT_TRUE(text.contains("godwit.toml:6:") || text.contains("godwit.toml:7:") || text.contains("godwit.toml:8:")) << text;
    EXPECT_FALSE(text.contains("hidden")) << text;
  }
}

}  // namespace
}  // namespace godwit::plan
