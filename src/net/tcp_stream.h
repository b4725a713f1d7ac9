// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "net/socket.h"
#include "net/stream.h"

namespace godwit::net {

// TCP without encryption. System calls are tried first; only EAGAIN waits.
class TcpStream final : public Stream {
 public:
  explicit TcpStream(boost::asio::ip::tcp::socket connected) : socket_(std::make_shared<Socket>(std::move(connected))) {}
  ~TcpStream() override;

  // Gives the socket away, for TLS; nothing but the destructor may be called afterwards.
  [[nodiscard]] std::shared_ptr<Socket> release() { return std::move(socket_); }

  [[nodiscard]] Task<Result<std::size_t>> read_some(std::span<char> buffer) override;
  [[nodiscard]] Task<Result<>> write(std::span<const std::string_view> pieces) override;
  void set_wait_limit(std::chrono::milliseconds limit) override { socket_->set_wait_limit(limit); }
  void close() override { socket_->close(); }
  [[nodiscard]] std::string peer() const override { return socket_->peer(); }
  [[nodiscard]] std::string security() const override { return {}; }
  [[nodiscard]] std::chrono::nanoseconds waited_reading() const override {
    return socket_->waited(Socket::Role::reader);
  }
  [[nodiscard]] std::chrono::nanoseconds waited_writing() const override {
    return socket_->waited(Socket::Role::writer);
  }

 private:
  std::shared_ptr<Socket> socket_;
};

}  // namespace godwit::net
