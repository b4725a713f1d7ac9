// SPDX-License-Identifier: Apache-2.0
#include "adapters/line/detect.h"

namespace godwit::adapters {
namespace {

bool is(const Error& error, std::initializer_list<ErrorCode> wanted) {
  return std::ranges::any_of(wanted, [&](ErrorCode each) { return code_of(error) == each.number; });
}

}  // namespace

bool speaks_no_tls(const Error& error) {
  return is(error, {codes::cannot_connect, codes::cannot_connect_in_time, codes::proxy_cannot_connect, codes::tls_not_spoken,
                    codes::closed_by_server, codes::connection_broken, codes::server_silent});
}

bool offers_no_starttls(const Error& error) { return is(error, {codes::starttls_not_offered, codes::starttls_not_possible}); }

Error tls_is_gone(std::string place) {
  return make_error(codes::tls_gone,
                    "no TLS is offered now, but it was before: nothing is sent in the clear. Somebody may sit on the line; if the server "
                    "really has no TLS any more, write security = \"none\"",
                    {}, std::move(place));
}

}  // namespace godwit::adapters
