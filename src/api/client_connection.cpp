// SPDX-License-Identifier: Apache-2.0
#include "api/client_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/error.hpp>

#include "api/error_body.h"
#include "api/json_text.h"
#include "base/text.h"

namespace godwit::api {

namespace http = boost::beast::http;
using boost::system::error_code;
using nlohmann::json;
using Clock = LocalStream::Clock;

namespace {

constexpr std::uint32_t header_limit = 65536;

// Nothing in it may end the line of the request.
bool is_target(std::string_view path) {
  return path.starts_with('/') && std::ranges::all_of(path, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

ClientConnection::ClientConnection(const boost::asio::any_io_executor& executor, Descriptor connected, Peer server,
                                   std::string socket, ClientOptions options)
    : stream_(executor, std::move(connected)), server_(server), socket_(std::move(socket)), options_(options) {}

Result<std::unique_ptr<ClientConnection>> ClientConnection::open(const boost::asio::any_io_executor& executor,
                                                                 const std::filesystem::path& socket, ClientOptions options) {
  GODWIT_TRY(Descriptor connected, connect_to(socket));
  GODWIT_TRY(const Peer server, peer_of(connected.get()));
  if (!may_be_called(server)) {
    return fail(ErrorKind::storage, fmt::format("{}: the user with the number {} listens here, who is neither you nor root; nothing is "
                                                "sent there. Run this command as the user who runs the plan",
                                                printable(socket.native()), server.user));
  }
  return std::make_unique<ClientConnection>(executor, std::move(connected), server, printable(socket.native()), options);
}

Task<Result<json>> ClientConnection::call(std::string_view method, std::string_view path, const json& body) {
  const Clock::time_point deadline = Clock::now() + options_.answer_limit;
  is_last_ = true;  // until the whole answer is there
  const Result<> sent = co_await send(method, path, body);
  if (!sent && sent.error().kind != ErrorKind::network) co_return std::unexpected(sent.error());
  // A server that refuses a request says so and may end the connection before it has read everything.
  Result<json> answer = co_await receive(deadline);
  if (!sent && !answer && answer.error().kind == ErrorKind::network) co_return std::unexpected(sent.error());
  co_return answer;
}

Task<Result<>> ClientConnection::begin_stream(std::string_view path) {
  const Clock::time_point deadline = Clock::now() + options_.answer_limit;
  GODWIT_CO_CHECK(co_await send("GET", path, nullptr));
  begin_answer();
  while (!parser_->is_header_done()) {
    GODWIT_CO_CHECK(co_await feed(deadline));
  }
  if (parser_->get()[http::field::content_type] == "application/x-ndjson") co_return Result<>{};
  const Result<json> answer = co_await receive(deadline);
  if (!answer) co_return std::unexpected(answer.error());
  co_return failure(ErrorKind::syntax, fmt::format("the answer to {} is no stream; it is to be called as others are", printable(path)));
}

Task<Result<std::optional<json>>> ClientConnection::next_line() {
  if (is_last_) co_return std::nullopt;
  const Result<std::optional<std::string>> text = co_await next_text();
  is_last_ = true;  // unless it is a line
  if (!text) co_return std::unexpected(text.error());
  if (!*text) co_return std::nullopt;
  GODWIT_CO_TRY(json value, value_of(**text));
  if (const auto error = error_of(value)) co_return std::unexpected(*error);
  is_last_ = false;
  co_return std::optional(std::move(value));
}

Task<Result<std::optional<std::string>>> ClientConnection::next_text() {
  while (true) {
    lines_ += std::exchange(parser_->get().body(), {});
    if (const std::size_t end = lines_.find('\n', searched_); end != std::string::npos) {
      std::string text = lines_.substr(0, end);
      lines_.erase(0, end + 1);
      searched_ = 0;
      co_return text;
    }
    searched_ = lines_.size();
    if (parser_->is_done()) co_return std::nullopt;
    if (lines_.size() > options_.answer_size_limit) {
      co_return failure(ErrorKind::syntax, fmt::format("a line of the stream is longer than {}", format_bytes(options_.answer_size_limit)));
    }
    GODWIT_CO_CHECK(co_await feed(LocalStream::no_deadline));
  }
}

Task<Result<>> ClientConnection::send(std::string_view method, std::string_view path, const json& body) {
  if (!is_target(path)) {
    co_return fail(ErrorKind::bug, fmt::format("\"{}\" is no path of a call; encode what is not plain ASCII", printable(path)));
  }
  const std::string text = body.is_null() ? std::string() : to_text(body);
  const std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: godwit\r\n{}Content-Length: {}\r\n\r\n", method, path,
                                       text.empty() ? "" : "Content-Type: application/json\r\n", text.size());
  Result<> written = co_await stream_.write(head + text, options_.answer_limit);
  if (!written) co_return explained(std::move(written.error()));
  co_return written;
}

void ClientConnection::begin_answer() {
  parser_.emplace();
  parser_->header_limit(header_limit);
  parser_->body_limit(boost::none);  // of a stream; an answer is measured as it comes
  parser_->eager(true);
}

Task<Result<>> ClientConnection::feed(Clock::time_point deadline) {
  const Result<error_code> step = co_await reader_.feed(*parser_, deadline);
  if (!step) co_return explained(step.error());
  if (*step == http::error::end_of_stream || *step == http::error::partial_message) {
    co_return failure(ErrorKind::network, "the other side ended the connection before its answer was complete; look whether it still "
                                          "runs, and what it has done, before you call again");
  }
  if (*step) co_return failure(ErrorKind::syntax, fmt::format("the answer is not HTTP (RFC 9112): {}", step->message()));
  co_return Result<>{};
}

Task<Result<json>> ClientConnection::receive(Clock::time_point deadline) {
  if (!parser_) begin_answer();
  while (!parser_->is_done()) {
    GODWIT_CO_CHECK(co_await feed(deadline));
    if (parser_->get().body().size() > options_.answer_size_limit) {
      co_return failure(ErrorKind::syntax, fmt::format("the answer is larger than {}", format_bytes(options_.answer_size_limit)));
    }
  }
  const auto message = parser_->release();
  parser_.reset();
  is_last_ = !message.keep_alive();
  GODWIT_CO_TRY(json body, value_of(message.body()));
  if (message.result_int() < 400) co_return body;
  if (const auto error = error_of(body)) co_return std::unexpected(*error);
  co_return failure(ErrorKind::syntax, fmt::format("the answer has status {} and says no reason", message.result_int()));
}

Result<json> ClientConnection::value_of(std::string_view text) const {
  Result<json> value = parse_json(text);
  if (!value) return failure(ErrorKind::syntax, fmt::format("the answer cannot be read: {}", value.error().what));
  return value;
}

std::unexpected<Error> ClientConnection::failure(ErrorKind kind, std::string_view what) const {
  return std::unexpected(Error{kind, std::string(what), {}, fmt::format("{} (process {})", socket_, server_.process)});
}

std::unexpected<Error> ClientConnection::explained(Error error) const {
  if (error.kind != ErrorKind::timeout) return failure(error.kind, error.what);
  const auto seconds = std::chrono::duration<double>(options_.answer_limit).count();
  return failure(ErrorKind::timeout, fmt::format("no answer came within {:.3g} s; the call may be carried out all the same: look at the "
                                                 "state before you call again", seconds));
}

}  // namespace godwit::api
