// SPDX-License-Identifier: Apache-2.0
#include "imap/parser_rights.h"

#include <utility>

#include "base/text.h"
#include "imap/utf7.h"

namespace godwit::imap {
namespace {

std::optional<std::string> take_mailbox_name(Cursor& cursor) {
  auto name = cursor.astring();
  if (name) name = decode_utf7(*name).value_or(*name);
  return name;
}

// value of RFC 5464 §5: a string, literal8, or NIL.
std::optional<MetadataEntry> take_entry(Cursor& cursor) {
  auto name = cursor.astring();
  if (!name || !name->starts_with('/')) return std::nullopt;
  auto value = cursor.string();
  if (!value && !equals_ignoring_case(cursor.atom(), "NIL")) return std::nullopt;
  return MetadataEntry{*std::move(name), std::move(value)};
}

}  // namespace

// ACL INBOX alice lrswipkxtea "-bob" w, RFC 4314 §3.6
Result<Response> parse_acl(Cursor& cursor) {
  auto mailbox = take_mailbox_name(cursor);
  if (!mailbox) return UnknownResponse{"ACL"};
  AclData data{*std::move(mailbox), {}};
  while (!cursor.at_end()) {
    auto identifier = cursor.astring();
    auto rights = identifier ? cursor.astring() : std::nullopt;
    if (!rights) return UnknownResponse{"ACL"};
    data.entries.push_back({*std::move(identifier), *std::move(rights)});
  }
  return data;
}

// LISTRIGHTS INBOX bob "" l r s w i p k x t e c d a, RFC 4314 §3.7
Result<Response> parse_list_rights(Cursor& cursor) {
  auto mailbox = take_mailbox_name(cursor);
  auto identifier = mailbox ? cursor.astring() : std::nullopt;
  auto required = identifier ? cursor.astring() : std::nullopt;
  if (!required) return UnknownResponse{"LISTRIGHTS"};
  ListRightsData data{*std::move(mailbox), *std::move(identifier), *std::move(required), {}};
  while (!cursor.at_end()) {
    auto group = cursor.astring();
    if (!group) return UnknownResponse{"LISTRIGHTS"};
    data.optional.push_back(*std::move(group));
  }
  return data;
}

Result<Response> parse_my_rights(Cursor& cursor) {
  auto mailbox = take_mailbox_name(cursor);
  auto rights = mailbox ? cursor.astring() : std::nullopt;
  if (!rights) return UnknownResponse{"MYRIGHTS"};
  return MyRightsData{*std::move(mailbox), *std::move(rights)};
}

// METADATA "INBOX" (/shared/comment "Sales" /private/comment NIL), RFC 5464 §4.4.1. The form of §4.4.2, which only says that
// something changed, has no parentheses, and tells no values.
Result<Response> parse_metadata(Cursor& cursor) {
  auto mailbox = take_mailbox_name(cursor);
  if (!mailbox || !cursor.eat('(')) return UnknownResponse{"METADATA"};
  MetadataData data{*std::move(mailbox), {}};
  while (!cursor.eat(')')) {
    auto entry = take_entry(cursor);
    if (!entry) return UnknownResponse{"METADATA"};
    data.entries.push_back(*std::move(entry));
  }
  return data;
}

}  // namespace godwit::imap
