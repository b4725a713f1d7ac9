// SPDX-License-Identifier: Apache-2.0
// Commands about the session: capabilities, encryption, login.
#include <fmt/format.h>

#include <utility>

#include "base/error_code.h"
#include "base/text.h"
#include "imap/client.h"
#include "imap/connection.h"
#include "imap/writer.h"
#include "net/connect.h"

namespace godwit::imap {

using Kind = CommandState::Kind;

namespace {

template <class T>
Command<T> give(Connection& connection, Kind kind, std::string_view name, CommandState::Data data = {}) {
  const CommandPointer command = connection.make_command(kind, name, std::move(data));
  const std::string tag = connection.next_tag();
  connection.queue(command, tag, CommandWriter(tag, name, connection.capabilities()).finish());
  return Command<T>(command);
}

Command<StatusResponse> give_name(Connection& connection, std::string_view name, const std::string& user) {
  const CommandPointer command = connection.make_command(Kind::plain, name);
  const std::string tag = connection.next_tag();
  connection.queue(command, tag, CommandWriter(tag, name, connection.capabilities()).string(user).finish());
  return Command<StatusResponse>(command);
}

}  // namespace

Command<Capabilities> Client::capability() {
  return give<Capabilities>(*connection_, Kind::capability, "CAPABILITY", Capabilities());
}

Command<StatusResponse> Client::noop() { return give<StatusResponse>(*connection_, Kind::plain, "NOOP"); }

Task<> Client::keep_alive(std::chrono::milliseconds interval) { return connection_->keep_alive(interval); }

Command<StatusResponse> Client::logout() { return give<StatusResponse>(*connection_, Kind::logout, "LOGOUT"); }

Command<std::vector<std::pair<std::string, std::string>>> Client::id(std::vector<std::pair<std::string, std::string>> fields) {
  using Fields = std::vector<std::pair<std::string, std::string>>;
  const CommandPointer command = connection_->make_command(Kind::id, "ID", Fields());
  const std::string tag = connection_->next_tag();
  CommandWriter writer(tag, "ID", connection_->capabilities());
  if (fields.empty()) {
    writer.word("NIL");
  } else {
    writer.begin_list();
    for (const auto& [name, value] : fields) writer.string(name).string(value);
    writer.end_list();
  }
  connection_->queue(command, tag, writer.finish());
  return Command<Fields>(command);
}

Command<StatusResponse> Client::login(const std::string& user, const Secret& password) {
  const CommandPointer command = connection_->make_command(Kind::plain, "LOGIN");
  const std::string tag = connection_->next_tag();
  CommandWriter writer(tag, "LOGIN", connection_->capabilities());
  writer.string(user).string(password.reveal());
  connection_->queue(command, tag, writer.finish(), true);
  return Command<StatusResponse>(command);
}

Task<Result<StatusResponse>> Client::authenticate(std::unique_ptr<sasl::Mechanism> mechanism) {
  return connection_->authenticate(std::move(mechanism));
}

Task<Result<StatusResponse>> Client::x_masterauth(const Secret& password) { return connection_->x_masterauth(password); }

Command<StatusResponse> Client::x_setuser(const std::string& user) { return give_name(*connection_, "X-SETUSER", user); }

Command<StatusResponse> Client::proxyauth(const std::string& user) { return give_name(*connection_, "PROXYAUTH", user); }

Command<std::vector<std::string>> Client::enable(const std::vector<std::string>& extensions) {
  const CommandPointer command = connection_->make_command(Kind::enable, "ENABLE", std::vector<std::string>());
  const std::string tag = connection_->next_tag();
  CommandWriter writer(tag, "ENABLE", connection_->capabilities());
  for (const std::string& extension : extensions) writer.word(extension);
  connection_->queue(command, tag, writer.finish());
  return Command<std::vector<std::string>>(command);
}

Command<Namespaces> Client::namespace_() {
  return give<Namespaces>(*connection_, Kind::namespace_, "NAMESPACE", Namespaces());
}

Task<Result<>> Client::starttls(Upgrade upgrade) {
  const auto connection = connection_;
  if (connection->is_preauth()) {
    co_return fail(codes::starttls_not_possible, "the server says that we are logged in already, so that STARTTLS is not possible");
  }
  if (connection->has_open_commands()) co_return fail(ErrorKind::bug, "STARTTLS while another command is in flight");
  GODWIT_CO_CHECK(co_await give<StatusResponse>(*connection, Kind::plain, "STARTTLS").wait());
  GODWIT_CO_CHECK(co_await connection->replace_stream(upgrade, true));
  connection->forget_capabilities();
  co_return Result<>();
}

Task<Result<>> Client::compress() {
  const auto connection = connection_;
  if (connection->has_open_commands()) co_return fail(ErrorKind::bug, "COMPRESS while another command is in flight");
  GODWIT_CO_CHECK(co_await give<StatusResponse>(*connection, Kind::plain, "COMPRESS DEFLATE").wait());
  const Upgrade upgrade = [](std::unique_ptr<net::Stream> plain) -> Task<Result<std::unique_ptr<net::Stream>>> {
    co_return net::start_deflate(std::move(plain));
  };
  co_return co_await connection->replace_stream(upgrade, false);
}

}  // namespace godwit::imap
