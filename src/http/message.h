// SPDX-License-Identifier: Apache-2.0
// Requests and responses of HTTP (RFC 9110) as values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"

namespace godwit::http {

struct Header {
  std::string name, value;
  friend bool operator==(const Header&, const Header&) = default;
};

// How the client proves who it is. NTLM and Negotiate take several round trips on one connection, Digest (RFC 7616) two on any.
enum class Scheme : std::uint8_t { none, basic, bearer, ntlm, negotiate, digest };
struct Credentials {
  Scheme scheme = Scheme::none;
  std::string user{};  // none for bearer
  Secret secret{};
};

struct Request {
  std::string method = "GET";
  std::string url;
  std::vector<Header> headers{};
  Credentials credentials{};
  Secret body{};          // what goes in whole; larger ones are streamed (Client::open)
  int redirects = 0;      // followed at most, on https alone
  bool decompress = false;  // the answer may come compressed, and is read as what it was
  std::chrono::milliseconds connect_limit{20'000};
  std::chrono::milliseconds idle_limit{60'000};  // without a byte, in whole seconds
  std::chrono::milliseconds whole_limit{0};      // for all of it; 0: none
};

struct Head {
  int status = 0;
  std::vector<Header> headers;
  std::optional<std::chrono::milliseconds> retry_after{};  // how long the server wants to be left alone (RFC 9110 section 10.2.3)

  [[nodiscard]] bool is_success() const { return status >= 200 && status < 300; }
  // The first of that name, without regard to case; empty where there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

struct Response {
  Head head;
  std::string body;
};

// Nothing for 2xx. 401, 403: auth; 404, 410: not_found; 408: timeout; 413: too_big; 429, 503: unavailable, with Retry-After; other 5xx:
// unavailable; else refused. The first words of the body are the server's.
[[nodiscard]] std::optional<Error> error_of(const Response& response);

// "https://login.example.com": what may stand in an error; a path or a query may hold secrets.
[[nodiscard]] std::string origin_of(std::string_view url);

// application/x-www-form-urlencoded (WHATWG URL section 5), also for queries: all but letters, digits and "*-._" in percent, blanks too.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace godwit::http
