// SPDX-License-Identifier: Apache-2.0
#include "net/tcp_stream.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <climits>

#include "base/fault.h"
#include "net/piece_cursor.h"

namespace godwit::net {
namespace {

bool would_wait(int system_error) { return system_error == EAGAIN || system_error == EWOULDBLOCK; }

ssize_t receive(int descriptor, std::span<char> buffer) {
  ssize_t received = 0;
  do {
    received = ::recv(descriptor, buffer.data(), buffer.size(), 0);
  } while (received < 0 && errno == EINTR);
  return received;
}

ssize_t send(int descriptor, const PieceCursor& pieces) {
  std::array<iovec, IOV_MAX> vectors;
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = pieces.gather(vectors);
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(descriptor, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

}  // namespace

TcpStream::~TcpStream() {
  if (socket_) socket_->close();
}

Task<Result<std::size_t>> TcpStream::read_some(std::span<char> buffer) {
  fault::step("tcp.read");
  while (true) {
    GODWIT_CO_CHECK(socket_->check_open());
    const ssize_t received = receive(socket_->descriptor(), buffer);
    if (received >= 0) co_return static_cast<std::size_t>(received);
    if (!would_wait(errno)) co_return socket_->system_failure("reading", errno);
    GODWIT_CO_CHECK(co_await socket_->wait(Socket::Role::reader));
  }
}

Task<Result<>> TcpStream::write(std::span<const std::string_view> pieces) {
  PieceCursor cursor(pieces);
  const std::size_t size = cursor.size_left();
  cursor.cut_to(fault::step_writing("tcp.write", size));
  const bool dies = cursor.size_left() < size;
  while (cursor.size_left() > 0) {
    GODWIT_CO_CHECK(socket_->check_open());
    const ssize_t sent = send(socket_->descriptor(), cursor);
    if (sent >= 0) {
      cursor.advance(static_cast<std::size_t>(sent));
    } else if (would_wait(errno)) {
      GODWIT_CO_CHECK(co_await socket_->wait(Socket::Role::writer));
    } else {
      co_return socket_->system_failure("writing", errno);
    }
  }
  if (dies) fault::die();
  co_return Result<>{};
}

}  // namespace godwit::net
