// SPDX-License-Identifier: Apache-2.0
// Real connections on the loopback interface, usually one: the other side of a client under test, in a thread, with blocking calls.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace godwit::test {

class LoopbackServer {
 public:
  // Accepts so many connections, one after the other, and runs `session` on each, which gets a blocking descriptor; it is closed
  // afterwards. A call in the session that waits for more than 30 s fails.
  explicit LoopbackServer(std::function<void(int)> session, std::size_t connections = 1);
  ~LoopbackServer();  // waits for the session's end; a connection that never came is not waited for
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// Blocking, whole; a failure ends with what was done so far.
std::size_t send_all(int descriptor, std::string_view bytes);
[[nodiscard]] std::string receive_exactly(int descriptor, std::size_t size);
[[nodiscard]] std::string receive_until_end(int descriptor);

// Makes close() send a reset.
void reset_on_close(int descriptor);

// The same pseudo-random bytes for the same seed, not compressible.
[[nodiscard]] std::string random_bytes(std::size_t size, std::uint64_t seed);

}  // namespace godwit::test
