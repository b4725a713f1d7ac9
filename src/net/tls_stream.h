// SPDX-License-Identifier: Apache-2.0
// TLS as a client, by OpenSSL directly on the socket: a session at rest keeps no buffers. Only for this folder.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>

#include "net/certificate.h"
#include "net/connect.h"
#include "net/piece_cursor.h"
#include "net/socket.h"
#include "net/stream.h"
#include "net/tls_transport.h"

namespace godwit::net {

class TlsStream final : public Stream {
 public:
  TlsStream(std::shared_ptr<Socket> socket, std::string host, Trust trust, TlsRules rules = {});
  void show(const ClientCertificate& certificate);  // before the handshake
  ~TlsStream() override;

  // Must succeed before anything is read or written.
  [[nodiscard]] Task<Result<>> handshake();

  [[nodiscard]] Task<Result<std::size_t>> read_some(std::span<char> buffer) override;
  [[nodiscard]] Task<Result<>> write(std::span<const std::string_view> pieces) override;
  void set_wait_limit(std::chrono::milliseconds limit) override { socket_->set_wait_limit(limit); }
  void close() override;
  [[nodiscard]] std::string peer() const override { return socket_->peer(); }
  [[nodiscard]] std::string security() const override { return SSL_get_version(ssl_.get()); }
  [[nodiscard]] std::optional<ServerCertificate> certificate() const override;
  [[nodiscard]] std::optional<std::string> channel_binding(std::string_view type) const override;
  [[nodiscard]] std::chrono::nanoseconds waited_reading() const override {
    return socket_->waited(Socket::Role::reader);
  }
  [[nodiscard]] std::chrono::nanoseconds waited_writing() const override {
    return socket_->waited(Socket::Role::writer);
  }

 private:
  enum class Progress { done, end_of_stream, must_wait };

  void apply_rules();
  [[nodiscard]] Result<> set_up_verification();
  [[nodiscard]] Result<> load_authorities();
  // Keeps the version that the server chooses, which OpenSSL does not tell where it is too old.
  static void on_message(int is_outgoing, int version, int content_type, const void* bytes, std::size_t size, SSL* ssl, void* self);
  // Called by OpenSSL for each fault that it finds; keeps the server's own certificate for the report.
  static int on_verified(int is_good, X509_STORE_CTX* verification);
  [[nodiscard]] Result<> check_fingerprint() const;
  [[nodiscard]] Error explained(Error error) const;

  void begin_call();
  // What the call of OpenSSL that just returned `status` means. It can only wait for input: output is put in line.
  [[nodiscard]] Result<Progress> outcome_of(int status, const char* attempted);
  // Reads what is there, record by record, until the buffer is full.
  [[nodiscard]] Result<Progress> try_read(std::span<char> buffer, std::size_t& size);
  // Puts the next bytes in line as whole records; what is smaller than a record is first copied together into `gathered`.
  [[nodiscard]] Result<> encrypt_next(PieceCursor& cursor, std::unique_ptr<char[]>& gathered);
  [[nodiscard]] Task<Result<>> write_all(PieceCursor cursor);
  [[nodiscard]] Task<Result<>> flush(const char* attempted);

  std::shared_ptr<Socket> socket_;
  std::string host_;
  Trust trust_;
  TlsRules rules_;
  TlsTransport transport_;
  Certificate faulty_;               // the server's, when OpenSSL found a fault in it or above it
  std::optional<Error> read_error_;  // the end of all reading; may have come behind bytes that are delivered first
  int server_version_ = 0;           // as its first message says; 0: none came
  bool is_established_ = false;
  bool is_writing_ = false;
  std::unique_ptr<SSL_CTX, decltype([](SSL_CTX* context) { SSL_CTX_free(context); })> context_;
  std::unique_ptr<SSL, decltype([](SSL* ssl) { SSL_free(ssl); })> ssl_;
};

}  // namespace godwit::net
