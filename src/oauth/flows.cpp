// SPDX-License-Identifier: Apache-2.0
#include "oauth/flows.h"

#include <fmt/format.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/error_code.h"
#include "oauth/redirect.h"

namespace godwit::oauth {
namespace {

constexpr std::size_t longest_answer = 256 * 1024;
constexpr std::chrono::seconds fastest{1};  // whatever the server says
constexpr std::chrono::seconds slower{5};  // RFC 8628 section 3.5: slow_down

Now now() { return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now()); }

std::string place_of(const std::string& url) { return "token server " + http::origin_of(url); }

// With the place in front; http::Client has put its own behind.
Error placed(Error error, const std::string& url) {
  error.where.clear();
  return std::move(error).at(place_of(url));
}

Task<Result<http::Response>> send(http::Client& client, http::Request request) {
  const std::string url = request.url;
  auto response = co_await client.send(std::move(request), longest_answer);
  if (!response) co_return std::unexpected(placed(std::move(response).error(), url));
  co_return response;
}

Task<> sleep(std::chrono::milliseconds time) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

bool passes(const Error& error) {
  return error.kind == ErrorKind::network || error.kind == ErrorKind::timeout || error.kind == ErrorKind::unavailable;
}

// Nothing: not yet. RFC 8628 section 3.5; on a broken connection it is asked again, more slowly.
Task<Result<std::optional<Token>>> poll(http::Client& client, const Addresses& at, const Application& who, DeviceCode& code) {
  GODWIT_CO_TRY(http::Request request, device_poll_request(at, who, code.device_code, now()));
  auto response = co_await client.send(std::move(request), longest_answer);
  auto answer = response ? parse_token_answer(std::move(*response)) : std::unexpected(std::move(response).error());
  if (!answer && passes(answer.error())) {
    code.interval = std::max(code.interval + slower,
                             std::chrono::ceil<std::chrono::seconds>(answer.error().retry_after.value_or(std::chrono::seconds(0))));
    co_return std::nullopt;
  }
  if (!answer) co_return std::unexpected(placed(std::move(answer).error(), at.token));
  if (auto* const token = std::get_if<Token>(&*answer)) co_return std::move(*token);
  const Refusal& refusal = std::get<Refusal>(*answer);
  if (refusal.error == "slow_down") code.interval += slower;
  if (refusal.error == "slow_down" || refusal.error == "authorization_pending") co_return std::nullopt;
  co_return std::unexpected(placed(error_of(refusal), at.token));
}

}  // namespace

Task<Result<Token>> ask(http::Client& client, http::Request request) {
  const std::string url = request.url;
  GODWIT_CO_TRY(http::Response response, co_await send(client, std::move(request)));
  auto token = token_of(std::move(response));
  if (!token) co_return std::unexpected(placed(std::move(token).error(), url));
  co_return token;
}

Task<Result<Token>> log_in_by_device(http::Client& client, Addresses at, Application who, std::function<void(const DeviceCode&)> tell) {
  GODWIT_CO_TRY(http::Response response, co_await send(client, device_request(at, who)));
  auto code = parse_device_answer(std::move(response));
  if (!code) co_return std::unexpected(placed(std::move(code).error(), at.device));
  tell(*code);
  const auto deadline = std::chrono::steady_clock::now() + code->lifetime;
  for (;;) {
    co_await sleep(std::max(code->interval, fastest));
    if (std::chrono::steady_clock::now() >= deadline) {
      co_return fail(codes::token_login_ended, "nobody has typed the code in time; run the command again");
    }
    GODWIT_CO_TRY(auto token, co_await poll(client, at, who, *code));
    if (token) co_return std::move(*token);
  }
}

Task<Result<Token>> log_in_by_browser(http::Client& client, Addresses at, Application who, BrowserLogin login,
                                      std::function<void(const std::string&)> tell) {
  const auto deadline = std::chrono::steady_clock::now() + login.limit;
  GODWIT_CO_TRY(RedirectListener listener, RedirectListener::open(co_await boost::asio::this_coro::executor, login.port));
  const std::string redirect = fmt::format("http://{}:{}", at.redirect_host, listener.port());
  const std::string state = random_text();
  const Pkce pkce{Secret(random_text())};
  tell(authorize_url(at, who.id, redirect, state, pkce, login.user));
  GODWIT_CO_TRY(const Secret code, co_await listener.wait_for_code(state, deadline));
  GODWIT_CO_TRY(http::Request request, code_request(at, who, code, redirect, pkce, now()));
  co_return co_await ask(client, std::move(request));
}

}  // namespace godwit::oauth
