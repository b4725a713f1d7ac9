// SPDX-License-Identifier: Apache-2.0
#include "base/proxy_address.h"

#include <fmt/format.h>

#include <optional>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit {
namespace {

std::unexpected<Error> wrong(const char* why) {
  return fail(codes::proxy_form, std::string(why) + "; write socks5://user@host:port or http://user@host:port");
}

// %40 is a byte; nothing where the two digits are missing.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    const auto byte = digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos ? from_hex(digits) : std::nullopt;
    if (!byte || byte->size() != 1) return std::nullopt;
    result += *byte;
    i += 2;
  }
  return result;
}

Result<std::string> parse_user(std::string_view text) {
  if (text.find(':') != std::string_view::npos) {
    return wrong("a password has no place in a proxy's address, which others can read (%3A is a colon of the user's name)");
  }
  const auto user = percent_decoded(text);
  if (!user || user->empty() || user->find('\0') != std::string::npos) return wrong("the user of the proxy cannot be read");
  return *user;
}

// Takes the host from the front of `place`.
Result<std::string> take_host(std::string_view& place) {
  const bool has_brackets = place.starts_with('[');
  const std::size_t end = has_brackets ? place.find(']') : place.find(':');
  if (has_brackets && end == std::string_view::npos) return wrong("the bracket of the proxy's address is not closed");
  std::string host(has_brackets ? place.substr(1, end - 1) : place.substr(0, end));
  place.remove_prefix(end == std::string_view::npos ? place.size() : end + (has_brackets ? 1 : 0));
  if (host.empty()) return wrong("the proxy has no host");
  for (const char c : host) {
    if (c <= ' ' || c == 0x7F) return wrong("the proxy's host holds a blank or a control character");
  }
  return host;
}

}  // namespace

std::string ProxyAddress::text() const {
  const bool needs_brackets = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", kind == Kind::socks5 ? "socks5" : "http", needs_brackets ? "[" : "", printable(host),
                     needs_brackets ? "]" : "", port);
}

Result<ProxyAddress> parse_proxy_address(std::string_view text) {
  ProxyAddress proxy;
  const std::size_t scheme = text.find("://");
  const std::string_view name = scheme == std::string_view::npos ? "" : text.substr(0, scheme);
  // socks5h says that the proxy resolves names, which it always does here.
  if (name == "socks5" || name == "socks5h") proxy.kind = ProxyAddress::Kind::socks5;
  else if (name == "http") proxy.kind = ProxyAddress::Kind::http;
  else return wrong("godwit goes through SOCKS5 and HTTP CONNECT proxies");
  std::string_view place = text.substr(scheme + 3);
  if (place.ends_with('/')) place.remove_suffix(1);
  if (const std::size_t at = place.rfind('@'); at != std::string_view::npos) {
    GODWIT_TRY(proxy.user, parse_user(place.substr(0, at)));
    place.remove_prefix(at + 1);
  }
  if (place.find_first_of("/?#") != std::string_view::npos) return wrong("nothing may follow the proxy's host and port");
  GODWIT_TRY(proxy.host, take_host(place));
  proxy.port = proxy.kind == ProxyAddress::Kind::socks5 ? 1080 : 3128;
  if (place.empty()) return proxy;
  const auto port = place.starts_with(':') ? parse_number<std::uint16_t>(place.substr(1)) : std::nullopt;
  if (!port || *port == 0) return wrong("the proxy's port is not a number from 1 to 65535");
  proxy.port = *port;
  return proxy;
}

}  // namespace godwit
