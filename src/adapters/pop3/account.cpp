// SPDX-License-Identifier: Apache-2.0
#include "adapters/pop3/account.h"

#include <boost/asio/this_coro.hpp>

#include "adapters/listed/listed_source.h"
#include "adapters/pop3/store.h"
#include "adapters/pop3/turn.h"

namespace godwit::adapters {
namespace {

constexpr const char* caveat =
    "POP3 tells neither flags nor when a message arrived: messages arrive unread unless the plan says mark_read, and are dated by their "
    "topmost Received, else by Date";

struct Account {
  Pop3Settings settings;
  LoginTurns turns{};
};

Task<Result<std::unique_ptr<MailStore>>> open_store(std::shared_ptr<Account> account) {
  const Pop3Settings& settings = account->settings;
  GODWIT_CO_TRY(auto client, co_await account->turns.log_in(settings));
  const pop3::Capability* const software = client->capabilities().find("IMPLEMENTATION");
  if (settings.on_software && software != nullptr && !software->arguments.empty()) settings.on_software(software->arguments.front());
  auto warnings = warnings_of_line(settings, settings.url.host, client->stream());
  co_return std::make_unique<Pop3Store>(std::move(client), settings.mark_read, co_await boost::asio::this_coro::executor,
                                        std::move(warnings));
}

}  // namespace

std::unique_ptr<endpoint::Source> make_pop3_source(Pop3Settings settings) {
  const auto account = std::make_shared<Account>(std::move(settings));
  return make_listed_source(account->settings.url.identity(pop3_url_form), "POP3", [account] { return open_store(account); }, caveat);
}

}  // namespace godwit::adapters
