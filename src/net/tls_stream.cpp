// SPDX-License-Identifier: Apache-2.0
#include "net/tls_stream.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <new>
#include <span>

#include "base/fault.h"
#include "base/text.h"
#include "net/channel_binding.h"
#include "net/tcp_stream.h"
#include "net/tls_faults.h"

namespace godwit::net {
namespace {

constexpr std::size_t record_size = SSL3_RT_MAX_PLAIN_LENGTH;
constexpr std::size_t records_at_once = 4;  // for one system call, in either direction

bool is_address(const std::string& host) {
  boost::system::error_code not_an_address;
  (void)boost::asio::ip::make_address(host, not_an_address);
  return !not_an_address;
}

std::string pin_advice(const std::string& fingerprint) {
  return fmt::format("; its SHA-256 fingerprint is {}; if you know that this is the right server, pin it by its fingerprint",
                     to_hex(fingerprint));
}

}  // namespace

TlsStream::TlsStream(std::shared_ptr<Socket> socket, std::string host, Trust trust, TlsRules rules)
    : socket_(std::move(socket)),
      host_(std::move(host)),
      trust_(std::move(trust)),
      rules_(std::move(rules)),
      transport_(socket_->descriptor()),
      context_(SSL_CTX_new(TLS_client_method())) {
  if (!context_) throw std::bad_alloc();
  apply_rules();
  SSL_CTX_set_options(context_.get(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context_.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context_.get(), 1);
  SSL_CTX_set_default_read_buffer_len(context_.get(), records_at_once * record_size);
  ssl_.reset(SSL_new(context_.get()));
  if (!ssl_) throw std::bad_alloc();
  SSL_set_app_data(ssl_.get(), this);
  BIO* const transport = transport_.make_bio();
  SSL_set_bio(ssl_.get(), transport, transport);
  SSL_set_connect_state(ssl_.get());
  SSL_set_msg_callback(ssl_.get(), on_message);
  SSL_set_msg_callback_arg(ssl_.get(), this);
}

// The system's configuration (Debian: TLS 1.2, security level 2) is overruled by order alone. Below TLS 1.2 nothing is signed but with
// SHA-1, which OpenSSL takes at level 0 only.
void TlsStream::apply_rules() {
  SSL_CTX* const context = context_.get();
  const bool is_old = rules_.least != TlsVersion::v1_2;
  const int least = !is_old ? TLS1_2_VERSION : rules_.least == TlsVersion::v1_1 ? TLS1_1_VERSION : TLS1_VERSION;
  SSL_CTX_set_min_proto_version(context, least);
  if (is_old || rules_.legacy_ciphers) SSL_CTX_set_security_level(context, 0);
  if (rules_.legacy_ciphers) SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT);
}

void TlsStream::on_message(int is_outgoing, int, int content_type, const void* bytes, std::size_t size, SSL*, void* self) {
  const std::span message(static_cast<const unsigned char*>(bytes), size);
  constexpr std::size_t place = 4;  // behind type and length (RFC 5246 §7.4.1.3)
  const bool is_hello = is_outgoing == 0 && content_type == SSL3_RT_HANDSHAKE && size > place + 1 && message[0] == SSL3_MT_SERVER_HELLO;
  if (is_hello) static_cast<TlsStream*>(self)->server_version_ = message[place] << 8 | message[place + 1];
}

Result<> TlsStream::load_authorities() {
  if (rules_.authorities_file.empty()) {
    SSL_CTX_set_default_verify_paths(context_.get());
    return {};
  }
  ERR_clear_error();
  if (SSL_CTX_load_verify_locations(context_.get(), rules_.authorities_file.c_str(), nullptr) == 1) return {};
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  return fail(codes::authorities_file, fmt::format("the file of authorities {} cannot be used: {}", printable(rules_.authorities_file),
                                                   reason != nullptr ? reason : "it holds no certificate in PEM"));
}

TlsStream::~TlsStream() { close(); }

void TlsStream::show(const ClientCertificate& certificate) { certificate.use_in(*ssl_); }

Result<> TlsStream::set_up_verification() {
  const bool has_name = !is_address(host_);
  if (has_name && !host_.empty()) SSL_set_tlsext_host_name(ssl_.get(), host_.c_str());
  if (trust_.mode != Trust::Mode::verify) {
    SSL_set_verify(ssl_.get(), SSL_VERIFY_NONE, nullptr);
    return {};
  }
  GODWIT_CHECK(load_authorities());
  SSL_set_verify(ssl_.get(), SSL_VERIFY_PEER, on_verified);
  X509_VERIFY_PARAM* const parameters = SSL_get0_param(ssl_.get());
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const int is_set = has_name ? X509_VERIFY_PARAM_set1_host(parameters, host_.data(), host_.size())
                              : X509_VERIFY_PARAM_set1_ip_asc(parameters, host_.c_str());
  if (is_set == 1 && !host_.empty()) return {};  // OpenSSL takes an empty name as the order not to check it
  return socket_->failure(codes::certificate_name_unknown,
                          fmt::format("no certificate can be checked against the name \"{}\"", printable(host_)));
}

int TlsStream::on_verified(int is_good, X509_STORE_CTX* verification) {
  if (is_good == 1) return 1;
  const auto* const ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* const self = static_cast<TlsStream*>(SSL_get_app_data(ssl));
  X509* const certificate = X509_STORE_CTX_get0_cert(verification);
  X509_up_ref(certificate);
  self->faulty_.reset(certificate);
  return 0;
}

Result<> TlsStream::check_fingerprint() const {
  if (trust_.mode != Trust::Mode::fingerprint) return {};
  const Certificate certificate(SSL_get1_peer_certificate(ssl_.get()));
  if (!certificate) return socket_->failure(codes::certificate_not_pinned, "the server showed no certificate");
  const std::string fingerprint = fingerprint_of(*certificate);
  if (fingerprint == trust_.fingerprint) return {};
  return socket_->failure(codes::certificate_not_pinned, fmt::format("the certificate of {} is not the pinned one (SHA-256 {})",
                                                                     printable(host_), to_hex(trust_.fingerprint)) +
                                              pin_advice(fingerprint));
}

// The error of a failed handshake, in words that say what to do.
Error TlsStream::explained(Error error) const {
  if (error.kind != ErrorKind::tls || !faulty_) return error;
  const long verify_result = SSL_get_verify_result(ssl_.get());
  if (auto fault = fault_of_strength(verify_result, rules_)) {
    error.code = fault->code.number;
    error.what = std::move(fault->what);
    return error;
  }
  error.code = code_of_verification(verify_result).number;
  error.what = fmt::format("the certificate of {} is not trusted: {}", printable(host_),
                           what_is_wrong(*faulty_, verify_result, host_)) +
               pin_advice(fingerprint_of(*faulty_));
  return error;
}

Task<Result<>> TlsStream::handshake() {
  fault::step("tls.handshake");
  GODWIT_CO_CHECK(set_up_verification());
  while (true) {
    GODWIT_CO_CHECK(socket_->check_open());
    begin_call();
    auto progress = outcome_of(SSL_connect(ssl_.get()), "TLS handshake");
    if (!progress) {
      (void)transport_.send_outgoing();  // the alert, as far as that does not wait
      co_return std::unexpected(explained(std::move(progress).error()));
    }
    GODWIT_CO_CHECK(co_await flush("TLS handshake"));
    if (*progress == Progress::done) break;
    if (*progress == Progress::end_of_stream) {
      co_return socket_->failure(codes::closed_by_server, "TLS handshake: the server closed the connection");
    }
    GODWIT_CO_CHECK(co_await socket_->wait(Socket::Role::reader));
  }
  GODWIT_CO_CHECK(check_fingerprint());
  SSL_set_msg_callback(ssl_.get(), nullptr);
  is_established_ = true;
  co_return Result<>{};
}

void TlsStream::begin_call() {
  ERR_clear_error();  // OpenSSL judges a call by this thread's queue, where another session may have left something
  transport_.clear_error();
}

Result<TlsStream::Progress> TlsStream::outcome_of(int status, const char* attempted) {
  if (status > 0) return Progress::done;
  switch (SSL_get_error(ssl_.get(), status)) {
    case SSL_ERROR_WANT_READ:
      return Progress::must_wait;
    case SSL_ERROR_ZERO_RETURN:
      return Progress::end_of_stream;
    case SSL_ERROR_SYSCALL:
      if (transport_.system_error() != 0) return socket_->system_failure(attempted, transport_.system_error());
      break;
    default:
      break;
  }
  const unsigned long code = ERR_peek_error();
  if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return socket_->failure(codes::closed_by_server,
                            fmt::format("{}: the server closed the connection without ending TLS", attempted));
  }
  if (!is_established_) {
    if (auto fault = fault_of_rules(ERR_GET_REASON(code), server_version_, rules_)) {
      return socket_->failure(fault->code, fmt::format("{}: {}", attempted, fault->what));
    }
  }
  const char* const reason = ERR_reason_error_string(code);
  const bool is_not_tls = ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER;
  return socket_->failure(is_not_tls ? codes::tls_not_spoken : codes::tls,
                          fmt::format("{}: {}{}", attempted, reason != nullptr ? reason : "TLS has failed",
                                      is_not_tls ? " (what answers there may not speak TLS)" : ""));
}

