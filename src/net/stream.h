// SPDX-License-Identifier: Apache-2.0
// A connected byte stream. One reader and one writer may be at work at the same time; all on the thread of its
// io_context.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/server_certificate.h"
#include "base/task.h"

namespace godwit::net {

class Stream {
 public:
  Stream() = default;
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Reads at least one byte; 0 means that the peer closed in an orderly way. Errors: network, timeout, tls, canceled.
  [[nodiscard]] virtual Task<Result<std::size_t>> read_some(std::span<char> buffer) = 0;

  // Writes all of the pieces, in order, with as few system calls as possible. The bytes must live until it returns.
  [[nodiscard]] virtual Task<Result<>> write(std::span<const std::string_view> pieces) = 0;

  // The longest that one wait for the peer may last, for reading and writing alike; a wait, not the whole operation.
  virtual void set_wait_limit(std::chrono::milliseconds limit) = 0;

  // Ends every wait at once with `canceled`; nothing can be read or written after it. May be called more than once.
  virtual void close() = 0;

  // For people: "127.0.0.1:143", and "TLSv1.3" or "" when the stream is not encrypted.
  [[nodiscard]] virtual std::string peer() const = 0;
  [[nodiscard]] virtual std::string security() const = 0;
  // What the peer has shown; nothing when the stream is not encrypted.
  [[nodiscard]] virtual std::optional<ServerCertificate> certificate() const { return std::nullopt; }
  // What names this encrypted connection and no other (RFC 5056), by type: "tls-exporter" (RFC 9266), "tls-unique" and
  // "tls-server-end-point" (RFC 5929). Nothing where the connection has none of that type.
  [[nodiscard]] virtual std::optional<std::string> channel_binding(std::string_view) const { return std::nullopt; }

  // How long this stream has waited for the peer so far; the progress view tells from it which side is slow.
  [[nodiscard]] virtual std::chrono::nanoseconds waited_reading() const = 0;
  [[nodiscard]] virtual std::chrono::nanoseconds waited_writing() const = 0;
};

}  // namespace godwit::net
