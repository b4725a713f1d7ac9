// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bio.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace godwit::net {

// What lies between OpenSSL and the socket. OpenSSL reads from the descriptor, but its output is only put in line here, and
// sent by send_outgoing(). So OpenSSL never has a record that is half written, with which it could not answer a KeyUpdate
// (RFC 8446 §4.6.3) that a reader meets at that moment; several records take one system call; and a peer that has gone
// cannot raise SIGPIPE.
class TlsTransport {
 public:
  explicit TlsTransport(int descriptor) : descriptor_(descriptor) {}
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;

  // For an SSL, which owns it; the transport must outlive that.
  [[nodiscard]] BIO* make_bio();

  [[nodiscard]] std::size_t outgoing_size() const { return outgoing_.size() - sent_; }

  enum class Sent { all, would_wait, failed };
  [[nodiscard]] Sent send_outgoing();

  // errno of the last call that failed, 0 for none since clear_error().
  [[nodiscard]] int system_error() const { return system_error_; }
  void clear_error() { system_error_ = 0; }

 private:
  friend struct TlsTransportCallbacks;
  [[nodiscard]] int receive(BIO* bio, char* buffer, int size);

  int descriptor_;
  int system_error_ = 0;
  std::string outgoing_;
  std::size_t sent_ = 0;  // of outgoing_
};

}  // namespace godwit::net
