// SPDX-License-Identifier: Apache-2.0
// Calls to the process that owns a ledger.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/task.h"

namespace godwit::api {

struct ClientOptions {
  std::chrono::milliseconds answer_limit = std::chrono::seconds(60);  // for an answer, and for the begin of a stream
  std::size_t answer_size_limit = 67108864;                           // and the longest line of a stream
};

class ClientConnection;

// The lines of one stream. Dropping it ends the stream.
class EventReader {
 public:
  explicit EventReader(std::unique_ptr<ClientConnection> connection);
  EventReader(EventReader&&) noexcept;
  EventReader& operator=(EventReader&&) noexcept;
  ~EventReader();

  // Waits for the next line, without a limit; nothing at the end of the stream. Errors: the handler's own; network when the
  // connection broke; syntax when a line is no JSON or too long. Behind an error there is nothing more.
  [[nodiscard]] Task<Result<std::optional<nlohmann::json>>> next();

 private:
  std::unique_ptr<ClientConnection> connection_;
};

// One connection, and one call at a time. Lives on one thread.
class Client {
 public:
  // Errors: not_found (nothing owns the ledger: no file, or nobody listens), storage (no permission; the owner is another user, whom
  // one does not trust), unavailable, usage (the file's name is too long).
  [[nodiscard]] static Task<Result<Client>> connect(std::filesystem::path socket, ClientOptions options = {});
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  // The body of the answer; `path` is percent-encoded (see percent_encode), with its query. Connects again where the owner has ended an
  // idle connection. Errors: the very one that the handler or the server gave; timeout; network (the connection broke: whether the
  // call was carried out is not known); syntax (the answer is not the API's).
  [[nodiscard]] Task<Result<nlohmann::json>> call(std::string method, std::string path, nlohmann::json body = nullptr);

  // A stream, which takes the connection with it: the next call makes a new one. Errors: as above, and what came before the first
  // line.
  [[nodiscard]] Task<Result<EventReader>> open_stream(std::string path);

 private:
  Client(std::filesystem::path socket, ClientOptions options, std::unique_ptr<ClientConnection> connection);
  [[nodiscard]] Result<std::unique_ptr<ClientConnection>> take_connection(const boost::asio::any_io_executor& executor);

  std::filesystem::path socket_;
  ClientOptions options_;
  std::unique_ptr<ClientConnection> connection_;  // none: it is in use, or the last call broke it
};

// For short commands: connects, calls, and blocks until the answer is there.
[[nodiscard]] Result<nlohmann::json> call_and_wait(const std::filesystem::path& socket, const std::string& method,
                                                   const std::string& path, const nlohmann::json& body = nullptr,
                                                   ClientOptions options = {});

}  // namespace godwit::api
