// SPDX-License-Identifier: Apache-2.0
// Both ends of a TLS connection must come to the same binding, and two connections to different ones.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "net/connect.h"
#include "tests/support/run_task.h"
#include "tests/support/stream_helpers.h"
#include "tests/support/test_certificate.h"

namespace godwit::net {
namespace {

using namespace std::chrono_literals;
using namespace godwit::test;

struct Bindings {
  std::optional<std::string> exporter, unique, server_end_point;
  std::string server_exporter, server_unique;  // as the server's OpenSSL has them
};

Bindings bindings_over(const TestCertificate& identity, int version) {
  Bindings bindings;
  {
    const auto look = [&](SSL* ssl) {
      constexpr std::string_view label = "EXPORTER-Channel-Binding";
      std::string key(32, '\0');
      EXPECT_EQ(SSL_export_keying_material(ssl, reinterpret_cast<unsigned char*>(key.data()), key.size(), label.data(), label.size(),
                                           nullptr, 0, 1),
                1);
      std::string finished(64, '\0');
      finished.resize(SSL_get_peer_finished(ssl, finished.data(), finished.size()));
      bindings.server_exporter = key;
      bindings.server_unique = finished;
      tls_send_all(ssl, "x");
    };
    const LoopbackServer server(tls_session(identity, look, {.lowest_version = version, .highest_version = version}));
    const auto done = run_task([&]() -> Task<Result<>> {
      GODWIT_CO_TRY(auto plain, co_await connect("127.0.0.1", server.port(), 10s));
      EXPECT_EQ(plain->channel_binding("tls-unique"), std::nullopt);
      GODWIT_CO_TRY(const auto stream, co_await start_tls(std::move(plain), "mail.example.com", {Trust::Mode::always, {}}));
      GODWIT_CO_CHECK(co_await read_exactly(*stream, 1));
      bindings.exporter = stream->channel_binding("tls-exporter");
      bindings.unique = stream->channel_binding("tls-unique");
      bindings.server_end_point = stream->channel_binding("tls-server-end-point");
      EXPECT_EQ(stream->channel_binding("tls-unique-for-telnet"), std::nullopt);
      co_return Result<>();
    }());
    EXPECT_TRUE(done) << describe(done.error());
  }
  return bindings;
}

TEST(ChannelBinding, Tls13HasAnExporterAndNothingUnique) {
  const TestCertificate identity({});
  const Bindings bindings = bindings_over(identity, TLS1_3_VERSION);
  EXPECT_EQ(bindings.exporter, bindings.server_exporter);
  EXPECT_EQ(bindings.unique, std::nullopt);
  EXPECT_EQ(bindings.server_end_point, identity.fingerprint()) << "signed with SHA-256: its SHA-256";
  EXPECT_NE(bindings_over(identity, TLS1_3_VERSION).exporter, bindings.exporter);
}

TEST(ChannelBinding, Tls12HasTheClientsFinishedMessage) {
  const TestCertificate identity({});
  const Bindings bindings = bindings_over(identity, TLS1_2_VERSION);
  EXPECT_EQ(bindings.unique, bindings.server_unique);
  EXPECT_EQ(bindings.exporter, bindings.server_exporter) << "with the extended master secret";
  EXPECT_EQ(bindings.server_end_point, identity.fingerprint());
  EXPECT_NE(bindings_over(identity, TLS1_2_VERSION).unique, bindings.unique);
}

}  // namespace
}  // namespace godwit::net
