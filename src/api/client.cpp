// SPDX-License-Identifier: Apache-2.0
#include "api/client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <utility>

#include "api/client_connection.h"

namespace godwit::api {

namespace asio = boost::asio;
using nlohmann::json;

namespace {

Task<Result<json>> connect_and_call(std::filesystem::path socket, std::string method, std::string path, json body,
                                    ClientOptions options) {
  GODWIT_CO_TRY(Client client, co_await Client::connect(std::move(socket), options));
  co_return co_await client.call(std::move(method), std::move(path), std::move(body));
}

}  // namespace

EventReader::EventReader(std::unique_ptr<ClientConnection> connection) : connection_(std::move(connection)) {}
EventReader::EventReader(EventReader&&) noexcept = default;
EventReader& EventReader::operator=(EventReader&&) noexcept = default;
EventReader::~EventReader() = default;

Task<Result<std::optional<json>>> EventReader::next() { return connection_->next_line(); }

Client::Client(std::filesystem::path socket, ClientOptions options, std::unique_ptr<ClientConnection> connection)
    : socket_(std::move(socket)), options_(options), connection_(std::move(connection)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Task<Result<Client>> Client::connect(std::filesystem::path socket, ClientOptions options) {
  GODWIT_CO_TRY(auto connection, ClientConnection::open(co_await asio::this_coro::executor, socket, options));
  co_return Client(std::move(socket), options, std::move(connection));
}

// A call that fails, or is dropped, leaves no connection with half an answer on it.
Result<std::unique_ptr<ClientConnection>> Client::take_connection(const asio::any_io_executor& executor) {
  std::unique_ptr<ClientConnection> connection = std::exchange(connection_, nullptr);
  if (connection && !connection->is_over()) return connection;
  return ClientConnection::open(executor, socket_, options_);
}

Task<Result<json>> Client::call(std::string method, std::string path, json body) {
  GODWIT_CO_TRY(auto connection, take_connection(co_await asio::this_coro::executor));
  Result<json> answer = co_await connection->call(method, path, body);
  if (!connection->is_over()) connection_ = std::move(connection);
  co_return answer;
}

Task<Result<EventReader>> Client::open_stream(std::string path) {
  GODWIT_CO_TRY(auto connection, take_connection(co_await asio::this_coro::executor));
  GODWIT_CO_CHECK(co_await connection->begin_stream(path));
  co_return EventReader(std::move(connection));
}

Result<json> call_and_wait(const std::filesystem::path& socket, const std::string& method, const std::string& path, const json& body,
                           ClientOptions options) {
  asio::io_context context(1);
  Result<json> answer = fail(ErrorKind::bug, "the call did not end");
  asio::co_spawn(context, connect_and_call(socket, method, path, body, options),
                 [&answer](const std::exception_ptr& thrown, Result<json> result) {
                   if (thrown) std::rethrow_exception(thrown);
                   answer = std::move(result);
                 });
  context.run();
  return answer;
}

}  // namespace godwit::api
