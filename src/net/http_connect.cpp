// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/error_code.h"
#include "base/text.h"
#include "net/proxy.h"

namespace godwit::net {
namespace {

constexpr std::size_t longest_head = 16 * 1024;  // of an answer: its status line and header fields

bool is_plain(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7F; });
}

std::string encoded_login(const Proxy& proxy) {
  std::string login;
  login.reserve(proxy.address.user.size() + 1 + proxy.password.reveal().size());
  login += proxy.address.user;
  login += ':';
  login += proxy.password.reveal();
  std::string encoded = to_base64(login);
  wipe(login);
  return encoded;
}

Secret request_for(const Proxy& proxy, const std::string& host, std::uint16_t port) {
  const bool needs_brackets = host.find(':') != std::string::npos;
  const std::string place = fmt::format("{}{}{}:{}", needs_brackets ? "[" : "", host, needs_brackets ? "]" : "", port);
  std::string login;
  if (!proxy.address.user.empty()) {
    std::string encoded = encoded_login(proxy);
    login = fmt::format("Proxy-Authorization: Basic {}\r\n", encoded);
    wipe(encoded);
  }
  Secret request(fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n{1}\r\n", place, login));
  wipe(login);
  return request;
}

// Reads byte by byte: behind the empty line the server may speak already, and that is not ours to take.
class HttpConnect final : public ProxyHandshake {
 public:
  HttpConnect(const Proxy& proxy, const std::string& host, std::uint16_t port)
      : user_(proxy.address.user), output_(request_for(proxy, host, port)) {}

  Secret take_output() override { return std::exchange(output_, Secret()); }
  std::size_t wanted() const override { return is_done_ ? 0 : 1; }

  Result<> feed(std::string_view bytes) override {
    head_ += bytes.substr(0, wanted());
    constexpr std::string_view beginning = "HTTP/1.";
    if (!head_.starts_with(beginning.substr(0, head_.size()))) return not_http();
    if (head_.size() > longest_head) {
      return fail(codes::proxy_not_spoken, fmt::format("the proxy's answer is longer than {} bytes", longest_head));
    }
    const bool has_ended = head_.ends_with("\r\n\r\n") || head_.ends_with("\n\n");
    return has_ended ? on_answer() : Result<>{};
  }

 private:
  Result<> not_http() const {
    constexpr std::size_t shown = 60;
    return fail(codes::proxy_not_spoken,
                fmt::format("what answers there is no HTTP proxy; check the proxy's kind and port; it said: \"{}\"",
                            printable(std::string_view(head_).substr(0, shown))));
  }

  // HTTP-version SP 3DIGIT [SP reason]; the reason may be missing, and so may the blank in front of it.
  Result<> on_answer() {
    std::string_view line = std::string_view(head_).substr(0, head_.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t blank = line.find(' ');
    const std::string_view answer = blank == std::string_view::npos ? "" : line.substr(blank + 1);
    const auto status = parse_number<unsigned>(answer.substr(0, 3));
    if (!status || *status < 100 || *status > 599 || answer.size() < 3 || (answer.size() > 3 && answer[3] != ' ')) return not_http();
    if (*status < 200) {  // only a word in between (RFC 9110 §15.2)
      head_.clear();
      return {};
    }
    if (*status < 300) {
      is_done_ = true;
      return {};
    }
    return refusal(*status, printable(answer));
  }

  Result<> refusal(unsigned status, const std::string& words) const {
    const bool is_about_login = status == 407 || status == 401;  // tinyproxy says 401 to a wrong one
    if (!is_about_login) {
      return fail(codes::proxy_cannot_connect, fmt::format("the proxy does not reach the server, or may not; it said: \"{}\"", words));
    }
    if (user_.empty()) {
      return fail(codes::proxy_login_refused,
                  fmt::format("the proxy wants a login; write its user into the proxy's address; it said: \"{}\"", words));
    }
    return fail(codes::proxy_login_refused,
                fmt::format("the proxy refuses the login of user {}; check user and password, and that it takes Basic; it said: \"{}\"",
                            printable(user_), words));
  }

  std::string user_;
  Secret output_;
  std::string head_;  // of the answer, so far
  bool is_done_ = false;
};

}  // namespace

Result<std::unique_ptr<ProxyHandshake>> begin_http_connect(const Proxy& proxy, const std::string& host, std::uint16_t port) {
  if (host.empty() || !is_plain(host)) {
    return fail(codes::proxy_form, "an HTTP proxy takes no host name with blanks or control characters: " + printable(host));
  }
  if (proxy.address.user.find(':') != std::string::npos) {
    return fail(codes::proxy_form, "the user of an HTTP proxy holds no colon (RFC 7617)");
  }
  return std::make_unique<HttpConnect>(proxy, host, port);
}

Result<std::unique_ptr<ProxyHandshake>> begin_proxy_handshake(const Proxy& proxy, const std::string& host, std::uint16_t port) {
  const bool is_socks = proxy.address.kind == ProxyAddress::Kind::socks5;
  return is_socks ? begin_socks5(proxy, host, port) : begin_http_connect(proxy, host, port);
}

}  // namespace godwit::net
