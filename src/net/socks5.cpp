// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>

#include "base/error_code.h"
#include "base/text.h"
#include "net/proxy.h"

namespace godwit::net {
namespace {

constexpr char version = 5, login_version = 1;
constexpr char no_login = 0, user_and_password = 2;
constexpr unsigned char nothing_acceptable = 0xFF;
constexpr char command_connect = 1;
constexpr char address_v4 = 1, address_name = 3, address_v6 = 4;
constexpr std::size_t longest_text = 255;  // its length is one byte

unsigned number_of(char byte) { return static_cast<unsigned char>(byte); }

// RFC 1928 §6.
std::string_view meaning_of(unsigned reply) {
  constexpr std::string_view meanings[] = {"",
                                           "general failure",
                                           "connection not allowed by its rules",
                                           "network unreachable",
                                           "host unreachable",
                                           "connection refused",
                                           "TTL expired",
                                           "command not supported",
                                           "address type not supported"};
  return reply < std::size(meanings) ? meanings[reply] : "a reply that RFC 1928 does not know";
}

std::string with_length(std::string_view text) { return static_cast<char>(text.size()) + std::string(text); }

// The server's place in a request: type, address, port.
std::string request_for(const std::string& host, std::uint16_t port) {
  std::string request{version, command_connect, 0};
  boost::system::error_code not_literal;
  const auto address = boost::asio::ip::make_address(host, not_literal);
  if (not_literal) {
    request += address_name + with_length(host);
  } else if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    request += address_v4;
    request.append(bytes.begin(), bytes.end());
  } else {
    const auto bytes = address.to_v6().to_bytes();
    request += address_v6;
    request.append(bytes.begin(), bytes.end());
  }
  request += static_cast<char>(port >> 8);
  request += static_cast<char>(port & 0xFF);
  return request;
}

class Socks5 final : public ProxyHandshake {
 public:
  Socks5(const Proxy& proxy, const std::string& host, std::uint16_t port)
      : user_(proxy.address.user), password_(proxy.password), request_(request_for(host, port)) {
    output_ = Secret(user_.empty() ? std::string{version, 1, no_login} : std::string{version, 2, no_login, user_and_password});
  }

  Secret take_output() override { return std::exchange(output_, Secret()); }
  std::size_t wanted() const override { return state_ == State::done ? 0 : expected_ - gathered_.size(); }

  Result<> feed(std::string_view bytes) override {
    gathered_ += bytes.substr(0, wanted());
    if (wanted() > 0) {
      // An answer of another protocol may be shorter than what is waited for.
      const bool begins_with_version = state_ == State::method || state_ == State::reply;
      return begins_with_version && !gathered_.empty() && gathered_[0] != version ? not_socks() : Result<>{};
    }
    switch (state_) {
      case State::method: return on_method();
      case State::login: return on_login();
      case State::reply: return on_reply();
      case State::address_length: return on_address_length();
      case State::address: state_ = State::done; return {};
      case State::done: return {};
    }
    return {};
  }

 private:
  enum class State { method, login, reply, address_length, address, done };

  void expect(State state, std::size_t size) {
    state_ = state;
    expected_ = size;
    gathered_.clear();
  }

  Result<> not_socks() const {
    return fail(codes::proxy_not_spoken,
                fmt::format("what answers there is no SOCKS5 proxy; check the proxy's kind and port; it said: \"{}\"", printable(gathered_)));
  }

  Result<> on_method() {
    if (gathered_[0] != version) return not_socks();
    const unsigned method = number_of(gathered_[1]);
    if (method == nothing_acceptable) {
      return fail(codes::proxy_login_refused, user_.empty() ? "the proxy wants a login; write its user into the proxy's address"
                                                            : "the proxy takes no login by user and password, and none without a login");
    }
    if (method == number_of(no_login)) return send_request();
    if (method != number_of(user_and_password) || user_.empty()) {
      return fail(codes::proxy_not_spoken, fmt::format("the proxy chose the login method {}, which was not offered", method));
    }
    std::string login;
    login.reserve(3 + user_.size() + password_.reveal().size());
    login += login_version;
    login += with_length(user_);
    login += static_cast<char>(password_.reveal().size());
    login += password_.reveal();
    output_ = Secret(std::move(login));
    expect(State::login, 2);
    return {};
  }

  Result<> on_login() {
    const unsigned status = number_of(gathered_[1]);  // some proxies say version 5 here
    if (status == 0) return send_request();
    return fail(codes::proxy_login_refused, fmt::format("the proxy refuses the login of user {} (status {}); check user and password",
                                                        printable(user_), status));
  }

  Result<> send_request() {
    output_ = Secret(std::move(request_));
    expect(State::reply, 4);
    return {};
  }

  Result<> on_reply() {
    if (gathered_[0] != version) return not_socks();
    const unsigned reply = number_of(gathered_[1]);
    if (reply != 0) {
      return fail(codes::proxy_cannot_connect,
                  fmt::format("the proxy does not reach the server: {} (reply {})", meaning_of(reply), reply));
    }
    constexpr std::size_t port_size = 2;
    switch (gathered_[3]) {
      case address_v4: expect(State::address, 4 + port_size); return {};
      case address_v6: expect(State::address, 16 + port_size); return {};
      case address_name: expect(State::address_length, 1); return {};
      default: return not_socks();
    }
  }

  Result<> on_address_length() {
    expect(State::address, number_of(gathered_[0]) + 2);
    return {};
  }

  std::string user_;
  Secret password_;
  std::string request_;
  Secret output_;
  State state_ = State::method;
  std::size_t expected_ = 2;
  std::string gathered_;  // of what is expected
};

}  // namespace

Result<std::unique_ptr<ProxyHandshake>> begin_socks5(const Proxy& proxy, const std::string& host, std::uint16_t port) {
  if (host.empty() || host.size() > longest_text) {
    return fail(codes::proxy_form, "a SOCKS5 proxy takes host names of 1 to 255 bytes");
  }
  if (proxy.address.user.size() > longest_text || proxy.password.reveal().size() > longest_text) {
    return fail(codes::proxy_form, "a SOCKS5 proxy takes users and passwords of 255 bytes at most (RFC 1929)");
  }
  return std::make_unique<Socks5>(proxy, host, port);
}

}  // namespace godwit::net
