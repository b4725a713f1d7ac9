// SPDX-License-Identifier: Apache-2.0
#include "api/router.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>
#include <set>
#include <stdexcept>

#include "api/error_body.h"
#include "base/text.h"

namespace godwit::api {
namespace {

bool is_name(std::string_view segment) { return segment.starts_with('{'); }

std::vector<std::string> segments_of(std::string_view pattern) {
  const auto refuse = [&](std::string_view reason) { throw std::logic_error(fmt::format("route {}: {}", pattern, reason)); };
  if (!pattern.starts_with('/')) refuse("a pattern begins with \"/\"");
  std::vector<std::string> segments;
  for (const auto part : std::views::split(pattern.substr(1), '/')) {
    const std::string segment(part.begin(), part.end());
    const bool has_braces = segment.find_first_of("{}") != std::string::npos;
    const bool is_braced = segment.size() > 2 && is_name(segment) && segment.find_first_of("{}", 1) == segment.size() - 1 &&
                           segment.ends_with('}');
    if (segment.empty()) refuse("a segment is empty");
    if (has_braces && !is_braced) refuse("a name is a whole segment, {account}");
    if (has_braces && std::ranges::find(segments, segment) != segments.end()) refuse("a name stands there twice");
    segments.push_back(segment);
  }
  if (segments.empty()) refuse("it names nothing");
  return segments;
}

// Literal before name, segment by segment. Equal: the two fit the same paths.
std::strong_ordering order_of(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  const auto key = [](const std::string& segment) { return std::pair(is_name(segment), is_name(segment) ? "" : segment); };
  for (std::size_t at = 0; at < std::min(left.size(), right.size()); ++at) {
    if (const auto order = key(left[at]) <=> key(right[at]); order != 0) return order;
  }
  return left.size() <=> right.size();
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  return std::ranges::equal(pattern, segments, [](const std::string& wanted, const std::string& given) {
    return is_name(wanted) ? !given.empty() : wanted == given;
  });
}

Parameters parameters_of(const std::vector<std::string>& pattern, std::vector<std::string>& segments) {
  Parameters parameters;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (is_name(pattern[at])) parameters.emplace(pattern[at].substr(1, pattern[at].size() - 2), std::move(segments[at]));
  }
  return parameters;
}

Answer not_allowed(std::string_view method, std::string_view path, const std::set<std::string>& methods) {
  Answer answer(405, Error{ErrorKind::usage, fmt::format("{} is not taken at {}; use {}", printable(method), printable(path),
                                                         fmt::join(methods, " or ")), {}, {}});
  answer.allow = fmt::format("{}", fmt::join(methods, ", "));
  return answer;
}

Answer not_there(std::string_view path) {
  return fail(ErrorKind::not_found, fmt::format("there is no call at {}; see docs/api.md, or the owner of the ledger is an older "
                                                "version of godwit than the caller", printable(path)));
}

}  // namespace

Answer::Answer(const std::unexpected<Error>& failure) : Answer(http_status_of(failure.error().kind), failure.error()) {}
Answer::Answer(int status_code, const Error& error) : status(status_code), body(body_of(error)) {}

void Router::add(std::string method, std::string_view pattern, Handler handler) {
  add_route({std::move(method), segments_of(pattern), std::move(handler)});
}

void Router::add_stream(std::string method, std::string_view pattern, StreamHandler handler) {
  add_route({std::move(method), segments_of(pattern), std::move(handler)});
}

void Router::add_route(Route route) {
  const auto place = std::ranges::find_if(routes_, [&](const Route& each) { return order_of(each.segments, route.segments) >= 0; });
  for (auto same = place; same != routes_.end() && order_of(same->segments, route.segments) == 0; ++same) {
    if (same->method == route.method) {
      throw std::logic_error(fmt::format("route {} /{}: it is there already", route.method, fmt::join(route.segments, "/")));
    }
  }
  routes_.insert(place, std::move(route));
}

std::expected<Match, Answer> Router::match(std::string_view method, std::string_view target_text) const {
  Result<Target> target = parse_target(target_text);
  if (!target) return std::unexpected(Answer(std::unexpected(target.error())));
  std::set<std::string> methods;
  for (const Route& route : routes_) {
    if (!fits(route.segments, target->segments)) continue;
    if (route.method == method) {
      Request request{.method = route.method, .path = std::move(target->path), .query = std::move(target->query)};
      request.parameters = parameters_of(route.segments, target->segments);
      return Match{std::move(request), &route.action};
    }
    methods.insert(route.method);
  }
  return std::unexpected(methods.empty() ? not_there(target->path) : not_allowed(method, target->path, methods));
}

}  // namespace godwit::api
