// SPDX-License-Identifier: Apache-2.0
// What a SCRAM says of the TLS connection that it is on, as the server at the other end of a real one sees it.
#include "adapters/imap/tls_binding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/imap/login.h"
#include "base/error_code.h"
#include "base/text.h"
#include "tests/support/run_task.h"
#include "tests/support/test_certificate.h"

namespace godwit::adapters {
namespace {

using testing::StartsWith;

std::string read_line(SSL* ssl) {
  std::string line;
  for (std::string byte = test::tls_receive_exactly(ssl, 1); !byte.empty() && byte != "\n"; byte = test::tls_receive_exactly(ssl, 1)) {
    if (byte != "\r") line += byte;
  }
  return line;
}

struct Seen {
  std::string command, first;         // what was said first, not in base64
  std::string bound, own;             // in the second message: what follows the header; and what the server's OpenSSL has for it
};

// A server that asks once and then refuses: by then the client has said all that is of interest.
Seen scram_with(const std::string& greeting, const std::string& mechanism, int version = TLS1_3_VERSION) {
  const test::TestCertificate identity({});
  Seen seen;
  {
    const auto serve = [&](SSL* ssl) {
      test::tls_send_all(ssl, "* OK [CAPABILITY IMAP4rev1 SASL-IR LOGINDISABLED " + greeting + "\r\n");
      const std::string line = read_line(ssl);
      const auto blank = line.rfind(' ');
      seen.command = line.substr(0, blank);
      seen.first = from_base64(line.substr(blank + 1)).value_or("");
      const auto nonce = seen.first.substr(seen.first.find("r=") + 2);
      test::tls_send_all(ssl, "+ " + to_base64("r=" + nonce + "x,s=QUFB,i=1") + "\r\n");
      const std::string last = from_base64(read_line(ssl)).value_or("");
      const std::string header = seen.first.substr(0, seen.first.find("n=alice"));
      const std::string bound = from_base64(last.substr(2, last.find(',') - 2)).value_or("");
      EXPECT_THAT(bound, StartsWith(header));
      seen.bound = bound.substr(std::min(header.size(), bound.size()));
      std::string own(64, '\0');
      if (version == TLS1_3_VERSION) {
        own.resize(32);
        constexpr std::string_view label = "EXPORTER-Channel-Binding";
        SSL_export_keying_material(ssl, reinterpret_cast<unsigned char*>(own.data()), 32, label.data(), label.size(), nullptr, 0, 1);
      } else {
        own.resize(SSL_get_peer_finished(ssl, own.data(), own.size()));
      }
      seen.own = own;
      test::tls_send_all(ssl, "A0001 NO [AUTHENTICATIONFAILED] no\r\n");
    };
    const test::LoopbackServer server(test::tls_session(identity, serve, {.lowest_version = version, .highest_version = version}));
    ImapSettings settings;
    settings.url = {true, "alice", "127.0.0.1", server.port()};
    settings.password = Secret("pw");
    settings.trust.mode = net::Trust::Mode::always;
    settings.mechanism = mechanism;
    ImapHost host;
    EXPECT_EQ(test::run_task(log_in(settings, host)).error().code, codes::login_refused.number);
  }
  return seen;
}

TEST(TlsBinding, PlusIsTakenFirstAndBindsByTheExporter) {
  const Seen seen = scram_with("AUTH=SCRAM-SHA-1 AUTH=SCRAM-SHA-1-PLUS AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-256-PLUS] ready", "");
  EXPECT_EQ(seen.command, "A0001 AUTHENTICATE SCRAM-SHA-256-PLUS");
  EXPECT_THAT(seen.first, StartsWith("p=tls-exporter,,n=alice,r="));
  EXPECT_EQ(seen.bound, seen.own);
  EXPECT_EQ(seen.bound.size(), 32U);
}

TEST(TlsBinding, OlderTlsBindsByItsFinishedMessage) {
  const Seen seen = scram_with("AUTH=SCRAM-SHA-1 AUTH=SCRAM-SHA-1-PLUS] ready", "", TLS1_2_VERSION);
  EXPECT_EQ(seen.command, "A0001 AUTHENTICATE SCRAM-SHA-1-PLUS");
  EXPECT_THAT(seen.first, StartsWith("p=tls-unique,,n=alice,r="));
  EXPECT_EQ(seen.bound, seen.own);
  EXPECT_FALSE(seen.bound.empty());
}

// RFC 5802 §6: a list that somebody has taken the -PLUS out of is found out by the server.
TEST(TlsBinding, AServerThatAnnouncesNoneIsToldThatTheClientCould) {
  const Seen seen = scram_with("AUTH=SCRAM-SHA-256] ready", "");
  EXPECT_EQ(seen.command, "A0001 AUTHENTICATE SCRAM-SHA-256");
  EXPECT_THAT(seen.first, StartsWith("y,,n=alice,r="));
  EXPECT_EQ(seen.bound, "");
}

TEST(TlsBinding, ByOrderOrForCyrusItIsLeftOut) {
  const std::string both = "AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-256-PLUS] ";
  EXPECT_THAT(scram_with(both + "ready", "SCRAM-SHA-256").first, StartsWith("n,,"));
  const Seen cyrus = scram_with(both + "mail Cyrus IMAP 3.6.1 server ready", "");
  EXPECT_EQ(cyrus.command, "A0001 AUTHENTICATE SCRAM-SHA-256");
  EXPECT_THAT(cyrus.first, StartsWith("n,,"));
  EXPECT_THAT(scram_with(both + "mail Cyrus IMAP 3.6.1 server ready", "SCRAM-SHA-256-PLUS").first, StartsWith("p=tls-exporter,,"));
  EXPECT_THAT(scram_with(both + "mail Cyrus IMAP 3.6.1 server ready", "", TLS1_2_VERSION).first, StartsWith("p=tls-unique,,"));
}

}  // namespace
}  // namespace godwit::adapters
