// SPDX-License-Identifier: Apache-2.0
#include "net/tls_transport.h"

#include <sys/socket.h>

#include <cerrno>
#include <new>

namespace godwit::net {
namespace {

bool would_wait(int system_error) { return system_error == EAGAIN || system_error == EWOULDBLOCK; }

// Repeats a system call that a signal has interrupted.
template <class Call>
ssize_t uninterrupted(Call call) {
  ssize_t size = 0;
  do {
    size = call();
  } while (size < 0 && errno == EINTR);
  return size;
}

}  // namespace

struct TlsTransportCallbacks {
  static TlsTransport& transport_of(BIO* bio) { return *static_cast<TlsTransport*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* buffer, int size) { return transport_of(bio).receive(bio, buffer, size); }

  static int write(BIO* bio, const char* bytes, int size) {
    transport_of(bio).outgoing_.append(bytes, static_cast<std::size_t>(size));
    return size;
  }

  static long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }

  static const BIO_METHOD* make_method() {
    BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "godwit transport");
    if (method == nullptr) throw std::bad_alloc();
    BIO_meth_set_read(method, read);
    BIO_meth_set_write(method, write);
    BIO_meth_set_ctrl(method, control);
    return method;
  }
};

BIO* TlsTransport::make_bio() {
  static const BIO_METHOD* const method = TlsTransportCallbacks::make_method();  // immutable, for the life of the process
  BIO* const bio = BIO_new(method);
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

int TlsTransport::receive(BIO* bio, char* buffer, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t received = uninterrupted([&] { return ::recv(descriptor_, buffer, static_cast<std::size_t>(size), 0); });
  if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  if (received < 0) {
    system_error_ = errno;
    if (would_wait(errno)) BIO_set_retry_read(bio);
  }
  return static_cast<int>(received);
}

TlsTransport::Sent TlsTransport::send_outgoing() {
  while (outgoing_size() > 0) {
    const ssize_t sent = uninterrupted(
        [&] { return ::send(descriptor_, outgoing_.data() + sent_, outgoing_size(), MSG_NOSIGNAL); });
    if (sent < 0) {
      system_error_ = errno;
      return would_wait(errno) ? Sent::would_wait : Sent::failed;
    }
    sent_ += static_cast<std::size_t>(sent);
  }
  outgoing_ = {};  // a session at rest keeps no buffer
  sent_ = 0;
  return Sent::all;
}

}  // namespace godwit::net
