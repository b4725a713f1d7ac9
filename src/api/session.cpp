// SPDX-License-Identifier: Apache-2.0
#include "api/session.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/system/system_error.hpp>

#include "api/error_body.h"
#include "api/json_text.h"
#include "base/text.h"

namespace godwit::api {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Clock = LocalStream::Clock;

namespace {

std::string head_of(int status, std::string_view content_type, bool goes_on) {
  return fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nCache-Control: no-store\r\n{}", status,
                     std::string_view(http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)))), content_type,
                     goes_on ? "" : "Connection: close\r\n");
}

Answer usage_answer(int status, std::string what) { return {status, Error{ErrorKind::usage, std::move(what), {}, {}}}; }

Answer parser_refusal(const error_code& code, const ServerOptions& options) {
  if (code == http::error::header_limit) {
    return usage_answer(431, fmt::format("the header of the request is larger than {}; send less", format_bytes(options.header_limit)));
  }
  if (code == http::error::body_limit) {
    return usage_answer(413, fmt::format("the body of the request is larger than {}; send it in several calls",
                                         format_bytes(options.body_limit)));
  }
  return usage_answer(400, fmt::format("this is no HTTP request (RFC 9112): {}", code.message()));
}

// A browser's form cannot send this type, so that no foreign page can make calls.
bool is_json(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return equals_ignoring_case(type, "application/json");
}

std::expected<nlohmann::json, Answer> body_json(const http::request<http::string_body>& message) {
  if (message.body().empty()) return nlohmann::json();
  if (!is_json(message[http::field::content_type])) {
    return std::unexpected(usage_answer(415, "the body of a request is JSON; send it with \"Content-Type: application/json\""));
  }
  Result<nlohmann::json> body = parse_json(message.body());
  if (!body) return std::unexpected(Answer(std::unexpected(std::move(body.error()).at("the body of the request"))));
  return *std::move(body);
}

// A coroutine around the callable: what it throws before it is one belongs to the call, too.
Task<Answer> begin(const Handler& handler, Request request) { co_return co_await handler(std::move(request)); }
Task<Result<>> begin(const StreamHandler& handler, Request request, EventStream& lines) {
  co_return co_await handler(std::move(request), lines);
}

}  // namespace

// Chunked lines (RFC 9112, section 7.1); the head goes out with the first.
class Session::Lines final : public EventStream {
 public:
  explicit Lines(Session& session) : session_(session) {}

  [[nodiscard]] Task<Result<>> send(nlohmann::json line) override {
    if (session_.has_left_) co_return fail(ErrorKind::canceled, "the client has left");
    const std::string text = to_text(line) + '\n';
    co_return co_await put(fmt::format("{:x}\r\n{}\r\n", text.size(), text));
  }

  [[nodiscard]] Task<> finish(Result<> outcome) {
    if (!outcome && !is_begun_) {
      (void)co_await session_.write(std::unexpected(outcome.error()), false);
      co_return;
    }
    if (!outcome) (void)co_await send(body_of(outcome.error()));
    (void)co_await put("0\r\n\r\n");
  }

 private:
  [[nodiscard]] Task<Result<>> put(std::string chunk) {
    const std::string head = head_of(200, "application/x-ndjson", false) + "Transfer-Encoding: chunked\r\n\r\n";
    if (!std::exchange(is_begun_, true)) chunk.insert(0, head);
    co_return co_await session_.stream_.write(chunk, session_.service_->options.request_limit);
  }

  Session& session_;
  bool is_begun_ = false;
};

Session::Session(const asio::any_io_executor& executor, Descriptor connected, std::shared_ptr<const Service> service)
    : service_(std::move(service)), stream_(executor, std::move(connected)), reader_(stream_) {}

Task<> Session::run(std::optional<Answer> refusal) {
  const auto self = shared_from_this();
  bool goes_on = !refusal;
  if (refusal) (void)co_await write(*refusal, false);
  while (goes_on && !is_ending_) {
    is_reading_ = true;
    const auto message = co_await read_message();
    is_reading_ = false;
    if (message) {
      goes_on = co_await serve(*message);
    } else {
      goes_on = false;
      if (message.error()) (void)co_await write(*message.error(), false);
    }
  }
  stream_.close();
}

void Session::end() {
  is_ending_ = true;
  if (is_reading_) stream_.close();
  if (is_streaming_) cancel();
}

void Session::cancel() {
  if (!call_.empty()) cancellation_.emit(asio::cancellation_type::terminal);
}

