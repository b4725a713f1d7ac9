// SPDX-License-Identifier: Apache-2.0
#include "http/transfer.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error_code.h"
#include "base/text.h"
#include "net/certificate.h"

namespace godwit::http {
namespace {

constexpr std::size_t longest_head = 256 * 1024;
constexpr std::size_t most_buffered = 256 * 1024;  // of a body, in either direction

int check_fingerprint(X509_STORE_CTX* context, void* wanted) {
  const X509* const certificate = X509_STORE_CTX_get0_cert(context);
  const bool is_wanted = certificate != nullptr && net::fingerprint_of(*certificate) == *static_cast<std::string*>(wanted);
  X509_STORE_CTX_set_error(context, is_wanted ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
  return is_wanted ? 1 : 0;
}

CURLcode pin(CURL*, void* context, void* fingerprint) {
  SSL_CTX_set_cert_verify_callback(static_cast<SSL_CTX*>(context), check_fingerprint, fingerprint);
  return CURLE_OK;
}

bool is_token(std::string_view text) {
  constexpr std::string_view separators = "()<>@,;:\\\"/[]?={} \t";
  return !text.empty() && std::ranges::all_of(text, [&](char c) { return c > 0x20 && c < 0x7F && !separators.contains(c); });
}

bool is_this_machine(std::string_view url) {
  const std::string origin = origin_of(url);
  return std::ranges::any_of(std::array{"://localhost", "://127.0.0.1", "://[::1]"}, [&](const char* name) {
    const auto at = origin.find(name);
    const std::size_t end = at == std::string::npos ? 0 : at + std::string_view(name).size();
    return at != std::string::npos && (end == origin.size() || origin[end] == ':');
  });
}

unsigned long curl_scheme(Scheme scheme) {
  switch (scheme) {
    case Scheme::none: return CURLAUTH_NONE;
    case Scheme::basic: return CURLAUTH_BASIC;
    case Scheme::bearer: return CURLAUTH_BEARER;
    case Scheme::ntlm: return CURLAUTH_NTLM;
    case Scheme::negotiate: return CURLAUTH_NEGOTIATE;
    case Scheme::digest: return CURLAUTH_DIGEST;
  }
  return CURLAUTH_NONE;
}

ErrorCode code_of_curl(CURLcode code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_SSL_CACERT_BADFILE: return codes::usage;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return codes::name_not_resolved;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY: return codes::cannot_connect;
    case CURLE_OPERATION_TIMEDOUT: return codes::server_silent;
    case CURLE_PEER_FAILED_VERIFICATION: return codes::certificate_not_trusted;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_USE_SSL_FAILED: return codes::tls;
    case CURLE_GOT_NOTHING: return codes::closed_by_server;
    case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9: something else than HTTP
    case CURLE_WEIRD_SERVER_REPLY: return codes::response_malformed;
    case CURLE_TOO_MANY_REDIRECTS: return codes::response_out_of_place;
    case CURLE_WRITE_ERROR: return codes::response_too_large;
    case CURLE_LOGIN_DENIED: return codes::auth;
    default: return codes::connection_broken;
  }
}

}  // namespace

Transfer::Transfer(Request request, Settings settings, bool has_body, std::function<void()> bell)
    : request_(std::move(request)), settings_(std::move(settings)), has_body_(has_body), bell_(std::move(bell)) {}

Transfer::~Transfer() {
  if (handle_ != nullptr) curl_easy_cleanup(handle_);
  curl_slist_free_all(list_);
}

Result<> Transfer::prepare() {
  if (!is_token(request_.method)) return fail(ErrorKind::bug, "no method of HTTP: " + printable(request_.method));
  if (!request_.url.starts_with("https://") && !request_.url.starts_with("http://")) {
    return fail(ErrorKind::usage, "no address of HTTP: " + origin_of(request_.url));
  }
  handle_ = curl_easy_init();
  if (handle_ == nullptr) return fail(ErrorKind::bug, "libcurl makes no handle");
  curl_easy_setopt(handle_, CURLOPT_ERRORBUFFER, said_.data());
  curl_easy_setopt(handle_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, this);
  set_line();
  set_method();
  set_trust();
  set_credentials();
  return set_headers();
}

void Transfer::set_line() {
  curl_easy_setopt(handle_, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  if (request_.decompress) curl_easy_setopt(handle_, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle_, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  curl_easy_setopt(handle_, CURLOPT_FOLLOWLOCATION, request_.redirects > 0 ? 1L : 0L);
  // The second round of a login counts as one, so that nothing but "any number" allows it where none is followed.
  curl_easy_setopt(handle_, CURLOPT_MAXREDIRS, request_.redirects > 0 ? static_cast<long>(request_.redirects) : -1L);
  curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_limit.count()));
  curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.whole_limit.count()));
  curl_easy_setopt(handle_, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle_, CURLOPT_LOW_SPEED_TIME,
                   static_cast<long>(std::chrono::ceil<std::chrono::seconds>(request_.idle_limit).count()));
  if (!settings_.proxy.empty()) curl_easy_setopt(handle_, CURLOPT_PROXY, settings_.proxy.c_str());
  else if (is_this_machine(request_.url)) curl_easy_setopt(handle_, CURLOPT_PROXY, "");
}

