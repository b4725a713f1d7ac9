// SPDX-License-Identifier: Apache-2.0
// Which handler answers which call. Knows nothing of sockets: the Unix socket of today and a TCP listener share it.
#pragma once

#include <nlohmann/json.hpp>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/uri.h"
#include "base/error.h"
#include "base/task.h"

namespace godwit::api {

struct Request {
  std::string method{};      // "GET"
  std::string path{};        // as it was sent, without the query
  Parameters query{};        // decoded
  Parameters parameters{};   // what stands at the pattern's names, decoded: {"account", "anna@example.com"}; never empty
  nlohmann::json body{};     // null when there was none
};

struct Answer {
  Answer() = default;
  Answer(int status_code, nlohmann::json value) : status(status_code), body(std::move(value)) {}
  // So that a handler may use GODWIT_CO_TRY: the error's body, and the status of its kind.
  Answer(const std::unexpected<Error>& failure);  // NOLINT: implicit
  Answer(int status_code, const Error& error);

  int status = 200;
  nlohmann::json body{};
  std::string allow{};  // of a 405: the methods that there are (RFC 9110, section 10.2.1)
};

// Where a handler of a stream puts its lines.
class EventStream {
 public:
  virtual ~EventStream() = default;
  // Sends one line of JSON; one call at a time. An object with the key "error" is kept for errors. Errors, behind which the
  // handler should end: canceled (the client has left, or the server stops), timeout (the client does not read), network.
  [[nodiscard]] virtual Task<Result<>> send(nlohmann::json line) = 0;
};

// Runs on the server's executor. What it throws becomes an error of kind `bug`. A client that leaves does not end it.
using Handler = std::function<Task<Answer>(Request)>;
// It is canceled (what it awaits ends with operation_aborted) when the client leaves or the server stops. An error before the
// first line is an answer as usual; behind it, the stream's last line. Send a first line at once: it tells the client that the
// call was taken.
using StreamHandler = std::function<Task<Result<>>(Request, EventStream&)>;
using Action = std::variant<Handler, StreamHandler>;

struct Match {
  Request request;  // without its body
  const Action* action = nullptr;
};

class Router {
 public:
  // `pattern`: "/v1/accounts/{account}/pause"; {name} is one segment that is not empty. Where several patterns fit, the one whose
  // first differing segment is literal goes before. The callable lives as long as the router, and so do a lambda's captures. Throws
  // std::logic_error where the pattern is none, or is there already.
  void add(std::string method, std::string_view pattern, Handler handler);
  void add_stream(std::string method, std::string_view pattern, StreamHandler handler);

  // Answers with 400 (not a target), 404 or 405 when there is no handler. The match points into the router.
  [[nodiscard]] std::expected<Match, Answer> match(std::string_view method, std::string_view target) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;  // a name keeps its braces
    Action action;
  };
  void add_route(Route route);

  std::vector<Route> routes_;  // the order in which they are tried
};

}  // namespace godwit::api
