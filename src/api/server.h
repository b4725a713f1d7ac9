// SPDX-License-Identifier: Apache-2.0
// The API on a Unix socket: HTTP/1.1, for the commands of the same user and of root.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <filesystem>
#include <memory>

#include "api/router.h"
#include "base/error.h"
#include "base/task.h"

namespace godwit::api {

struct ServerOptions {
  std::chrono::milliseconds request_limit = std::chrono::seconds(10);  // for a request from its first bytes on, and for a client
                                                                       // that takes nothing of its answer
  std::chrono::milliseconds idle_limit = std::chrono::minutes(5);      // between two requests
  std::chrono::milliseconds stop_limit = std::chrono::seconds(10);     // for calls under way at stop()
  std::size_t header_limit = 65536;
  std::size_t body_limit = 1048576;
  std::size_t clients_limit = 500;  // further ones are answered with 503
};

// Lives on one executor that runs on one thread, is used there, and goes before its io_context does. Needs the ledger's lock to be
// held (see ListeningSocket).
class Server {
 public:
  // Takes calls from now on. Errors: those of ListeningSocket::open.
  [[nodiscard]] static Result<Server> listen(boost::asio::any_io_executor executor, std::filesystem::path socket, Router router,
                                             ServerOptions options = {});
  Server(Server&&) noexcept = default;
  Server& operator=(Server&&) = delete;
  ~Server();  // without stop(): connections are cut and handlers canceled, which then run on until they notice

  // Removes the file, answers the calls under way and ends the connections. Calls that are not answered within the limit are
  // canceled. Error: timeout when a handler does not heed that within the limit either; it says which call, and that handler may
  // still use what it was given. A handler must not await this (it would wait for itself): it spawns it.
  [[nodiscard]] Task<Result<>> stop();

 private:
  struct State;
  explicit Server(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace godwit::api
