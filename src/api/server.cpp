// SPDX-License-Identifier: Apache-2.0
#include "api/server.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <optional>
#include <set>

#include "api/session.h"
#include "api/socket_file.h"

namespace godwit::api {

namespace asio = boost::asio;

struct Server::State : std::enable_shared_from_this<State> {
  using Acceptor = asio::local::stream_protocol::acceptor;
  using Clock = std::chrono::steady_clock;

  State(const asio::any_io_executor& its_executor, ListeningSocket listening, std::shared_ptr<const Service> its_service)
      : executor(its_executor),
        file(std::move(listening)),
        acceptor(executor, asio::local::stream_protocol(), file.release()),
        pause(executor),
        ended(executor),
        service(std::move(its_service)) {}

  [[nodiscard]] Task<> accept();
  void begin_session(Descriptor connected);
  void forget(const std::shared_ptr<Session>& session);
  void close();
  [[nodiscard]] Task<bool> all_end_within(std::chrono::milliseconds limit);
  [[nodiscard]] std::set<std::string> calls() const;
  template <class Action>
  void for_each_session(Action action);

  asio::any_io_executor executor;
  ListeningSocket file;
  Acceptor acceptor;
  asio::steady_timer pause;  // of the acceptor, while there are no descriptors left
  asio::steady_timer ended;  // canceled when a session ends
  std::shared_ptr<const Service> service;
  std::set<std::shared_ptr<Session>> sessions;
};

namespace {

constexpr std::chrono::milliseconds accept_pause{100};

std::optional<Answer> refusal_of(int descriptor, std::size_t clients, const ServerOptions& options) {
  const Result<Peer> peer = peer_of(descriptor);
  if (!peer) return Answer(std::unexpected(peer.error()));
  if (!may_call(*peer)) {
    return Answer(403, Error{ErrorKind::storage, fmt::format("this socket takes calls of the user who runs the plan and of root, not "
                                                             "of the user with the number {}; run the command as that user",
                                                             peer->user), {}, {}});
  }
  if (clients >= options.clients_limit) {
    return Answer(503, Error{ErrorKind::unavailable, fmt::format("{} clients are connected already; end some of them, then try again",
                                                                 clients), {}, {}});
  }
  return std::nullopt;
}

}  // namespace

Task<> Server::State::accept() {
  const auto self = shared_from_this();
  while (acceptor.is_open()) {
    Descriptor connected(::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connected.get() >= 0) {
      begin_session(std::move(connected));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      co_await acceptor.async_wait(Acceptor::wait_read, asio::as_tuple(asio::use_awaitable));
    } else if (errno != EINTR && errno != ECONNABORTED) {
      pause.expires_after(accept_pause);
      co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
  }
}

void Server::State::begin_session(Descriptor connected) {
  std::optional<Answer> refusal = refusal_of(connected.get(), sessions.size(), service->options);
  const auto session = std::make_shared<Session>(executor, std::move(connected), service);
  sessions.insert(session);
  asio::co_spawn(executor, session->run(std::move(refusal)),
                 [self = shared_from_this(), session](const std::exception_ptr&) { self->forget(session); });
}

void Server::State::forget(const std::shared_ptr<Session>& session) {
  session->close();
  sessions.erase(session);
  ended.cancel();
}

template <class Action>
void Server::State::for_each_session(Action action) {
  const auto present = sessions;
  for (const auto& session : present) action(*session);
}

void Server::State::close() {
  file.remove_file();
  boost::system::error_code ignored;
  acceptor.close(ignored);
  pause.cancel();
}

Task<bool> Server::State::all_end_within(std::chrono::milliseconds limit) {
  const auto self = shared_from_this();
  const auto deadline = Clock::now() + limit;
  while (!sessions.empty() && Clock::now() < deadline) {
    ended.expires_at(deadline);
    co_await ended.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return sessions.empty();
}

std::set<std::string> Server::State::calls() const {
  std::set<std::string> calls;
  for (const auto& session : sessions) {
    if (!session->call().empty()) calls.insert(session->call());
  }
  return calls;
}

Result<Server> Server::listen(asio::any_io_executor executor, std::filesystem::path socket, Router router, ServerOptions options) {
  GODWIT_TRY(ListeningSocket listening, ListeningSocket::open(std::move(socket)));
  auto service = std::make_shared<const Service>(Service{std::move(router), options});
  auto state = std::make_shared<State>(executor, std::move(listening), std::move(service));
  asio::co_spawn(executor, [state] { return state->accept(); }, asio::detached);
  return Server(std::move(state));
}

Server::~Server() {
  if (!state_) return;
  state_->close();
  state_->for_each_session([](Session& session) {
    session.end();
    session.cancel();
    session.close();
  });
}

Task<Result<>> Server::stop() {
  const auto state = state_;
  state->close();
  state->for_each_session([](Session& session) { session.end(); });
  if (co_await state->all_end_within(state->service->options.stop_limit)) co_return Result<>{};
  state->for_each_session([](Session& session) { session.cancel(); });
  if (co_await state->all_end_within(state->service->options.stop_limit)) co_return Result<>{};
  const std::set<std::string> calls = state->calls();
  state->for_each_session([](Session& session) { session.close(); });
  co_return fail(ErrorKind::timeout, fmt::format("these calls did not end although they were canceled: {}", fmt::join(calls, ", ")));
}

}  // namespace godwit::api
