// SPDX-License-Identifier: Apache-2.0
#include "net/tls_socket_bio.h"

#include <sys/socket.h>

#include <cerrno>
#include <new>

namespace godwit::net {
namespace {

template <class Call>
int transfer(BIO* bio, void (*set_retry)(BIO*), Call call) {
  auto& transport = *static_cast<TlsTransport*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  ssize_t size = 0;
  do {
    size = call(transport.descriptor);
  } while (size < 0 && errno == EINTR);
  if (size < 0) {
    transport.system_error = errno;
    if (errno == EAGAIN || errno == EWOULDBLOCK) set_retry(bio);
  }
  return static_cast<int>(size);
}

int read_bio(BIO* bio, char* buffer, int size) {
  const int received = transfer(bio, [](BIO* b) { BIO_set_retry_read(b); }, [&](int descriptor) {
    return ::recv(descriptor, buffer, static_cast<std::size_t>(size), 0);
  });
  if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return received;
}

int write_bio(BIO* bio, const char* bytes, int size) {
  return transfer(bio, [](BIO* b) { BIO_set_retry_write(b); }, [&](int descriptor) {
    return ::send(descriptor, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  });
}

long control_bio(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_method() {
  BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "godwit socket");
  if (method == nullptr) throw std::bad_alloc();
  BIO_meth_set_read(method, read_bio);
  BIO_meth_set_write(method, write_bio);
  BIO_meth_set_ctrl(method, control_bio);
  return method;
}

}  // namespace

BIO* make_tls_bio(TlsTransport& transport) {
  static const BIO_METHOD* const method = make_method();  // immutable, for the life of the process
  BIO* const bio = BIO_new(method);
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, &transport);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace godwit::net
