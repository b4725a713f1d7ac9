// SPDX-License-Identifier: Apache-2.0
#include "oauth/redirect.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <utility>

#include "base/error_code.h"
#include "base/percent_decoding.h"
#include "base/text.h"
#include "http/message.h"

namespace godwit::oauth {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t longest_head = 16 * 1024;
constexpr std::chrono::seconds connection_limit{5};  // for one request, so that a connection that says nothing keeps nobody waiting

std::string page(std::string_view status, std::string_view text) {
  const std::string body = fmt::format("<!doctype html><meta charset=\"utf-8\"><title>godwit</title><p>{}</p>\n", text);
  return fmt::format("HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n"
                     "Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{}", status, body.size(), body);
}

// Cancels what waits on the object when its time is over; dropped, it does nothing.
template <class Waiting>
class Deadline {
 public:
  Deadline(const asio::any_io_executor& executor, std::shared_ptr<Waiting> waiting, std::chrono::steady_clock::time_point when)
      : timer_(executor, when) {
    timer_.async_wait([waiting = std::weak_ptr(waiting)](const boost::system::error_code& error) {
      if (const auto present = waiting.lock(); present && !error) present->close();
    });
  }

 private:
  asio::steady_timer timer_;
};

// Up to the empty line, or as much as came.
Task<std::string> read_head(tcp::socket& socket) {
  std::string head;
  std::array<char, 2048> buffer{};
  while (head.size() < longest_head && !head.contains("\r\n\r\n")) {
    const auto [error, count] = co_await socket.async_read_some(asio::buffer(buffer), as_result);
    if (error) break;
    head.append(buffer.data(), count);
  }
  co_return head;
}

}  // namespace

std::optional<Redirect> parse_redirect(std::string_view head) {
  const std::string_view line = head.substr(0, head.find("\r\n"));
  if (!line.starts_with("GET /?") || !line.ends_with(" HTTP/1.1") || !head.contains("\r\n")) return std::nullopt;
  std::string_view query = line.substr(6, line.size() - 6 - std::string_view(" HTTP/1.1").size());
  std::optional<std::string> code, state, error, description;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    const std::string_view name = pair.substr(0, equals);
    auto* const field = name == "code"                ? &code
                        : name == "state"             ? &state
                        : name == "error"             ? &error
                        : name == "error_description" ? &description
                                                      : nullptr;
    if (field == nullptr) continue;
    if (*field) return std::nullopt;
    *field = percent_decoded(pair.substr(std::min(equals + 1, pair.size())), Plus::blank);
    if (!*field) return std::nullopt;
  }
  if (!state || code.has_value() == error.has_value()) return std::nullopt;
  return Redirect{Secret(std::move(code).value_or("")), std::move(*state), std::move(error).value_or(""),
                  std::move(description).value_or("")};
}

Result<RedirectListener> RedirectListener::open(const asio::any_io_executor& executor, std::uint16_t port) {
  Acceptor acceptor(executor);
  boost::system::error_code failed;
  acceptor.open(tcp::v4(), failed);
  if (!failed) acceptor.set_option(asio::socket_base::reuse_address(true), failed);
  if (!failed) acceptor.bind({asio::ip::address_v4::loopback(), port}, failed);
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) {
    return fail(codes::cannot_connect,
                fmt::format("nobody can listen on 127.0.0.1:{} for the browser: {}; give another port, or none", port, failed.message()));
  }
  const std::uint16_t own = acceptor.local_endpoint(failed).port();
  return RedirectListener(std::move(acceptor), own);
}

Task<Result<Secret>> RedirectListener::wait_for_code(const std::string& state, std::chrono::steady_clock::time_point deadline) {
  const auto executor = acceptor_.get_executor();
  const auto acceptor = std::make_shared<Acceptor>(std::move(acceptor_));
  const Deadline whole(executor, acceptor, deadline);
  for (;;) {
    auto [error, accepted] = co_await acceptor->async_accept(as_result);
    if (error) co_return fail(codes::token_login_ended, "nobody has logged in by the browser in time; run the command again");
    const auto socket = std::make_shared<tcp::socket>(std::move(accepted));
    const Deadline limit(executor, socket, std::chrono::steady_clock::now() + connection_limit);
    std::string head = co_await read_head(*socket);
    const auto redirect = parse_redirect(head);
    wipe(head);
    // Another state is an older attempt, or somebody else's: RFC 6749 section 10.12.
    const bool is_ours = redirect && redirect->state == state;
    const std::string answer = is_ours && redirect->error.empty() ? page("200 OK", "godwit has its permission. You may close this page.")
                               : is_ours ? page("200 OK", "godwit was refused. You may close this page; the terminal says why.")
                                         : page("404 Not Found", "This is not what godwit waits for. Use the address that it shows now.");
    co_await asio::async_write(*socket, asio::buffer(answer), as_result);
    boost::system::error_code ignored;
    socket->shutdown(tcp::socket::shutdown_send, ignored);
    if (!is_ours) continue;
    if (redirect->error.empty()) co_return redirect->code;
    co_return fail(codes::token_login_ended, "the login was refused in the browser",
                   redirect->description.empty() ? redirect->error : redirect->error + ": " + redirect->description);
  }
}

}  // namespace godwit::oauth
