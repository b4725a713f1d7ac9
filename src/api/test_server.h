// SPDX-License-Identifier: Apache-2.0
// A server in a thread of its own, and clients that send whatever bytes they like.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <filesystem>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>

#include "api/client.h"
#include "api/server.h"
#include "api/socket_file.h"
#include "tests/support/loopback_server.h"
#include "tests/support/round_lab.h"
#include "tests/support/run_task.h"

namespace godwit::test {

inline constexpr std::chrono::seconds test_limit{20};

class ServerThread {
 public:
  explicit ServerThread(api::Router router, api::ServerOptions options = {}, const std::filesystem::path& name = "ledger.socket")
      : socket_(folder_.path() / name) {
    std::filesystem::create_directories(socket_.parent_path());
    Result<api::Server> made = api::Server::listen(context_.get_executor(), socket_, std::move(router), options);
    if (!made) throw std::runtime_error(describe(made.error()));
    server_.emplace(*std::move(made));
    thread_ = std::thread([this] { context_.run_for(std::chrono::seconds(60)); });
  }
  ~ServerThread() {
    drop();
    // What is left now would hang a program that waits for its io_context.
    work_.reset();
    thread_.join();
    EXPECT_TRUE(context_.stopped()) << "something of the server still waits";
  }

  [[nodiscard]] const std::filesystem::path& socket() const { return socket_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

  // In the server's thread; blocks until it is over.
  Result<> stop() {
    std::promise<Result<>> over;
    const auto keep = [&](const std::exception_ptr&, Result<> result) { over.set_value(std::move(result)); };
    boost::asio::co_spawn(context_, server_->stop(), keep);
    auto result = over.get_future();
    if (result.wait_for(test_limit) != std::future_status::ready) std::abort();  // `over` cannot be left behind
    return result.get();
  }
  // Without stop().
  void drop() {
    std::promise<void> over;
    boost::asio::post(context_, [&] {
      server_.reset();
      over.set_value();
    });
    if (over.get_future().wait_for(test_limit) != std::future_status::ready) std::abort();
  }

 private:
  TemporaryFolder folder_;
  std::filesystem::path socket_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  std::optional<api::Server> server_;
  std::thread thread_;
};

// Blocking; a call that waits for longer than the limit fails.
class RawClient {
 public:
  explicit RawClient(const std::filesystem::path& socket) : descriptor_(connected(socket)) {
    const timeval limit{test_limit.count(), 0};
    ::fcntl(descriptor_.get(), F_SETFL, 0);
    ::setsockopt(descriptor_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(descriptor_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  std::size_t send(std::string_view bytes) { return send_all(descriptor_.get(), bytes); }
  [[nodiscard]] std::string receive(std::size_t size) { return receive_exactly(descriptor_.get(), size); }
  [[nodiscard]] std::string receive_rest() { return receive_until_end(descriptor_.get()); }
  void end_sending() { ::shutdown(descriptor_.get(), SHUT_WR); }
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }

 private:
  static api::Descriptor connected(const std::filesystem::path& socket) {
    Result<api::Descriptor> made = api::connect_to(socket);
    if (!made) throw std::runtime_error(describe(made.error()));
    return *std::move(made);
  }
  api::Descriptor descriptor_;
};

// What the server answers to these bytes until it ends the connection.
inline std::string answer_to(const std::filesystem::path& socket, std::string_view bytes) {
  RawClient client(socket);
  client.send(bytes);
  return client.receive_rest();
}

}  // namespace godwit::test
