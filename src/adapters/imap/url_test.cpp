// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace godwit::adapters {
namespace {

using testing::HasSubstr;

struct Good {
  std::string_view text;
  bool implicit_tls;
  std::string_view user, host;
  std::uint16_t port;
  std::string_view identity;
};

TEST(ImapUrl, IsRead) {
  const std::vector<Good> cases{
      {"imap://alice@mail.example.com", false, "alice", "mail.example.com", 143, "imap://alice@mail.example.com:143"},
      {"imaps://alice@mail.example.com", true, "alice", "mail.example.com", 993, "imaps://alice@mail.example.com:993"},
      {"imaps://alice@example.org@mail.example.com:1993", true, "alice@example.org", "mail.example.com", 1993,
       "imaps://alice@example.org@mail.example.com:1993"},
      {"imaps://alice%40example.org@mail.example.com:1993", true, "alice@example.org", "mail.example.com", 1993,
       "imaps://alice@example.org@mail.example.com:1993"},
      {"IMAPS://Alice@Mail.Example.COM/", true, "Alice", "Mail.Example.COM", 993, "imaps://Alice@mail.example.com:993"},
      {"imap://a%3ab@h.test", false, "a:b", "h.test", 143, "imap://a:b@h.test:143"},
      {"imap://a%25b%2fc@h.test:65535", false, "a%b/c", "h.test", 65535, "imap://a%b/c@h.test:65535"},
      {"imap://dom\\user*master@h.test", false, "dom\\user*master", "h.test", 143, "imap://dom\\user*master@h.test:143"},
      {"imap://a@[2001:db8::1]", false, "a", "2001:db8::1", 143, "imap://a@[2001:db8::1]:143"},
      {"imaps://a@[2001:DB8::1]:99", true, "a", "2001:DB8::1", 99, "imaps://a@[2001:db8::1]:99"},
      {"imap://j\xc3\xb6rg@h.test", false, "j\xc3\xb6rg", "h.test", 143, "imap://j\xc3\xb6rg@h.test:143"},
  };
  for (const Good& one : cases) {
    SCOPED_TRACE(one.text);
    const auto url = parse_imap_url(one.text);
    ASSERT_TRUE(url) << describe(url.error());
    EXPECT_EQ(url->implicit_tls, one.implicit_tls);
    EXPECT_EQ(url->user, one.user);
    EXPECT_EQ(url->host, one.host);
    EXPECT_EQ(url->port, one.port);
    EXPECT_EQ(url->identity(), one.identity);
    EXPECT_FALSE(url->host_identity().contains(url->user + "@"));
  }
}

TEST(ImapUrl, ErrorsSayWhatIsWrong) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases{
      {"", "imap://"},
      {"mail.example.com", "neither with imap:// nor with imaps://"},
      {"pop3://alice@mail.example.com", "neither with imap:// nor with imaps://"},
      {"imap://mail.example.com", "no user"},
      {"imap://@mail.example.com", "no user"},
      {"imap://alice@", "no host"},
      {"imap://alice@:143", "no host"},
      {"imap://alice@[]:143", "no host"},
      {"imap://alice@[2001:db8::1", "not closed"},
      {"imap://alice@[2001:db8::1]x", "nothing may follow"},
      {"imap://alice@host/INBOX", "nothing may follow"},
      {"imap://alice@host:143/INBOX", "port"},
      {"imap://alice@host:", "port"},
      {"imap://alice@host:0", "port"},
      {"imap://alice@host:65536", "port"},
      {"imap://alice@host:-1", "port"},
      {"imap://alice@host:14 3", "port"},
      {"imap://al%ice@host", "%25"},
      {"imap://alice%4@host", "%25"},
      {"imap://alice%@host", "%25"},
      {"imap://al%0aice@host", "control character"},
      {"imap://al%00ice@host", "control character"},
      {"imap://alice:secret@host", "password"},
  };
  for (const auto& [text, why] : cases) {
    SCOPED_TRACE(text);
    const auto url = parse_imap_url(text);
    ASSERT_FALSE(url) << url->identity();
    EXPECT_EQ(url.error().kind, ErrorKind::usage);
    EXPECT_THAT(url.error().what, HasSubstr(why));
    EXPECT_FALSE(url.error().what.contains("secret"));
  }
}

}  // namespace
}  // namespace godwit::adapters
