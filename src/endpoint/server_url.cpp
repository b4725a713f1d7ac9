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

// Whether TLS begins the line. Nothing: the text has another scheme.
std::optional<bool> begins_with_tls(std::string_view text, const UrlForm& form) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const std::string_view scheme = text.substr(0, scheme_end);
  if (equals_ignoring_case(scheme, form.encrypted)) return true;
  return equals_ignoring_case(scheme, form.plain) ? std::optional(false) : std::nullopt;
}

std::string_view behind_scheme(std::string_view text) {
  text.remove_prefix(text.find("://") + 3);
  if (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

// "host:port", "[::1]:993"; the text of what is wrong, or empty.
std::string read_place(std::string_view place, const UrlForm& form, ServerUrl& url) {
  if (place.starts_with('[')) {
    const std::size_t end = place.find(']');
    if (end == std::string_view::npos) return "the bracket of the IPv6 address is not closed";
    url.host = place.substr(1, end - 1);
    place.remove_prefix(end + 1);
  } else {
    const std::size_t end = std::min(place.find(':'), place.size());
    url.host = place.substr(0, end);
    place.remove_prefix(end);
  }
  if (url.host.empty()) return "there is no host";
  if (url.host.find('/') != std::string::npos) return "nothing may follow the host and port";
  url.port = url.implicit_tls ? form.encrypted_port : form.plain_port;
  if (place.empty()) return {};
  if (!place.starts_with(':')) return "nothing may follow the host and port";
  const auto port = parse_number<std::uint16_t>(place.substr(1));
  if (!port || *port == 0) return "the port is not a number from 1 to 65535, or something follows it";
  url.port = *port;
  return {};
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
  const auto with_tls = begins_with_tls(text, form);
  if (!with_tls) return wrong(text, fmt::format("it begins neither with {}:// nor with {}://", form.plain, form.encrypted));
  url.implicit_tls = *with_tls;
  const std::string_view rest = behind_scheme(text);
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
  const std::string problem = read_place(rest.substr(at + 1), form, url);
  if (!problem.empty()) return wrong(text, problem);
  return url;
}

Result<ServerUrl> parse_host_url(std::string_view text, const UrlForm& form) {
  const auto wrong = [&](std::string_view why) {
    return fail(codes::account_url, fmt::format("{} is not a server: {}; write {}://host:port (TLS from the first byte) or {}://host:port",
                                                printable(text), why, form.encrypted, form.plain));
  };
  ServerUrl url;
  const auto with_tls = begins_with_tls(text, form);
  if (!with_tls) return wrong(fmt::format("it begins neither with {}:// nor with {}://", form.encrypted, form.plain));
  url.implicit_tls = *with_tls;
  const std::string_view place = behind_scheme(text);
  if (place.contains('@')) return fail(codes::account_url, "write no user in front of the host: who logs in is the same as by IMAP");
  const std::string problem = read_place(place, form, url);
  if (!problem.empty()) return wrong(problem);
  return url;
}

}  // namespace godwit::endpoint
