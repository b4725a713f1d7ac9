// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::http {
namespace {

ErrorCode code_of_status(int status) {
  switch (status) {
    case 401:
    case 403: return codes::auth;
    case 404:
    case 410: return codes::not_found;
    case 408: return codes::server_silent;
    case 413: return codes::too_big;
    case 429: return codes::throttled;
    case 503: return codes::unavailable;
    default: return status >= 500 ? codes::server_fault : codes::refused;
  }
}

bool stays_as_it_is(char c) {
  const bool is_letter = ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
  return is_letter || (c >= '0' && c <= '9') || c == '*' || c == '-' || c == '.' || c == '_';
}

}  // namespace

std::string_view Head::header(std::string_view name) const {
  const auto hit = std::ranges::find_if(headers, [&](const Header& header) { return equals_ignoring_case(header.name, name); });
  return hit == headers.end() ? std::string_view() : std::string_view(hit->value);
}

std::optional<Error> error_of(const Response& response) {
  constexpr std::size_t first_words = 300;
  if (response.head.is_success()) return std::nullopt;
  Error error = make_error(code_of_status(response.head.status), fmt::format("the server answers {}", response.head.status),
                           response.body.substr(0, first_words));
  error.retry_after = response.head.retry_after;
  return error;
}

std::string origin_of(std::string_view url) {
  const auto begin = url.find("://");
  if (begin == std::string_view::npos) return printable(url.substr(0, url.find_first_of("/?#")));
  std::string_view authority = url.substr(begin + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  return printable(std::string(url.substr(0, begin + 3)) + std::string(authority));
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size() * 3);  // secrets are encoded, too: a string that grows leaves them behind
  for (const char c : text) {
    if (stays_as_it_is(c)) encoded += c;
    else fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

}  // namespace godwit::http
