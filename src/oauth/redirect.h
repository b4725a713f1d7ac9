// SPDX-License-Identifier: Apache-2.0
// What a browser brings back to the loopback address (RFC 6749 section 4.1.2, RFC 8252). Only for this folder.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"
#include "base/task.h"

namespace godwit::oauth {

struct Redirect {
  Secret code;
  std::string state, error, description;
};
// From the head of a request: GET of "/" with these parameters, each once. Nothing where it is another request.
[[nodiscard]] std::optional<Redirect> parse_redirect(std::string_view head);

class RedirectListener {
 public:
  // On 127.0.0.1. Error: cannot_connect where the port cannot be had.
  [[nodiscard]] static Result<RedirectListener> open(const boost::asio::any_io_executor& executor, std::uint16_t port);
  [[nodiscard]] std::uint16_t port() const { return port_; }
  // The answer to the request with this state; others are told that they are not wanted. Errors: token_login_ended, timeout's too.
  [[nodiscard]] Task<Result<Secret>> wait_for_code(const std::string& state, std::chrono::steady_clock::time_point deadline);

 private:
  using Acceptor = boost::asio::ip::tcp::acceptor;
  RedirectListener(Acceptor acceptor, std::uint16_t port) : acceptor_(std::move(acceptor)), port_(port) {}
  Acceptor acceptor_;
  std::uint16_t port_;
};

}  // namespace godwit::oauth