Result<TlsStream::Progress> TlsStream::try_read(std::span<char> buffer, std::size_t& size) {
  if (read_error_) return std::unexpected(*read_error_);
  size = 0;
  while (true) {
    begin_call();
    std::size_t received = 0;
    const int status = SSL_read_ex(ssl_.get(), buffer.data() + size, buffer.size() - size, &received);
    auto progress = outcome_of(status, "reading");
    size += received;
    if (progress == Progress::done) {
      if (size < buffer.size() && SSL_has_pending(ssl_.get()) == 1) continue;
    } else {
      if (!progress) read_error_ = progress.error();
      if (size > 0) return Progress::done;  // the rest shows again at the next call
    }
    return progress;
  }
}

Task<Result<std::size_t>> TlsStream::read_some(std::span<char> buffer) {
  fault::step("tls.read");
  while (true) {
    GODWIT_CO_CHECK(socket_->check_open());
    std::size_t size = 0;
    const auto progress = try_read(buffer, size);
    // What OpenSSL answers by itself (KeyUpdate, alerts) is not waited for: what does not go now goes with the next call.
    (void)transport_.send_outgoing();
    if (!progress) co_return std::unexpected(progress.error());
    if (*progress == Progress::done) co_return size;
    if (*progress == Progress::end_of_stream) co_return std::size_t{0};
    GODWIT_CO_CHECK(co_await socket_->wait(Socket::Role::reader));
  }
}

