// SPDX-License-Identifier: Apache-2.0
// One connection of a client: its calls, one after the other (HTTP/1.1, RFC 9112).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "api/http_reader.h"
#include "api/local_stream.h"
#include "api/router.h"
#include "api/server.h"
#include "base/task.h"

namespace godwit::api {

// What all sessions of a server share; sessions outlive the Server where it is dropped without stop().
struct Service {
  Router router;
  ServerOptions options;
};

// Held by shared_ptr: the server ends it while its coroutines go on.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(const boost::asio::any_io_executor& executor, Descriptor connected, std::shared_ptr<const Service> service);

  // Until the client leaves, breaks the rules, or end(). With a refusal, that is all it is told.
  [[nodiscard]] Task<> run(std::optional<Answer> refusal);

  // No further call is taken: a call under way is answered first, a stream is canceled and told so.
  void end();
  // The handler under way is canceled.
  void cancel();
  // Nothing is sent any more.
  void close() { stream_.close(); }

  // "POST /v1/plan" while a handler runs, else empty.
  [[nodiscard]] const std::string& call() const { return call_; }

 private:
  class Lines;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Message = Parser::value_type;

  // Nothing as the error: the connection is over without a word.
  [[nodiscard]] Task<std::expected<Message, std::optional<Answer>>> read_message();
  [[nodiscard]] Task<Result<>> say_continue(const Message& message);
  // False: the connection ends.
  [[nodiscard]] Task<bool> serve(const Message& message);
  [[nodiscard]] Task<Answer> call(const Handler& handler, Request request);
  [[nodiscard]] Task<> stream(const StreamHandler& handler, Request request);
  [[nodiscard]] Task<> watch_client();
  template <class T>
  [[nodiscard]] Task<T> cancelable(Task<T> task);
  template <class T>
  [[nodiscard]] Task<T> guarded(Task<T> task);
  [[nodiscard]] Task<bool> write(const Answer& answer, bool goes_on, bool has_body = true);

  std::shared_ptr<const Service> service_;
  LocalStream stream_;
  HttpReader reader_;
  boost::asio::cancellation_signal cancellation_;
  std::string call_;
  bool is_reading_ = false;
  bool is_streaming_ = false;
  bool has_left_ = false;  // the client of a stream
  bool is_ending_ = false;
};

}  // namespace godwit::api
