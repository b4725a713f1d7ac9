// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/admin_login.h"

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

Error not_known(const ImapSettings& settings, Error error) {
  if (error.kind != ErrorKind::not_understood) return error;
  return make_error(codes::login_unsupported,
                    "the server does not know " + settings.admin_command +
                        "; leave admin_command out: the administrator (admin_user) then logs in by SASL",
                    std::move(error.server_text));
}

}  // namespace

Task<Result<>> log_in_as_master(imap::Client& client, const ImapSettings& settings) {
  auto answer = co_await client.x_masterauth(settings.password);
  if (!answer) co_return std::unexpected(not_known(settings, std::move(answer).error()));
  co_return Result<>{};
}

Task<Result<>> open_for_another(imap::Client& client, const ImapSettings& settings) {
  if (settings.admin_command.empty()) co_return Result<>{};
  const bool is_kerio = settings.admin_command == x_masterauth;
  auto command = is_kerio ? client.x_setuser(settings.authorization) : client.proxyauth(settings.authorization);
  auto answer = co_await command.wait();
  if (answer) co_return Result<>{};
  Error error = not_known(settings, std::move(answer).error());
  co_return std::unexpected(std::move(error).at(settings.admin_command + " for " + printable(settings.authorization)));
}

}  // namespace godwit::adapters
