// SPDX-License-Identifier: Apache-2.0
#include "adapters/pop3/account.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/listed/listed_source.h"
#include "adapters/pop3/login.h"
#include "adapters/pop3/store.h"
#include "base/error_code.h"

namespace godwit::adapters {
namespace {

constexpr std::chrono::milliseconds longest_pause{8'000};

constexpr const char* caveat =
    "POP3 tells neither flags nor when a message arrived: messages arrive unread unless the plan says mark_read, and are dated by their "
    "topmost Received, else by Date";

bool is_about_turns(const Error& error) {
  return error.code == codes::mailbox_in_use.number || error.code == codes::throttled.number;
}

Task<> pause(std::chrono::milliseconds time) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

// Waits for whoever has the maildrop open, and as long as the server wants no login.
Task<Result<std::unique_ptr<pop3::Client>>> log_in_in_turn(const Pop3Settings& settings) {
  std::chrono::milliseconds waited{0};
  for (auto next = settings.first_pause;; next = std::min(2 * next, longest_pause)) {
    auto client = co_await log_in(settings);
    if (client || !is_about_turns(client.error())) co_return client;
    const auto time = client.error().retry_after.value_or(next);
    if (waited + time > settings.turn_limit) co_return client;
    co_await pause(time);
    waited += time;
  }
}

Task<Result<std::unique_ptr<MailStore>>> open_store(std::shared_ptr<const Pop3Settings> settings) {
  GODWIT_CO_TRY(auto client, co_await log_in_in_turn(*settings));
  const pop3::Capability* const software = client->capabilities().find("IMPLEMENTATION");
  if (settings->on_software && software != nullptr && !software->arguments.empty()) settings->on_software(software->arguments.front());
  co_return std::make_unique<Pop3Store>(std::move(client), settings->mark_read, co_await boost::asio::this_coro::executor);
}

}  // namespace

std::unique_ptr<endpoint::Source> make_pop3_source(Pop3Settings settings) {
  const auto shared = std::make_shared<const Pop3Settings>(std::move(settings));
  return make_listed_source(shared->url.identity(pop3_url_form), "POP3", [shared] { return open_store(shared); }, caveat);
}

}  // namespace godwit::adapters
