// SPDX-License-Identifier: Apache-2.0
// Commands about mailboxes.
#include <utility>

#include "imap/client.h"
#include "imap/connection.h"
#include "imap/writer.h"

namespace godwit::imap {

using Kind = CommandState::Kind;

namespace {

// Commands of the form NAME mailbox.
template <class T>
Command<T> give(Connection& connection, Kind kind, std::string_view name, const std::string& mailbox,
                CommandState::Data data = {}, std::string_view more = {}) {
  const CommandPointer command = connection.make_command(kind, name, std::move(data));
  const std::string tag = connection.next_tag();
  CommandWriter writer(tag, name, connection.capabilities());
  writer.mailbox(mailbox);
  if (!more.empty()) writer.word(more);
  connection.queue(command, tag, writer.finish());
  return Command<T>(command);
}

std::string status_items(const Capabilities& capabilities, bool with_highest_modseq) {
  std::string items = "(MESSAGES UIDNEXT UIDVALIDITY";
  if (with_highest_modseq) items += " HIGHESTMODSEQ";
  if (capabilities.has("APPENDLIMIT")) items += " APPENDLIMIT";  // RFC 7889 §3.1: only without a value it differs per mailbox
  return items + ")";
}

std::string list_return_options(const Capabilities& capabilities, ListOptions options) {
  if (!capabilities.has("LIST-EXTENDED")) options.subscribed = options.special_use = false;
  std::string text;
  const auto add = [&](std::string_view option) { text.append(text.empty() ? "" : " ").append(option); };
  if (options.subscribed) add("SUBSCRIBED");
  if (options.special_use && capabilities.has("SPECIAL-USE")) add("SPECIAL-USE");
  if (options.status) add("STATUS " + status_items(capabilities, capabilities.has("CONDSTORE")));
  return text;
}

// No mailbox bears this name; a refused EXAMINE leaves none selected (RFC 9051 §6.3.2).
constexpr const char* name_that_cannot_be = "godwit\xC2\xA0unselect\xC2\xA0no such mailbox";

}  // namespace

Command<ListResult> Client::list(const std::string& reference, const std::string& pattern, ListOptions options) {
  const Capabilities& capabilities = connection_->capabilities();
  options.status = options.status && capabilities.has("LIST-STATUS");
  const CommandPointer command = connection_->make_command(Kind::list, "LIST", ListResult());
  command->with_status = options.status;
  const std::string tag = connection_->next_tag();
  CommandWriter writer(tag, "LIST", capabilities);
  writer.mailbox(reference).mailbox(pattern);
  const std::string returned = list_return_options(capabilities, options);
  if (!returned.empty()) writer.word("RETURN (" + returned + ")");
  connection_->queue(command, tag, writer.finish());
  return Command<ListResult>(command);
}

Command<ListResult> Client::lsub(const std::string& reference, const std::string& pattern) {
  const CommandPointer command = connection_->make_command(Kind::lsub, "LSUB", ListResult());
  const std::string tag = connection_->next_tag();
  CommandWriter writer(tag, "LSUB", connection_->capabilities());
  writer.mailbox(reference).mailbox(pattern);
  connection_->queue(command, tag, writer.finish());
  return Command<ListResult>(command);
}

Command<StatusData> Client::status(const std::string& mailbox, bool with_highest_modseq) {
  return give<StatusData>(*connection_, Kind::status, "STATUS", mailbox, StatusData(),
                          status_items(connection_->capabilities(), with_highest_modseq));
}

Command<std::vector<QuotaData>> Client::get_quota_root(const std::string& mailbox) {
  return give<std::vector<QuotaData>>(*connection_, Kind::quota, "GETQUOTAROOT", mailbox, std::vector<QuotaData>());
}

Command<StatusResponse> Client::create(const std::string& mailbox, const std::string& special_use) {
  const bool with_use = !special_use.empty() && connection_->capabilities().has("CREATE-SPECIAL-USE");
  return give<StatusResponse>(*connection_, Kind::plain, "CREATE", mailbox, {}, with_use ? "(USE (" + special_use + "))" : "");
}

Command<StatusResponse> Client::delete_(const std::string& mailbox) {
  return give<StatusResponse>(*connection_, Kind::plain, "DELETE", mailbox);
}

Command<StatusResponse> Client::rename(const std::string& mailbox, const std::string& new_name) {
  const CommandPointer command = connection_->make_command(Kind::plain, "RENAME");
  const std::string tag = connection_->next_tag();
  CommandWriter writer(tag, "RENAME", connection_->capabilities());
  writer.mailbox(mailbox).mailbox(new_name);
  connection_->queue(command, tag, writer.finish());
  return Command<StatusResponse>(command);
}

Command<StatusResponse> Client::subscribe(const std::string& mailbox) {
  return give<StatusResponse>(*connection_, Kind::plain, "SUBSCRIBE", mailbox);
}

Command<SelectData> Client::examine(const std::string& mailbox) {
  SelectData data;
  data.read_only = true;
  return give<SelectData>(*connection_, Kind::select, "EXAMINE", mailbox, std::move(data));
}

Command<SelectData> Client::select(const std::string& mailbox) {
  return give<SelectData>(*connection_, Kind::select, "SELECT", mailbox, SelectData());
}

Command<StatusResponse> Client::unselect() {
  if (!connection_->capabilities().has("UNSELECT")) {
    return give<StatusResponse>(*connection_, Kind::unselect, "EXAMINE", name_that_cannot_be);
  }
  const CommandPointer command = connection_->make_command(Kind::plain, "UNSELECT");
  const std::string tag = connection_->next_tag();
  connection_->queue(command, tag, CommandWriter(tag, "UNSELECT", connection_->capabilities()).finish());
  return Command<StatusResponse>(command);
}

}  // namespace godwit::imap
