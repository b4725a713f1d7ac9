// SPDX-License-Identifier: Apache-2.0
#include "dav/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "base/error_code.h"
#include "base/text.h"
#include "dav/href.h"

namespace godwit::dav {
namespace {

constexpr std::size_t longest_answer = std::size_t{64} << 20;
constexpr int most_redirects = 5;

bool is_redirect(int status) { return status == 301 || status == 302 || status == 307 || status == 308; }

// Whole-server troubles: the same again would do no better now.
bool is_unavailable(int status) { return status == 429 || (status >= 502 && status <= 504); }

// "Basic realm=…, Digest …": whether one of the challenges (RFC 9110 section 11.6.1) is of that scheme.
bool offers(const http::Head& head, std::string_view scheme) {
  return std::ranges::any_of(head.headers, [&](const http::Header& header) {
    if (!equals_ignoring_case(header.name, "WWW-Authenticate")) return false;
    const std::string challenges = ", " + to_lower(header.value) + " ";
    return challenges.contains(fmt::format(", {} ", to_lower(scheme)));
  });
}

// A path as what a request line may hold.
std::string place(std::string_view method, std::string_view path) { return fmt::format("{} {}", method, printable(path)); }

std::string first_words(const http::Response& response) {
  constexpr std::size_t longest = 300;
  for (const Precondition& each : preconditions_of(response.body)) return each.name + (each.href.empty() ? "" : " " + each.href);
  return response.body.substr(0, longest);
}

}  // namespace

bool Options::has(std::string_view capability) const { return std::ranges::find(capabilities, capability) != capabilities.end(); }

Error error_of(const http::Response& response, std::string_view method, std::string_view path) {
  const auto found = preconditions_of(response.body);
  const auto names = [&](std::string_view name) { return std::ranges::find(found, name, &Precondition::name) != found.end(); };
  auto error = http::error_of(response);
  Error told = error ? *std::move(error) : make_error(codes::response_malformed, fmt::format("the server answers {}", response.head.status));
  const int status = response.head.status;
  if (is_redirect(status)) told = make_error(codes::response_out_of_place, "the server sends to another place");
  if (status == 507 || names("D:quota-not-exceeded")) told = make_error(codes::quota, "the account has no space left on the server");
  else if (names("C:max-resource-size") || names("A:max-resource-size")) told = make_error(codes::too_big, "it is larger than the server takes");
  else if (status == 403) told = make_error(codes::refused, "the server refuses it (403)");
  else if (status == 500 || status == 501 || status == 505) told = make_error(codes::refused, fmt::format("the server fails at it ({})", status));
  told.server_text = first_words(response);
  return std::move(told).at(place(method, path));
}

bool is_answer(const Error& error) {
  switch (error.kind) {
    case ErrorKind::refused:
    case ErrorKind::not_understood:
    case ErrorKind::not_found:
    case ErrorKind::exists:
    case ErrorKind::quota:
    case ErrorKind::too_big:
    case ErrorKind::syntax: return true;
    default: return false;
  }
}

Result<Multistatus> multistatus_of(const http::Response& response, std::string_view method, std::string_view path) {
  if (response.head.status != 207) return std::unexpected(error_of(response, method, path));
  auto parsed = parse_multistatus(response.body);
  if (!parsed) return std::unexpected(std::move(parsed.error()).at(place(method, path)));
  return parsed;
}

namespace {

http::Settings with_connections(http::Settings settings) {
  constexpr std::size_t usual = 8;
  if (settings.connections == 0) settings.connections = usual;
  return settings;
}

}  // namespace

Client::Client(std::string origin, Login login, http::Settings settings)
    : origin_(std::move(origin)),
      login_(std::move(login)),
      at_once_(with_connections(settings).connections),
      http_(with_connections(std::move(settings))) {}

http::Request Client::request_of(const Call& call) const {
  constexpr std::chrono::minutes patience(5);
  http::Request request;
  request.method = call.method;
  request.url = origin_ + call.path;
  request.headers = call.headers;
  if (!call.body.empty()) {
    request.headers.push_back({"Content-Type", call.content_type.empty() ? "application/xml; charset=utf-8" : call.content_type});
    request.body = Secret(std::string_view(call.body));
  }
  request.credentials = credentials_;
  request.decompress = true;
  request.idle_limit = patience;
  return request;
}

Task<Result<>> Client::begin() {
  if (has_begun_) co_return Result<>{};
  if (login_.token) {
    GODWIT_CO_TRY(credentials_.secret, co_await login_.token(Secret()));
    credentials_.scheme = http::Scheme::bearer;
  } else {
    credentials_ = {origin_.starts_with("https://") ? http::Scheme::basic : http::Scheme::none, login_.user, login_.password};
  }
  has_begun_ = true;
  co_return Result<>{};
}

Task<Result<>> Client::log_in(const http::Head& refusal) {
  if (login_.token) {
    GODWIT_CO_TRY(credentials_.secret, co_await login_.token(credentials_.secret));
    co_return Result<>{};
  }
  const http::Scheme tried = credentials_.scheme;
  const bool has_digest = offers(refusal, "Digest"), has_basic = offers(refusal, "Basic");
  if (tried == http::Scheme::none && has_basic && !has_digest) credentials_.scheme = http::Scheme::basic;
  else if (tried != http::Scheme::digest && has_digest && (tried == http::Scheme::none || !has_basic)) credentials_.scheme = http::Scheme::digest;
  else if (has_basic || has_digest) co_return fail(codes::login_refused, fmt::format("the server refuses the login of {}", printable(login_.user)));
  else co_return fail(codes::login_unsupported, "the server takes no password, neither by Basic nor by Digest; give a token");
  co_return Result<>{};
}

std::optional<std::string> Client::path_of(std::string_view href, std::string_view base_path) const {
  return path_of_href(href, base_path, origin_);
}

Task<Result<http::Response>> Client::receive(http::Exchange& exchange) {
  http::Response response;
  for (;;) {
    GODWIT_CO_TRY(std::string piece, co_await exchange.read());
    if (piece.empty()) break;
    response.body += piece;
    if (response.body.size() > longest_answer) {
      co_return std::unexpected(make_error(codes::response_too_large, fmt::format("the answer has more than {} bytes", longest_answer), {}, origin_));
    }
  }
  GODWIT_CO_TRY(response.head, co_await exchange.head());
  co_return response;
}

Task<Result<http::Response>> Client::settle(Call call, http::Response response, std::string* path_taken) {
  int logins = 0;
  for (int hops = 0;; ++hops) {
    const int status = response.head.status;
    if (status == 401) {
      const auto way = logins++ < 2 ? co_await log_in(response.head) : fail(codes::login_refused, "the server refuses the login");
      if (!way) {
        Error error = way.error();
        error.server_text = response.head.header("WWW-Authenticate");
        co_return std::unexpected(std::move(error).at(origin_));
      }
    } else if (is_unavailable(status)) {
      Error error = make_error(status == 429 ? codes::throttled : codes::unavailable, fmt::format("the server answers {}", status),
                               first_words(response), origin_);
      error.retry_after = response.head.retry_after;
      co_return std::unexpected(std::move(error));
    } else if (is_redirect(status)) {
      const std::string location(response.head.header("Location"));
      const auto next = path_of(location, call.path);
      if (!next) {
        co_return std::unexpected(make_error(codes::response_out_of_place,
                                             fmt::format("the server sends to {}, and passwords go to no other place than the one that was named; "
                                                         "if it is right, name it in the URL or as the plan's host",
                                                         http::origin_of(location)),
                                             {}, origin_));
      }
      if (hops == most_redirects || *next == call.path) {
        co_return std::unexpected(make_error(codes::response_out_of_place, "the server sends in a circle: " + printable(*next), {}, origin_));
      }
      call.path = *next;
    } else {
      if (path_taken != nullptr) *path_taken = call.path;
      co_return response;
    }
    GODWIT_CO_TRY(response, co_await http_.send(request_of(call), longest_answer));
  }
}

Task<Result<http::Response>> Client::send(Call call, std::string* path_taken) {
  GODWIT_CO_CHECK(co_await begin());
  GODWIT_CO_TRY(http::Response response, co_await http_.send(request_of(call), longest_answer));
  co_return co_await settle(std::move(call), std::move(response), path_taken);
}

Task<Result<std::vector<http::Response>>> Client::send_all(std::vector<Call> calls) {
  GODWIT_CO_CHECK(co_await begin());
  std::vector<http::Response> responses;
  responses.reserve(calls.size());
  std::deque<std::unique_ptr<http::Exchange>> under_way;
  for (std::size_t next = 0; responses.size() < calls.size();) {
    while (next < calls.size() && under_way.size() < 2 * at_once_) {  // the next ones wait at their connections, not here
      GODWIT_CO_TRY(auto exchange, co_await http_.open(request_of(calls[next]), false));
      under_way.push_back(std::move(exchange));
      ++next;
    }
    GODWIT_CO_TRY(http::Response response, co_await receive(*under_way.front()));
    under_way.pop_front();
    Call& call = calls[responses.size()];
    GODWIT_CO_TRY(response, co_await settle(std::move(call), std::move(response), nullptr));
    responses.push_back(std::move(response));
  }
  co_return responses;
}

Task<Result<Multistatus>> Client::propfind(std::string path, int depth, std::vector<std::string_view> names, std::string* path_taken) {
  Call call{.method = "PROPFIND", .path = path, .headers = {{"Depth", std::to_string(depth)}}};
  call.body = propfind_body(names);
  GODWIT_CO_TRY(const http::Response response, co_await send(std::move(call), path_taken));
  co_return multistatus_of(response, "PROPFIND", path);
}

Task<Result<Multistatus>> Client::report(std::string path, int depth, std::string body) {
  Call call{.method = "REPORT", .path = path, .headers = {{"Depth", std::to_string(depth)}}};
  call.body = std::move(body);
  GODWIT_CO_TRY(const http::Response response, co_await send(std::move(call)));
  co_return multistatus_of(response, "REPORT", path);
}

Task<Result<Options>> Client::options(std::string path) {
  Call call{.method = "OPTIONS", .path = std::move(path)};
  GODWIT_CO_TRY(const http::Response response, co_await send(std::move(call)));
  Options options;
  options.software = response.head.header("Server");
  for (const http::Header& header : response.head.headers) {
    if (!equals_ignoring_case(header.name, "DAV")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(','), rest.size());
      std::string_view word = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      while (word.starts_with(' ')) word.remove_prefix(1);
      while (word.ends_with(' ')) word.remove_suffix(1);
      if (!word.empty()) options.capabilities.emplace_back(word);
    }
  }
  co_return options;
}

}  // namespace godwit::dav
