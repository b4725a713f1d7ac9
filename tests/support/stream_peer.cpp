// SPDX-License-Identifier: Apache-2.0
#include "tests/support/stream_peer.h"

#include "net/connect.h"
#include "tests/support/run_task.h"

namespace godwit::test {
namespace {

using namespace std::chrono_literals;

class TcpPeer final : public Peer {
 public:
  explicit TcpPeer(int connection) : connection_(connection) {}
  void send(std::string_view bytes) override { send_all(connection_, bytes); }
  std::string receive(std::size_t size) override { return receive_exactly(connection_, size); }
  void reset() override { reset_on_close(connection_); }

 private:
  int connection_;
};

class TlsPeer final : public Peer {
 public:
  explicit TlsPeer(SSL* ssl) : ssl_(ssl) {}
  void send(std::string_view bytes) override { tls_send_all(ssl_, bytes); }
  std::string receive(std::size_t size) override { return tls_receive_exactly(ssl_, size); }
  void reset() override {
    SSL_set_quiet_shutdown(ssl_, 1);
    reset_on_close(SSL_get_fd(ssl_));
  }

 private:
  SSL* ssl_;
};

Task<> connect_and_use(std::uint16_t port, Transport transport, const std::function<Task<>(net::Stream&)>& use) {
  auto stream = co_await net::connect("127.0.0.1", port, 60s);
  if (stream && transport != Transport::tcp) {
    stream = co_await net::start_tls(*std::move(stream), "mail.example.com", {net::Trust::Mode::always, {}});
  }
  if (!stream) throw std::runtime_error(describe(stream.error()));
  co_await use(**stream);
}

}  // namespace

const TestCertificate& peer_certificate() {
  static const TestCertificate certificate({});
  return certificate;
}

std::function<void(int)> peer_session(Transport transport, std::function<void(Peer&)> use) {
  if (transport == Transport::tcp) {
    return [use = std::move(use)](int connection) {
      TcpPeer peer(connection);
      use(peer);
    };
  }
  const auto use_tls = [use = std::move(use)](SSL* ssl) {
    TlsPeer peer(ssl);
    use(peer);
  };
  return tls_session(peer_certificate(), use_tls,
                     {.highest_version = transport == Transport::tls12 ? TLS1_2_VERSION : TLS1_3_VERSION});
}

void with_stream(const LoopbackServer& server, Transport transport, const std::function<Task<>(net::Stream&)>& use) {
  try {
    run_task(connect_and_use(server.port(), transport, use), 180s);
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
  }
}

}  // namespace godwit::test
