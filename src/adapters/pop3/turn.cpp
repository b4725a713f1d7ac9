// SPDX-License-Identifier: Apache-2.0
#include "adapters/pop3/turn.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/pop3/login.h"
#include "base/error_code.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest_pause{8'000};
constexpr std::chrono::seconds longest_farewell{2};

bool is_about_turns(const Error& error) {
  return error.code == codes::mailbox_in_use.number || error.code == codes::throttled.number;
}

Task<> pause(milliseconds time) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

Task<> say_farewell(std::unique_ptr<pop3::Client> client) {
  client->set_wait_limit(longest_farewell);
  (void)co_await client->quit();
  client->close();
}

// "0" or "0 USER" (RFC 2449 §6.7): what was read may be removed when the session ends in order.
bool expires_at_once(const pop3::Capabilities& capabilities) {
  const pop3::Capability* const expire = capabilities.find("EXPIRE");
  return expire != nullptr && !expire->arguments.empty() && expire->arguments.front() == "0";
}

Error too_early(const Pop3Settings& settings, milliseconds rest) {
  Error error = make_error(codes::throttled, fmt::format("the server allows a login only so often (LOGIN-DELAY); the next one in {} s",
                                                         std::chrono::ceil<std::chrono::seconds>(rest).count()),
                           {}, settings.url.host_identity(pop3_url_form) + ": user " + printable(settings.url.user));
  error.retry_after = rest;
  return error;
}

}  // namespace

std::chrono::seconds login_delay(const pop3::Capabilities& capabilities) {
  constexpr std::uint32_t longest = 24 * 60 * 60;
  const pop3::Capability* const delay = capabilities.find("LOGIN-DELAY");
  if (delay == nullptr || delay->arguments.empty()) return {};
  return std::chrono::seconds(std::min(parse_number<std::uint32_t>(delay->arguments.front()).value_or(0), longest));
}

Task<Result<std::unique_ptr<pop3::Client>>> LoginTurns::log_in(const Pop3Settings& settings) {
  milliseconds waited{0};
  if (earliest_) {
    const auto rest = std::chrono::ceil<milliseconds>(*earliest_ - std::chrono::steady_clock::now());
    if (rest > settings.turn_limit) co_return std::unexpected(too_early(settings, rest));
    if (rest.count() > 0) co_await pause(rest);
    waited = std::max(waited, rest);
  }
  for (auto next = settings.first_pause;; next = std::min(2 * next, longest_pause)) {
    auto client = co_await adapters::log_in(settings);
    if (client) {
      const auto delay = login_delay((*client)->capabilities());
      if (delay.count() > 0) earliest_ = std::chrono::steady_clock::now() + delay;
    }
    if (client || !is_about_turns(client.error())) co_return client;
    const auto time = client.error().retry_after.value_or(next);
    if (waited + time > settings.turn_limit) co_return client;
    co_await pause(time);
    waited += time;
  }
}

void leave(std::unique_ptr<pop3::Client> client, boost::asio::any_io_executor executor, bool is_idle) {
  if (!is_idle || expires_at_once(client->capabilities())) return client->close();
  boost::asio::co_spawn(executor, say_farewell(std::move(client)), boost::asio::detached);
}

}  // namespace godwit::adapters
