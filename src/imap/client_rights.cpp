// SPDX-License-Identifier: Apache-2.0
// Commands about rights (RFC 4314), annotations (RFC 5464) and the limits of quotas (RFC 9208), and what their responses belong to.
#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "imap/client.h"
#include "imap/connection.h"
#include "imap/writer.h"

namespace godwit::imap {

using Kind = CommandState::Kind;

namespace {

// Sends NAME and the arguments that `write` adds.
template <class T, class Write>
Command<T> send(Connection& connection, Kind kind, std::string_view name, CommandState::Data data, Write write) {
  const CommandPointer command = connection.make_command(kind, name, std::move(data));
  const std::string tag = connection.next_tag();
  CommandWriter writer(tag, name, connection.capabilities());
  write(writer);
  connection.queue(command, tag, writer.finish());
  return Command<T>(command);
}

std::string metadata_options(const MetadataQuery& query) {
  std::string options;
  if (query.max_size) options = fmt::format("MAXSIZE {}", *query.max_size);
  if (query.with_all_below) options += options.empty() ? "DEPTH infinity" : " DEPTH infinity";
  return options.empty() ? options : "(" + options + ")";
}

}  // namespace

Command<StatusResponse> Client::set_quota(const std::string& root, const std::vector<QuotaResource>& limits) {
  return send<StatusResponse>(*connection_, Kind::plain, "SETQUOTA", {}, [&](CommandWriter& writer) {
    writer.string(root).begin_list();
    for (const QuotaResource& resource : limits) writer.word(fmt::format("{} {}", resource.name, resource.limit));
    writer.end_list();
  });
}

Command<AclData> Client::get_acl(const std::string& mailbox) {
  return send<AclData>(*connection_, Kind::acl, "GETACL", AclData(), [&](CommandWriter& writer) { writer.mailbox(mailbox); });
}

Command<StatusResponse> Client::set_acl(const std::string& mailbox, const std::string& identifier, const std::string& rights) {
  return send<StatusResponse>(*connection_, Kind::plain, "SETACL", {},
                              [&](CommandWriter& writer) { writer.mailbox(mailbox).string(identifier).string(rights); });
}

Command<StatusResponse> Client::delete_acl(const std::string& mailbox, const std::string& identifier) {
  return send<StatusResponse>(*connection_, Kind::plain, "DELETEACL", {},
                              [&](CommandWriter& writer) { writer.mailbox(mailbox).string(identifier); });
}

Command<ListRightsData> Client::list_rights(const std::string& mailbox, const std::string& identifier) {
  return send<ListRightsData>(*connection_, Kind::list_rights, "LISTRIGHTS", ListRightsData(),
                              [&](CommandWriter& writer) { writer.mailbox(mailbox).string(identifier); });
}

Command<MyRightsData> Client::my_rights(const std::string& mailbox) {
  return send<MyRightsData>(*connection_, Kind::my_rights, "MYRIGHTS", MyRightsData(),
                            [&](CommandWriter& writer) { writer.mailbox(mailbox); });
}

// In front of the mailbox stand the options: so has the grammar of RFC 5464 §5, against its examples.
Command<MetadataResult> Client::get_metadata(const std::string& mailbox, const MetadataQuery& query) {
  return send<MetadataResult>(*connection_, Kind::metadata, "GETMETADATA", MetadataResult(), [&](CommandWriter& writer) {
    const std::string options = metadata_options(query);
    if (!options.empty()) writer.word(options);
    writer.mailbox(mailbox).begin_list();
    for (const std::string& name : query.names) writer.string(name);
    writer.end_list();
  });
}

Command<StatusResponse> Client::set_metadata(const std::string& mailbox, const std::vector<MetadataEntry>& entries) {
  return send<StatusResponse>(*connection_, Kind::plain, "SETMETADATA", {}, [&](CommandWriter& writer) {
    writer.mailbox(mailbox).begin_list();
    for (const MetadataEntry& entry : entries) {
      writer.string(entry.name);
      if (entry.value) {
        writer.literal(*entry.value);
      } else {
        writer.word("NIL");
      }
    }
    writer.end_list();
  });
}

void Connection::on(AclData&& data) {
  if (CommandState* const command = oldest(Kind::acl)) command->data = std::move(data);
}

void Connection::on(ListRightsData&& data) {
  if (CommandState* const command = oldest(Kind::list_rights)) command->data = std::move(data);
}

void Connection::on(MyRightsData&& data) {
  if (CommandState* const command = oldest(Kind::my_rights)) command->data = std::move(data);
}

// There may be several for one command.
void Connection::on(MetadataData&& data) {
  CommandState* const command = oldest(Kind::metadata);
  if (command == nullptr) return;
  auto& entries = std::get<MetadataResult>(command->data).entries;
  entries.insert(entries.end(), std::make_move_iterator(data.entries.begin()), std::make_move_iterator(data.entries.end()));
}

}  // namespace godwit::imap
