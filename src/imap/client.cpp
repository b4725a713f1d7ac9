// SPDX-License-Identifier: Apache-2.0
// The handles, and what belongs to no family of commands.
#include "imap/client.h"

#include <utility>

#include "imap/connection.h"

namespace godwit::imap {
namespace {

std::unexpected<Error> client_is_gone() { return fail(ErrorKind::canceled, "the connection was closed on our side"); }

}  // namespace

template <class T>
Task<Result<T>> Command<T>::wait() {
  const CommandPointer command = state_;
  const auto connection = command->connection.lock();
  if (!connection) co_return client_is_gone();
  GODWIT_CO_CHECK(co_await connection->wait_for(command));
  if constexpr (std::same_as<T, StatusResponse>) {
    co_return std::move(*command->status);
  } else {
    co_return std::get<T>(std::move(command->data));
  }
}

template class Command<StatusResponse>;
template class Command<Capabilities>;
template class Command<std::vector<std::pair<std::string, std::string>>>;
template class Command<std::vector<std::string>>;
template class Command<Namespaces>;
template class Command<std::vector<QuotaData>>;
template class Command<AclData>;
template class Command<ListRightsData>;
template class Command<MyRightsData>;
template class Command<MetadataResult>;
template class Command<ListResult>;
template class Command<StatusData>;
template class Command<SelectData>;
template class Command<UidSet>;
template class Command<AppendResult>;
template class Command<CopyResult>;

std::optional<Uid> CopyResult::destination_of(Uid uid) const {
  for (const COPYUID& part : parts) {
    if (const auto found = part.destination_of(uid)) return found;
  }
  return std::nullopt;
}

const UidSet& FetchCommand::vanished() const { return std::get<FetchState>(state_->data).vanished; }

Task<Result<std::optional<FetchedMessage>>> FetchCommand::next() {
  const auto connection = state_->connection.lock();
  if (!connection) co_return client_is_gone();
  co_return co_await connection->next_message(state_);
}

Task<Result<std::span<const char>>> FetchCommand::read_body() {
  const auto connection = state_->connection.lock();
  if (!connection) co_return client_is_gone();
  co_return co_await connection->read_body(state_);
}

Client::Client(std::unique_ptr<net::Stream> stream, ClientOptions options)
    : connection_(std::make_shared<Connection>(std::move(stream), std::move(options))) {}

// Coroutines that still wait hold the connection; closing ends their waits.
Client::~Client() { connection_->close(); }

Task<Result<StatusResponse>> Client::greeting() {
  const auto connection = connection_;
  GODWIT_CO_CHECK(co_await connection->wait_for_greeting());
  if (connection->failure()) co_return std::unexpected(*connection->failure());
  co_return connection->greeting()->response;
}

bool Client::is_preauth() const { return connection_->is_preauth(); }
std::string Client::greeting_text() const {
  return connection_->greeting() ? connection_->greeting()->response.text : std::string();
}
const Capabilities& Client::capabilities() const { return connection_->capabilities(); }
void Client::disable(std::string_view extension) { connection_->disable(extension); }
Task<Result<>> Client::flush() { return connection_->flush(); }
void Client::set_wait_limit(std::chrono::milliseconds limit) { connection_->set_wait_limit(limit); }
void Client::close() { connection_->close(); }
const net::Stream& Client::stream() const { return connection_->stream(); }

}  // namespace godwit::imap
