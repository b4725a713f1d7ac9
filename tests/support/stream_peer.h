// SPDX-License-Identifier: Apache-2.0
// A real connection on the loopback interface, plain or encrypted: the stream under test at one end, a blocking peer at the other.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/task.h"
#include "net/stream.h"
#include "tests/support/loopback_server.h"
#include "tests/support/test_certificate.h"

namespace godwit::test {

enum class Transport { tcp, tls12, tls13 };

// The other end, in the server's thread. Sending and receiving must take turns, as one SSL object serves both.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual void send(std::string_view bytes) = 0;                        // whole, or until the connection ends
  [[nodiscard]] virtual std::string receive(std::size_t size) = 0;      // fewer bytes only at the end
  virtual void reset() = 0;                                             // the connection ends with RST after the session
};

// A session for LoopbackServer: the handshake where there is one, then `use`, then an orderly end.
[[nodiscard]] std::function<void(int)> peer_session(Transport transport, std::function<void(Peer&)> use);

// The certificate that encrypted sessions show.
[[nodiscard]] const TestCertificate& peer_certificate();

// Connects to the server and runs `use` on the stream. What fails or throws fails the test, and the call returns: whoever waits
// in the server's thread can be woken behind it.
void with_stream(const LoopbackServer& server, Transport transport, const std::function<Task<>(net::Stream&)>& use);

}  // namespace godwit::test
