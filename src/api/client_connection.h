// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 from the client's side: one request, one answer, whole or line by line.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "api/client.h"
#include "api/http_reader.h"
#include "api/local_stream.h"

namespace godwit::api {

class ClientConnection {
 public:
  // Errors: see Client::connect.
  [[nodiscard]] static Result<std::unique_ptr<ClientConnection>> open(const boost::asio::any_io_executor& executor,
                                                                      const std::filesystem::path& socket, ClientOptions options);
  ClientConnection(const boost::asio::any_io_executor& executor, Descriptor connected, Peer server, std::string socket,
                   ClientOptions options);

  // Nothing more can be sent: ended by the server, by an answer that said so, or left in the middle of one.
  [[nodiscard]] bool is_over() { return is_last_ || stream_.is_over(); }
  [[nodiscard]] Task<Result<nlohmann::json>> call(std::string_view method, std::string_view path, const nlohmann::json& body);

  // Sends the request and waits for the head of the answer; then next_line() until it gives nothing or an error.
  [[nodiscard]] Task<Result<>> begin_stream(std::string_view path);
  [[nodiscard]] Task<Result<std::optional<nlohmann::json>>> next_line();

 private:
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  [[nodiscard]] Task<Result<std::optional<std::string>>> next_text();
  [[nodiscard]] Task<Result<>> send(std::string_view method, std::string_view path, const nlohmann::json& body);
  [[nodiscard]] Task<Result<>> feed(LocalStream::Clock::time_point deadline);
  [[nodiscard]] Task<Result<nlohmann::json>> receive(LocalStream::Clock::time_point deadline);
  [[nodiscard]] Result<nlohmann::json> value_of(std::string_view text) const;
  [[nodiscard]] std::unexpected<Error> failure(ErrorKind kind, std::string_view what) const;
  [[nodiscard]] std::unexpected<Error> explained(Error error) const;
  void begin_answer();

  LocalStream stream_;
  HttpReader reader_{stream_};
  Peer server_;
  std::string socket_;
  ClientOptions options_;
  std::optional<Parser> parser_;
  std::string lines_;             // of a stream: received and not given
  std::size_t searched_ = 0;      // how many of these bytes hold no line feed
  bool is_last_ = false;
};

}  // namespace godwit::api
