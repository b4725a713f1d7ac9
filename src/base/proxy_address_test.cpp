// SPDX-License-Identifier: Apache-2.0
#include "base/proxy_address.h"

#include <gtest/gtest.h>

namespace godwit {
namespace {

using Kind = ProxyAddress::Kind;

TEST(ProxyAddress, IsRead) {
  const struct {
    const char* text;
    ProxyAddress proxy;
    const char* told;
  } cases[] = {
      {"socks5://proxy.example.com:1081", {Kind::socks5, "proxy.example.com", 1081, ""}, "socks5://proxy.example.com:1081"},
      {"socks5://proxy.example.com", {Kind::socks5, "proxy.example.com", 1080, ""}, "socks5://proxy.example.com:1080"},
      {"socks5h://proxy.example.com/", {Kind::socks5, "proxy.example.com", 1080, ""}, "socks5://proxy.example.com:1080"},
      {"http://192.0.2.7", {Kind::http, "192.0.2.7", 3128, ""}, "http://192.0.2.7:3128"},
      {"http://alice@[2001:db8::1]:80", {Kind::http, "2001:db8::1", 80, "alice"}, "http://[2001:db8::1]:80"},
      {"http://[2001:db8::1]", {Kind::http, "2001:db8::1", 3128, ""}, "http://[2001:db8::1]:3128"},
      {"socks5://a@example.com@h:1", {Kind::socks5, "h", 1, "a@example.com"}, "socks5://h:1"},
      {"socks5://a%40b%3ac@h:65535", {Kind::socks5, "h", 65535, "a@b:c"}, "socks5://h:65535"},
  };
  for (const auto& one : cases) {
    const auto proxy = parse_proxy_address(one.text);
    ASSERT_TRUE(proxy) << one.text << ": " << describe(proxy.error());
    EXPECT_EQ(*proxy, one.proxy) << one.text;
    EXPECT_EQ(proxy->text(), one.told);
  }
}

TEST(ProxyAddress, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "SOCKS5 and HTTP CONNECT"},
      {"proxy.example.com:1080", "SOCKS5 and HTTP CONNECT"},
      {"https://proxy.example.com:1080", "SOCKS5 and HTTP CONNECT"},
      {"socks4://proxy.example.com", "SOCKS5 and HTTP CONNECT"},
      {"socks5://", "has no host"},
      {"socks5://:1080", "has no host"},
      {"socks5://user@:1080", "has no host"},
      {"socks5://[]:1080", "has no host"},
      {"socks5://[2001:db8::1", "bracket"},
      {"socks5://[2001:db8::1]x", "port is not a number"},
      {"socks5://2001:db8::1", "port is not a number"},
      {"socks5://h:", "port is not a number"},
      {"socks5://h:0", "port is not a number"},
      {"socks5://h:65536", "port is not a number"},
      {"socks5://h:1x", "port is not a number"},
      {"socks5://user:secret@h:1", "a password has no place"},
      {"socks5://@h:1", "user of the proxy"},
      {"socks5://%4@h:1", "user of the proxy"},
      {"socks5://a%zz@h:1", "user of the proxy"},
      {"socks5://a%00@h:1", "user of the proxy"},
      {"socks5://a%: @h:1", "a password has no place"},
      {"http://h:1/path", "nothing may follow"},
      {"http://h\r\nX: y", "control character"},
      {"http://a b:1", "blank"},
  };
  for (const auto& [text, why] : cases) {
    const auto proxy = parse_proxy_address(text);
    ASSERT_FALSE(proxy) << text;
    EXPECT_EQ(proxy.error().kind, ErrorKind::usage);
    EXPECT_TRUE(proxy.error().what.contains(why)) << text << ": " << proxy.error().what;
    EXPECT_FALSE(describe(proxy.error()).contains("secret"));
  }
}

}  // namespace
}  // namespace godwit
