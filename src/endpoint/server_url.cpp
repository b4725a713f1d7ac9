// SPDX-License-Identifier: Apache-2.0
#include "endpoint/server_url.h"

#include <fmt/format.h>

#include <optional>

#include "base/error_code.h"
#include "base/percent_decoding.h"
#include "base/text.h"

namespace godwit::endpoint {
namespace {

std::unexpected<Error> not_a_url(std::string_view text, const UrlForm& form, std::string_view why) {
  return fail(codes::account_url, fmt::format("{} is not an account URL: {}; write {}://user@host:port or {}://user@host:port",
                                              printable(text), why, form.plain, form.encrypted));
}

}  // namespace

std::string ServerUrl::host_identity(const UrlForm& form) const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", implicit_tls ? form.encrypted : form.plain, is_ipv6 ? "[" : "", to_lower(host), is_ipv6 ? "]" : "",
                     port);
}

std::string ServerUrl::identity(const UrlForm& form) const {
  const std::string place = host_identity(form);
  const std::size_t scheme_end = place.find("://") + 3;
  return place.substr(0, scheme_end) + user + "@" + place.substr(scheme_end);
}

Result<ServerUrl> parse_server_url(std::string_view text, const UrlForm& form) {
  const auto wrong = [&](std::string_view whole, std::string_view why) { return not_a_url(whole, form, why); };
  ServerUrl url;
  const std::size_t scheme_end = text.find("://");
  const std::string_view scheme = text.substr(0, scheme_end);
  url.implicit_tls = equals_ignoring_case(scheme, form.encrypted);
  if (scheme_end == std::string_view::npos || (!url.implicit_tls && !equals_ignoring_case(scheme, form.plain))) {
    return wrong(text, fmt::format("it begins neither with {}:// nor with {}://", form.plain, form.encrypted));
  }
  std::string_view rest = text.substr(scheme_end + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const std::size_t at = rest.rfind('@');
  if (at == std::string_view::npos || at == 0) return wrong(text, "there is no user in front of the host");
  if (rest.substr(0, at).contains(':')) {
    // Not through wrong(): what is shown would hold the password.
    return fail(codes::password_in_url, "an account URL must hold no password (write %3A for a : in the user): give a password file");
  }
  const auto user = percent_decoded(rest.substr(0, at), Plus::itself);
  if (!user) return wrong(text, "a % in the user is not followed by two hexadecimal digits (write %25 for %)");
  url.user = *user;
  for (const char c : url.user) {
    if (c == '\r' || c == '\n' || c == 0) return wrong(text, "the user holds a control character");
  }
  std::string_view place = rest.substr(at + 1);
  if (place.starts_with('[')) {
    const std::size_t end = place.find(']');
    if (end == std::string_view::npos) return wrong(text, "the bracket of the IPv6 address is not closed");
    url.host = place.substr(1, end - 1);
    place.remove_prefix(end + 1);
  } else {
    const std::size_t end = std::min(place.find(':'), place.size());
    url.host = place.substr(0, end);
    place.remove_prefix(end);
  }
  if (url.host.empty()) return wrong(text, "there is no host");
  if (url.host.find('/') != std::string::npos) return wrong(text, "nothing may follow the host and port");
  url.port = url.implicit_tls ? form.encrypted_port : form.plain_port;
  if (place.starts_with(':')) {
    const auto port = parse_number<std::uint16_t>(place.substr(1));
    if (!port || *port == 0) return wrong(text, "the port is not a number from 1 to 65535, or something follows it");
    url.port = *port;
  } else if (!place.empty()) {
    return wrong(text, "nothing may follow the host and port");
  }
  return url;
}

}  // namespace godwit::endpoint