Task<Result<>> TlsStream::write(std::span<const std::string_view> pieces) {
  PieceCursor cursor(pieces);
  const std::size_t size = cursor.size_left();
  cursor.cut_to(fault::step_writing("tls.write", size));
  const bool dies = cursor.size_left() < size;
  is_writing_ = true;
  auto written = co_await write_all(cursor);
  is_writing_ = false;
  if (dies) fault::die();
  co_return written;
}

Task<Result<>> TlsStream::write_all(PieceCursor cursor) {
  std::unique_ptr<char[]> gathered;
  while (cursor.size_left() > 0) {
    GODWIT_CO_CHECK(socket_->check_open());
    while (cursor.size_left() > 0 && transport_.outgoing_size() < records_at_once * record_size) {
      GODWIT_CO_CHECK(encrypt_next(cursor, gathered));
    }
    GODWIT_CO_CHECK(co_await flush("writing"));
  }
  co_return Result<>{};
}

Result<> TlsStream::encrypt_next(PieceCursor& cursor, std::unique_ptr<char[]>& gathered) {
  std::string_view next = cursor.current();
  if (next.size() >= record_size) {
    next = next.substr(0, std::min(next.size() / record_size, records_at_once) * record_size);
  } else if (next.size() < cursor.size_left()) {
    if (!gathered) gathered = std::make_unique_for_overwrite<char[]>(record_size);
    next = {gathered.get(), cursor.peek({gathered.get(), record_size})};
  }
  begin_call();
  std::size_t written = 0;
  const int status = SSL_write_ex(ssl_.get(), next.data(), next.size(), &written);
  GODWIT_TRY(const Progress progress, outcome_of(status, "writing"));
  if (progress != Progress::done) return socket_->failure(codes::closed_by_server, "writing: the server has ended TLS");
  cursor.advance(written);
  return {};
}

Task<Result<>> TlsStream::flush(const char* attempted) {
  while (true) {
    GODWIT_CO_CHECK(socket_->check_open());
    switch (transport_.send_outgoing()) {
      case TlsTransport::Sent::all: co_return Result<>{};
      case TlsTransport::Sent::failed: co_return socket_->system_failure(attempted, transport_.system_error());
      case TlsTransport::Sent::would_wait: break;
    }
    GODWIT_CO_CHECK(co_await socket_->wait(Socket::Role::writer));
  }
}

void TlsStream::close() {
  if (!socket_->check_open()) return;
  if (is_established_ && !is_writing_) {  // between records: say goodbye, as far as that does not wait
    begin_call();
    (void)SSL_shutdown(ssl_.get());
    (void)transport_.send_outgoing();
  }
  socket_->close();
}

std::optional<ServerCertificate> TlsStream::certificate() const {
  const Certificate certificate(SSL_get1_peer_certificate(ssl_.get()));
  if (!certificate) return std::nullopt;
  return described(*certificate);
}

std::optional<std::string> TlsStream::channel_binding(std::string_view type) const {
  return is_established_ ? channel_binding_of(*ssl_, type) : std::nullopt;
}

Task<Result<std::unique_ptr<Stream>>> start_tls(std::unique_ptr<Stream> plain, std::string host, Trust trust,
                                                TlsRules rules, ClientCertificatePointer shown) {
  auto* const tcp = dynamic_cast<TcpStream*>(plain.get());
  if (tcp == nullptr) co_return fail(ErrorKind::bug, "start_tls() over something that is not TCP");
  auto stream = std::make_unique<TlsStream>(tcp->release(), std::move(host), std::move(trust), std::move(rules));
  if (shown) stream->show(*shown);
  GODWIT_CO_CHECK(co_await stream->handshake());
  co_return stream;
}

}  // namespace godwit::net