Task<std::expected<Session::Message, std::optional<Answer>>> Session::read_message() {
  const ServerOptions& options = service_->options;
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(options.header_limit));
  parser.body_limit(options.body_limit);
  parser.eager(true);
  Clock::time_point deadline = Clock::now() + options.idle_limit;
  bool is_begun = false, is_continued = false;
  while (!parser.is_done()) {
    const Result<error_code> step = co_await reader_.feed(parser, deadline);
    if (!std::exchange(is_begun, true)) deadline = Clock::now() + options.request_limit;
    if (!step && step.error().kind == ErrorKind::timeout && parser.got_some()) {
      const auto seconds = std::chrono::duration<double>(options.request_limit).count();
      co_return std::unexpected(Answer(408, Error{ErrorKind::timeout, fmt::format("the request was not complete after {:.3g} s; send "
                                                                                  "it in one go", seconds), {}, {}}));
    }
    if (!step || *step == http::error::end_of_stream || *step == http::error::partial_message) {
      co_return std::unexpected(std::nullopt);
    }
    if (*step) co_return std::unexpected(parser_refusal(*step, options));
    if (parser.is_header_done() && !parser.is_done() && !std::exchange(is_continued, true)) {
      if (!co_await say_continue(parser.get())) co_return std::unexpected(std::nullopt);
    }
  }
  co_return parser.release();
}

Task<Result<>> Session::say_continue(const Message& message) {
  if (!beast::iequals(message[http::field::expect], "100-continue")) co_return Result<>{};
  co_return co_await stream_.write("HTTP/1.1 100 Continue\r\n\r\n", service_->options.request_limit);
}

Task<bool> Session::serve(const Message& message) {
  const bool has_body = message.method() != http::verb::head;
  if (message.version() != 11) co_return co_await write(usage_answer(505, "this server speaks HTTP/1.1; use that"), false, has_body);
  auto match = service_->router.match(message.method_string(), message.target());
  if (!match) co_return co_await write(match.error(), message.keep_alive(), has_body);
  auto body = body_json(message);
  if (!body) co_return co_await write(body.error(), message.keep_alive(), has_body);
  match->request.body = *std::move(body);
  call_ = match->request.method + " " + printable(match->request.path);
  if (const auto* streaming = std::get_if<StreamHandler>(match->action)) {
    co_await stream(*streaming, std::move(match->request));
    co_return false;
  }
  const Answer answer = co_await call(std::get<Handler>(*match->action), std::move(match->request));
  co_return co_await write(answer, message.keep_alive() && !is_ending_, has_body);
}

Task<Answer> Session::call(const Handler& handler, Request request) {
  Answer answer = co_await guarded(cancelable(begin(handler, std::move(request))));
  call_.clear();
  co_return answer;
}

Task<> Session::stream(const StreamHandler& handler, Request request) {
  Lines lines(*this);
  is_streaming_ = true;
  asio::co_spawn(co_await asio::this_coro::executor, [self = shared_from_this()] { return self->watch_client(); }, asio::detached);
  Result<> outcome;
  if (!has_left_) outcome = co_await guarded(cancelable(begin(handler, std::move(request), lines)));
  call_.clear();
  is_streaming_ = false;
  co_await lines.finish(std::move(outcome));
}

// While a stream is on, the client has nothing to say; whatever comes ends it.
Task<> Session::watch_client() {
  const auto self = shared_from_this();
  std::array<char, 1> byte{};
  (void)co_await stream_.read_some(byte, LocalStream::no_deadline);
  has_left_ = true;
  cancel();
}

template <class T>
Task<T> Session::cancelable(Task<T> task) {
  co_return co_await asio::co_spawn(co_await asio::this_coro::executor, std::move(task),
                                    asio::bind_cancellation_slot(cancellation_.slot(), asio::use_awaitable));
}

template <class T>
Task<T> Session::guarded(Task<T> task) {
  try {
    co_return co_await std::move(task);
  } catch (const boost::system::system_error& thrown) {
    if (thrown.code() == asio::error::operation_aborted) {
      co_return fail(ErrorKind::canceled, fmt::format("{} was broken off: the process that runs the plan is stopping", call_));
    }
    co_return fail(ErrorKind::bug, fmt::format("{}: {}", call_, printable(thrown.what())));
  } catch (const std::exception& thrown) {
    co_return fail(ErrorKind::bug, fmt::format("{}: {}", call_, printable(thrown.what())));
  }
}

Task<bool> Session::write(const Answer& answer, bool goes_on, bool has_body) {
  const std::string body = to_text(answer.body) + '\n';
  std::string text = head_of(answer.status, "application/json", goes_on);
  if (!answer.allow.empty()) text += fmt::format("Allow: {}\r\n", answer.allow);
  text += fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), has_body ? body : "");
  const Result<> written = co_await stream_.write(text, service_->options.request_limit);
  co_return written && goes_on;
}

}  // namespace godwit::api
