// SPDX-License-Identifier: Apache-2.0
// APPEND (RFC 9051 §6.3.12), MULTIAPPEND (RFC 3502), literals of RFC 7888.
#include <utility>

#include "base/error_code.h"
#include "imap/client.h"
#include "imap/connection.h"
#include "imap/writer.h"

namespace godwit::imap {
namespace {

// Text, and the bytes of a message behind it; with a wait for '+' between the two where the literal needs it.
struct Part {
  std::string text;
  bool wait_for_plus = false;
  std::string_view bytes;
};

struct MessageHead {
  const MessageFlags& flags;
  const std::string& internal_date;
  std::uint64_t size = 0;
  std::string_view bytes;
};

std::string head_of(const MessageHead& message, const Capabilities& capabilities) {
  std::string text;
  if (message.flags.system != 0 || !message.flags.keywords.empty()) text += " (" + message.flags.to_string() + ")";
  if (!message.internal_date.empty()) text += " \"" + message.internal_date + "\"";
  return text + " " + literal_announcement(capabilities, message.size);
}

Result<> check(const MessageHead& message) {
  for (const std::string& keyword : message.flags.keywords) {
    if (!is_writable_flag(keyword)) return fail(codes::keyword_form, "IMAP has no form for this keyword: " + keyword);
  }
  if (message.internal_date.find_first_of(std::string_view("\"\\\r\n\0", 5)) != std::string::npos) {
    return fail(ErrorKind::bug, "this is not an internal date: " + message.internal_date);
  }
  return {};
}

// The command without its last line end.
Result<std::vector<Part>> parts_of(const std::string& tag, const std::string& mailbox, std::span<const MessageHead> messages,
                                   const Capabilities& capabilities) {
  CommandWriter writer(tag, "APPEND", capabilities);
  writer.mailbox(mailbox);
  GODWIT_TRY(std::vector<std::string> beginning, writer.finish_open());
  std::vector<Part> parts;
  for (std::string& piece : beginning) parts.push_back({std::move(piece), true, {}});
  for (const MessageHead& message : messages) {
    GODWIT_CHECK(check(message));
    if (&message != &messages.front()) parts.emplace_back();
    Part& part = parts.back();
    part.text += head_of(message, capabilities);
    part.wait_for_plus = !literal_needs_no_wait(capabilities, message.size);
    part.bytes = message.bytes;
  }
  return parts;
}

// What ends an APPEND before its bytes were sent must be a NO or BAD.
Result<> check_refused(Connection& connection, const CommandState& command) {
  if (!connection.outcome(command)) return {};
  return std::unexpected(connection.fail_session(
      make_error(codes::response_out_of_place, "the server said OK to an APPEND whose message was not sent yet")));
}

// As few writes as the waits allow. False: the server completed the command before all was written.
Task<Result<bool>> write_parts(Connection& connection, CommandPointer command, std::span<const Part> parts) {
  std::vector<std::string_view> pieces;
  for (const Part& part : parts) {
    pieces.push_back(part.text);
    if (part.wait_for_plus) {
      GODWIT_CO_CHECK(co_await connection.write_append(command, pieces));
      pieces.clear();
      GODWIT_CO_TRY(const bool goes_on, co_await connection.wait_for_plus(command));
      if (!goes_on) {
        GODWIT_CO_CHECK(check_refused(connection, *command));
        co_return false;
      }
    }
    if (!part.bytes.empty()) pieces.push_back(part.bytes);
  }
  if (!pieces.empty()) GODWIT_CO_CHECK(co_await connection.write_append(command, pieces));
  co_return true;
}

}  // namespace

Task<Result<Command<AppendResult>>> Client::append(const std::string& mailbox, std::span<const AppendMessage> messages) {
  const auto connection = connection_;
  const Capabilities& capabilities = connection->capabilities();
  if (messages.empty() || (messages.size() > 1 && !capabilities.has("MULTIAPPEND"))) {
    co_return fail(ErrorKind::bug, "APPEND of no message, or of several without MULTIAPPEND");
  }
  std::vector<MessageHead> heads;
  for (const AppendMessage& message : messages) {
    heads.push_back({message.flags, message.internal_date, message.bytes.size(), message.bytes});
  }
  const std::string tag = connection->next_tag();
  GODWIT_CO_TRY(std::vector<Part> parts, parts_of(tag, mailbox, heads, capabilities));
  parts.push_back({"\r\n", false, {}});
  const CommandPointer command = connection->make_command(CommandState::Kind::append, "APPEND", AppendResult());
  GODWIT_CO_CHECK(co_await connection->begin_writing(command));
  connection->open_command(command, tag);
  const Result<bool> written = co_await write_parts(*connection, command, parts);
  if (!written && (!command->is_complete() || connection->outcome(*command))) co_return std::unexpected(written.error());
  static_cast<void>(co_await connection->end_writing());  // what others queued; their handles tell its failure
  co_return Command<AppendResult>(command);
}

Task<Result<AppendStream>> Client::append_stream(const std::string& mailbox, const MessageFlags& flags,
                                                 const std::string& internal_date, std::uint64_t size) {
  const auto connection = connection_;
  const std::string tag = connection->next_tag();
  const MessageHead head{flags, internal_date, size, {}};
  GODWIT_CO_TRY(const std::vector<Part> parts, parts_of(tag, mailbox, {&head, 1}, connection->capabilities()));
  const CommandPointer command = connection->make_command(CommandState::Kind::append, "APPEND", AppendResult());
  command->append_remaining = size;
  GODWIT_CO_CHECK(co_await connection->begin_writing(command));
  connection->open_command(command, tag);
  const Result<bool> written = co_await write_parts(*connection, command, parts);
  if (written && *written) co_return AppendStream(command);
  if (!written) co_return std::unexpected(written.error());
  static_cast<void>(co_await connection->end_writing());
  co_return std::unexpected(connection->outcome(*command).error());
}

Task<Result<>> AppendStream::write(std::span<const char> piece) {
  const auto connection = state_->connection.lock();
  if (!connection) co_return fail(ErrorKind::canceled, "the connection was closed on our side");
  if (piece.size() > state_->append_remaining) co_return fail(ErrorKind::bug, "APPEND of more bytes than announced");
  state_->append_remaining -= piece.size();
  const std::string_view view(piece.data(), piece.size());
  co_return co_await connection->write_append(state_, {&view, 1});
}

Task<Result<Command<AppendResult>>> AppendStream::finish() {
  const auto connection = state_->connection.lock();
  if (!connection) co_return fail(ErrorKind::canceled, "the connection was closed on our side");
  if (state_->append_remaining != 0) co_return fail(ErrorKind::bug, "APPEND of fewer bytes than announced");
  const std::string_view line_end = "\r\n";
  const Result<> written = co_await connection->write_append(state_, {&line_end, 1});
  if (!written && !state_->is_complete()) co_return std::unexpected(written.error());
  static_cast<void>(co_await connection->end_writing());
  co_return Command<AppendResult>(state_);
}

}  // namespace godwit::imap
