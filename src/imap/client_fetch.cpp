// SPDX-License-Identifier: Apache-2.0
// Commands about the messages of the selected mailbox.
#include <fmt/format.h>

#include <utility>

#include "imap/client.h"
#include "imap/connection.h"
#include "imap/writer.h"

namespace godwit::imap {

using Kind = CommandState::Kind;

namespace {

std::string fetch_items(const FetchItems& items, const Capabilities& capabilities) {
  std::string text = "(UID";
  if (items.flags) text += " FLAGS";
  if (items.internal_date) text += " INTERNALDATE";
  if (items.rfc822_size) text += " RFC822.SIZE";
  if (items.modseq) text += " MODSEQ";
  if (items.object_id && capabilities.has("OBJECTID")) text += " EMAILID";
  else if (items.object_id && capabilities.has("X-GM-EXT-1")) text += " X-GM-MSGID";
  if (items.labels && capabilities.has("X-GM-EXT-1")) text += " X-GM-LABELS";
  if (items.body) text += " BODY.PEEK[]";
  if (items.header) text += " BODY.PEEK[HEADER]";
  return text + ")";
}

// One line for each part of a set that is too long for one.
template <class AddArguments>
void queue_for_uids(Connection& connection, const CommandPointer& command, const UidSet& uids, AddArguments add_arguments) {
  for (const std::string& part : split_sequence_set(uids)) {
    const std::string tag = connection.next_tag();
    CommandWriter writer(tag, command->name, connection.capabilities());
    writer.word(part);
    add_arguments(writer);
    connection.queue(command, tag, writer.finish());
  }
}

}  // namespace

Command<UidSet> Client::uid_search(const std::string& criteria) {
  const CommandPointer command = connection_->make_command(Kind::search, "UID SEARCH", UidSet());
  const std::string tag = connection_->next_tag();
  CommandWriter writer(tag, "UID SEARCH", connection_->capabilities());
  if (connection_->capabilities().has("ESEARCH")) writer.word("RETURN (ALL)");
  writer.word(criteria);
  connection_->queue(command, tag, writer.finish());
  return Command<UidSet>(command);
}

FetchCommand Client::uid_fetch(const UidSet& uids, FetchItems items, std::uint64_t changed_since, bool with_vanished) {
  FetchState fetch;
  fetch.asked = uids;
  fetch.wants_body = items.body || items.header;
  const CommandPointer command = connection_->make_command(Kind::fetch, "UID FETCH", std::move(fetch));
  queue_for_uids(*connection_, command, uids, [&](CommandWriter& writer) {
    writer.word(fetch_items(items, connection_->capabilities()));
    if (changed_since != 0) writer.word(fmt::format("(CHANGEDSINCE {}{})", changed_since, with_vanished ? " VANISHED" : ""));
  });
  return FetchCommand(command);
}

namespace {

// UID COPY and UID MOVE.
Command<CopyResult> carry(Connection& connection, std::string_view name, const UidSet& uids, const std::string& mailbox) {
  const CommandPointer command = connection.make_command(Kind::copy, name, CopyResult());
  command->status = StatusResponse();  // of an empty set
  queue_for_uids(connection, command, uids, [&](CommandWriter& writer) { writer.mailbox(mailbox); });
  return Command<CopyResult>(command);
}

}  // namespace

Command<CopyResult> Client::uid_copy(const UidSet& uids, const std::string& mailbox) {
  return carry(*connection_, "UID COPY", uids, mailbox);
}

Command<CopyResult> Client::uid_move(const UidSet& uids, const std::string& mailbox) {
  return carry(*connection_, "UID MOVE", uids, mailbox);
}

Command<StatusResponse> Client::uid_expunge(const UidSet& uids) {
  const CommandPointer command = connection_->make_command(Kind::plain, "UID EXPUNGE");
  command->status = StatusResponse();
  queue_for_uids(*connection_, command, uids, [](CommandWriter&) {});
  return Command<StatusResponse>(command);
}

Command<StatusResponse> Client::uid_store(const UidSet& uids, const std::string& operation, const MessageFlags& flags) {
  const CommandPointer command = connection_->make_command(Kind::plain, "UID STORE");
  command->status = StatusResponse();  // of an empty set
  queue_for_uids(*connection_, command, uids, [&](CommandWriter& writer) { writer.word(operation).flags(flags); });
  return Command<StatusResponse>(command);
}

}  // namespace godwit::imap