void Transfer::set_method() {
  const std::string_view body = request_.body.reveal();
  if (has_body_) {
    curl_easy_setopt(handle_, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle_, CURLOPT_READFUNCTION, on_upload);
    curl_easy_setopt(handle_, CURLOPT_READDATA, this);
  } else if (!body.empty() || request_.method == "POST") {
    curl_easy_setopt(handle_, CURLOPT_POST, 1L);
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
  } else if (request_.method == "HEAD") {
    curl_easy_setopt(handle_, CURLOPT_NOBODY, 1L);
  }
  curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

void Transfer::set_trust() {
  using Mode = net::Trust::Mode;
  const Mode mode = settings_.trust.mode;
  if (mode != Mode::verify) curl_easy_setopt(handle_, CURLOPT_SSL_VERIFYHOST, 0L);
  if (mode == Mode::always) curl_easy_setopt(handle_, CURLOPT_SSL_VERIFYPEER, 0L);
  if (mode == Mode::fingerprint) {
    curl_easy_setopt(handle_, CURLOPT_SSL_CTX_FUNCTION, pin);
    curl_easy_setopt(handle_, CURLOPT_SSL_CTX_DATA, &settings_.trust.fingerprint);
    curl_easy_setopt(handle_, CURLOPT_SSL_SESSIONID_CACHE, 0L);  // a session taken up again shows no certificate
  }
  if (settings_.authorities_file.empty()) return;
  curl_easy_setopt(handle_, CURLOPT_CAINFO, settings_.authorities_file.c_str());
  curl_easy_setopt(handle_, CURLOPT_CAPATH, nullptr);
}

void Transfer::set_credentials() {
  const Credentials& who = request_.credentials;
  if (who.scheme == Scheme::none) return;
  curl_easy_setopt(handle_, CURLOPT_HTTPAUTH, curl_scheme(who.scheme));
  const Secret secret(std::string(who.secret.reveal()) + '\0');
  if (who.scheme == Scheme::bearer) {
    curl_easy_setopt(handle_, CURLOPT_XOAUTH2_BEARER, secret.reveal().data());
  } else {
    curl_easy_setopt(handle_, CURLOPT_USERNAME, who.user.c_str());
    curl_easy_setopt(handle_, CURLOPT_PASSWORD, secret.reveal().data());
  }
}

Result<> Transfer::set_headers() {
  const auto add = [this](const std::string& line) { list_ = curl_slist_append(list_, line.c_str()); };
  for (const Header& header : request_.headers) {
    if (!is_token(header.name) || header.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return fail(ErrorKind::usage, "a header of the request has control characters: " + printable(header.name));
    }
    add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  add("Expect:");  // a server that knows it not would be waited for
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, list_);
  return {};
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::lock_guard lock(transfer.mutex_);
  return transfer.take_header({data, size * count}) ? size * count : CURL_WRITEFUNC_ERROR;
}

// A status line begins a head anew: 100, redirects and rounds of a login have heads of their own.
bool Transfer::take_header(std::string_view line) {
  head_size_ += line.size();
  if (line.starts_with("HTTP/")) head_ = {};
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  const auto colon = line.find(':');
  if (colon != std::string_view::npos && !line.starts_with("HTTP/")) {
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    head_.headers.push_back({std::string(line.substr(0, colon)), std::string(value)});
  }
  return head_size_ <= longest_head;
}

// By the loop's thread, which has the mutex.
void Transfer::finish_head() {
  constexpr curl_off_t longest_wait = 86'400;  // seconds
  long status = 0;
  curl_off_t wait = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(handle_, CURLINFO_RETRY_AFTER, &wait);
  head_.status = static_cast<int>(status);
  if (wait > 0) head_.retry_after = std::chrono::seconds(std::min(wait, longest_wait));
  has_head_ = true;
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::lock_guard lock(transfer.mutex_);
  transfer.finish_head();
  transfer.is_download_paused_ = transfer.received_.size() >= most_buffered;
  transfer.ring();
  if (transfer.is_download_paused_) return CURL_WRITEFUNC_PAUSE;
  transfer.received_.append(data, size * count);
  return size * count;
}

std::size_t Transfer::on_upload(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::lock_guard lock(transfer.mutex_);
  transfer.is_upload_paused_ = transfer.given_.empty() && !transfer.is_all_given_;
  if (transfer.is_upload_paused_) return CURL_READFUNC_PAUSE;
  const std::size_t length = std::min(size * count, transfer.given_.size());
  std::copy_n(transfer.given_.data(), length, data);
  transfer.given_.erase(0, length);
  transfer.ring();
  return length;
}

void Transfer::resume() {
  const bool goes_on = [this] {
    const std::lock_guard lock(mutex_);
    const bool may_read = is_download_paused_ && received_.size() < most_buffered;
    const bool may_write = is_upload_paused_ && (!given_.empty() || is_all_given_);
    if (may_read) is_download_paused_ = false;
    if (may_write) is_upload_paused_ = false;
    return may_read || may_write;
  }();
  // Calls back from within; what has still to wait pauses itself again.
  if (goes_on) curl_easy_pause(handle_, CURLPAUSE_CONT);
}

void Transfer::end(CURLcode code) {
  const std::lock_guard lock(mutex_);
  if (code == CURLE_OK) finish_head();
  else failure_ = error_of_code(code);
  is_over_ = true;
  ring();
}

Error Transfer::error_of_code(CURLcode code) const {
  const bool is_pinned = settings_.trust.mode == net::Trust::Mode::fingerprint;
  ErrorCode own = code_of_curl(code);
  if (is_pinned && (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR)) own = codes::certificate_not_pinned;
  std::string what(said_.data());
  if (what.empty()) what = curl_easy_strerror(code);
  if (code == CURLE_WRITE_ERROR) what = "the head of the answer has more than 256 KiB";
  if (own == codes::certificate_not_trusted) what += "; name the file with the authority that signed it (" + settings_.authorities_option + "), if it is right";
  return make_error(own, printable(what), {}, origin_of(request_.url));
}

Transfer::Progress Transfer::progress() {
  const std::lock_guard lock(mutex_);
  return {has_head_, is_over_, given_.size() < most_buffered, failure_};
}

Head Transfer::head() {
  const std::lock_guard lock(mutex_);
  return head_;
}

std::string Transfer::take_received() {
  const std::lock_guard lock(mutex_);
  return std::exchange(received_, {});
}

void Transfer::give(std::string piece) {
  const std::lock_guard lock(mutex_);
  given_ += piece;
}

void Transfer::finish_giving() {
  const std::lock_guard lock(mutex_);
  is_all_given_ = true;
}

}  // namespace godwit::http
