// SPDX-License-Identifier: Apache-2.0
#include "imap/parser_data.h"

#include <utility>

#include "base/error_code.h"
#include "base/text.h"
#include "imap/parser.h"
#include "imap/parser_rights.h"
#include "imap/quirks.h"
#include "imap/utf7.h"

namespace godwit::imap {
namespace {

std::unexpected<Error> broken(std::string_view word, const Cursor& cursor) {
  return fail(codes::response_malformed, "a " + std::string(word) + " response is malformed", std::string(cursor.rest().substr(0, 200)));
}

bool is_nil(std::string_view text) { return equals_ignoring_case(text, "NIL"); }

std::optional<char> take_separator(Cursor& cursor) {
  cursor.skip_spaces();
  if (quirks::is_lone_backslash(cursor.rest())) {
    cursor.advance(3);
    return '\\';
  }
  const bool is_quoted = cursor.next_is('"');
  const auto text = cursor.astring();
  if (!text) return std::nullopt;
  if (quirks::is_no_separator(*text) || (!is_quoted && is_nil(*text))) return char{0};
  if (text->size() != 1 && !quirks::is_doubled_backslash(*text)) return std::nullopt;
  return text->front();
}

// What follows the name: ("CHILDINFO" ("SUBSCRIBED") "OLDNAME" ("old")), RFC 9051 §6.3.9.
bool take_extended_items(Cursor& cursor, ListData& data) {
  if (!cursor.eat('(')) return true;
  while (!cursor.eat(')')) {
    const auto label = cursor.astring();
    if (!label) return false;
    if (!equals_ignoring_case(*label, "OLDNAME") || !cursor.eat('(')) {
      if (!cursor.skip_value()) return false;
      continue;
    }
    const auto name = cursor.astring();
    if (!name || !cursor.eat(')')) return false;
    data.old_name = decode_utf7(*name).value_or(*name);
  }
  return true;
}

std::optional<std::string> take_mailbox(Cursor& cursor) {
  cursor.skip_spaces();
  const std::string_view rest = cursor.rest();
  if (rest.empty() || rest.front() == '"') return cursor.astring();
  std::string_view name = rest.substr(0, quirks::end_of_unquoted_name(rest));
  cursor.advance(name.size());
  while (name.ends_with(' ')) name.remove_suffix(1);
  return std::string(name);
}

Result<Response> parse_list(const std::string& word, Cursor& cursor) {
  ListResponse response;
  response.is_lsub = word == "LSUB";
  if (!cursor.eat('(')) return broken(word, cursor);
  std::string_view text = cursor.rest();
  const std::size_t before = text.size();
  auto attributes = take_flags(text);
  if (!attributes) return broken(word, cursor);
  cursor.advance(before - text.size());
  response.data.attributes = std::move(*attributes);
  const auto separator = take_separator(cursor);
  const auto name = separator ? take_mailbox(cursor) : std::nullopt;
  if (!name) return broken(word, cursor);
  response.data.separator = *separator;
  const auto decoded = decode_utf7(*name);
  response.data.is_undecodable = !decoded;
  response.data.mailbox = decoded.value_or(*name);
  if (!take_extended_items(cursor, response.data)) return broken(word, cursor);
  return response;
}

void set_status_item(StatusData& data, std::string_view item, std::string_view value) {
  const std::string name = to_upper(item);
  if (name == "MESSAGES") data.messages = parse_number<std::uint32_t>(value);
  if (name == "UIDNEXT") data.uid_next = parse_number<std::uint32_t>(value);
  if (name == "UIDVALIDITY") data.uid_validity = parse_number<std::uint32_t>(value);
  if (name == "HIGHESTMODSEQ") data.highest_modseq = parse_number<std::uint64_t>(value);
  if (name == "APPENDLIMIT") data.append_limit = parse_number<std::uint64_t>(value);
}

Result<Response> parse_status(const std::string& word, Cursor& cursor) {
  StatusData data;
  const std::size_t end = cursor.next_is('"') ? std::string_view::npos : quirks::end_of_unquoted_status_name(cursor.rest());
  const auto name = end == std::string_view::npos ? cursor.astring() : std::string(cursor.rest().substr(0, end));
  if (end != std::string_view::npos) cursor.advance(end);
  if (!name || !cursor.eat('(')) return broken(word, cursor);
  data.mailbox = decode_utf7(*name).value_or(*name);
  while (!cursor.eat(')')) {
    const std::string_view item = cursor.atom();
    if (item.empty()) return broken(word, cursor);
    if (cursor.next_is('(') || cursor.next_is('"')) {
      if (!cursor.skip_value()) return broken(word, cursor);
    } else {
      set_status_item(data, item, cursor.atom());
    }
  }
  return data;
}

// (("" "/")("#mh/" "/" "X-PARAM" ("FLAG1"))) or NIL: the namespaces of one kind; their extensions are skipped.
std::optional<std::vector<NamespaceData>> take_namespaces(Cursor& cursor) {
  std::vector<NamespaceData> namespaces;
  if (!cursor.eat('(')) return is_nil(cursor.atom()) ? std::optional(namespaces) : std::nullopt;
  while (cursor.eat('(')) {
    const auto prefix = cursor.astring();
    const auto separator = prefix ? take_separator(cursor) : std::nullopt;
    if (!separator) return std::nullopt;
    namespaces.push_back({decode_utf7(*prefix).value_or(*prefix), *separator});
    while (!cursor.eat(')')) {
      if (!cursor.skip_value()) return std::nullopt;
    }
  }
  if (namespaces.empty() || !cursor.eat(')')) return std::nullopt;
  return namespaces;
}

// NAMESPACE personal other-users shared (RFC 2342 §5). Folders can be found without the latter two: where they are missing or
// malformed they are none.
Result<Response> parse_namespace(const std::string& word, Cursor& cursor) {
  auto personal = take_namespaces(cursor);
  if (!personal) return broken(word, cursor);
  auto other_users = take_namespaces(cursor);
  auto shared = other_users ? take_namespaces(cursor) : std::nullopt;
  return NamespaceResponse{{*std::move(personal), std::move(other_users).value_or(std::vector<NamespaceData>()),
                            std::move(shared).value_or(std::vector<NamespaceData>())}};
}

// QUOTA "root" (STORAGE 10 512 MESSAGE 3 1000), RFC 9208 §5.1. Nothing depends on it, so that what is malformed is passed over;
// so are resources whose numbers are none: some servers write -1 where there is no limit.
Result<Response> parse_quota(const std::string& word, Cursor& cursor) {
  QuotaResponse response;
  auto root = cursor.astring();
  if (!root || !cursor.eat('(')) return UnknownResponse{word};
  response.data.root = *std::move(root);
  while (!cursor.eat(')')) {
    const std::string name = to_upper(cursor.atom());
    const auto used = parse_number<std::uint64_t>(cursor.atom());
    const std::string_view limit_text = cursor.atom();
    if (name.empty() || limit_text.empty()) return UnknownResponse{word};
    const auto limit = parse_number<std::uint64_t>(limit_text);
    if (used && limit) response.data.resources.push_back({name, *used, *limit});
  }
  return response;
}

Result<Response> parse_search(const std::string& word, Cursor& cursor) {
  std::vector<UidRange> ranges;
  while (!cursor.at_end() && !cursor.next_is('(')) {  // "(MODSEQ 917162500)" may end it, RFC 7162 §3.1.5
    const auto number = parse_number<Uid>(cursor.atom());
    if (!number || *number == 0) return broken(word, cursor);
    ranges.push_back({*number, *number});
  }
  return SearchResponse{{}, UidSet(std::move(ranges))};
}

// ESEARCH (TAG "A1") UID ALL 1:3,5 (RFC 4731 §3.1)
Result<Response> parse_esearch(const std::string& word, Cursor& cursor) {
  SearchResponse response;
  if (cursor.eat('(')) {
    if (!equals_ignoring_case(cursor.atom(), "TAG")) return broken(word, cursor);
    const auto tag = cursor.astring();
    if (!tag || !cursor.eat(')')) return broken(word, cursor);
    response.tag = *tag;
  }
  while (!cursor.at_end()) {
    const std::string_view name = cursor.atom();
    if (equals_ignoring_case(name, "UID")) continue;
    if (name.empty()) return broken(word, cursor);
    if (!equals_ignoring_case(name, "ALL")) {
      if (!cursor.skip_value()) return broken(word, cursor);
      continue;
    }
    auto set = UidSet::parse(cursor.atom());
    if (!set) return broken(word, cursor);
    response.numbers = std::move(*set);
  }
  return response;
}

Result<Response> parse_vanished(const std::string& word, Cursor& cursor) {
  VanishedResponse response;
  if (cursor.eat('(')) {
    response.earlier = equals_ignoring_case(cursor.atom(), "EARLIER");
    if (!cursor.eat(')')) return broken(word, cursor);
  }
  auto uids = UidSet::parse(cursor.atom());
  if (!uids) return broken(word, cursor);
  response.uids = std::move(*uids);
  return response;
}

Result<Response> parse_flags(const std::string& word, Cursor& cursor) {
  auto flags = parse_flag_list(cursor.rest());
  if (!flags) return broken(word, cursor);
  return FlagsResponse{std::move(*flags)};
}

// RFC 2971 §3.2: ID ("name" "Dovecot" "support" NIL), or NIL.
Result<Response> parse_id(const std::string& word, Cursor& cursor) {
  IdResponse response;
  if (!cursor.eat('(')) return is_nil(cursor.atom()) ? Result<Response>(response) : broken(word, cursor);
  while (!cursor.eat(')')) {
    auto field = cursor.astring();
    const bool is_string = !cursor.next_is('N') && !cursor.next_is('n');
    auto value = cursor.astring();
    if (!field || !value) return broken(word, cursor);
    response.fields.emplace_back(std::move(*field), is_string || !is_nil(*value) ? std::move(*value) : std::string());
  }
  return response;
}

std::vector<std::string> words_of(Cursor& cursor) {
  std::vector<std::string> words;
  for (std::string_view word = cursor.atom(); !word.empty(); word = cursor.atom()) words.emplace_back(word);
  return words;
}

// A sequence-set whose order matters; nothing when it is not one, or empty.
std::optional<std::vector<UidRange>> ranges_as_sent(std::string_view set) {
  std::vector<UidRange> ranges;
  while (true) {
    const std::string_view part = set.substr(0, set.find(','));
    const std::size_t colon = part.find(':');
    const auto first = parse_number<Uid>(part.substr(0, colon));
    const auto last = colon == std::string_view::npos ? first : parse_number<Uid>(part.substr(colon + 1));
    if (!first || !last || *first == 0 || *last == 0) return std::nullopt;
    ranges.push_back({std::min(*first, *last), std::max(*first, *last)});
    if (part.size() == set.size()) return ranges;
    set.remove_prefix(part.size() + 1);
  }
}

}  // namespace

Capabilities parse_capabilities(std::string_view text) {
  Cursor cursor(text);
  Capabilities capabilities;
  for (const std::string& word : words_of(cursor)) capabilities.add(word);
  return capabilities;
}

std::optional<std::vector<std::string>> parse_flag_list(std::string_view arguments) {
  arguments = quirks::without_leading_spaces(arguments);
  if (!arguments.starts_with('(')) return std::nullopt;
  arguments.remove_prefix(1);
  return take_flags(arguments);
}

std::optional<APPENDUID> parse_append_uid(std::string_view arguments) {
  Cursor cursor(arguments);
  const auto validity = parse_number<std::uint32_t>(cursor.atom());
  auto uids = ranges_as_sent(cursor.atom());
  if (!validity || !uids) return std::nullopt;
  return APPENDUID{*validity, *std::move(uids)};
}

std::optional<COPYUID> parse_copy_uid(std::string_view arguments) {
  Cursor cursor(arguments);
  const auto validity = parse_number<std::uint32_t>(cursor.atom());
  auto from = ranges_as_sent(cursor.atom());
  auto to = ranges_as_sent(cursor.atom());
  if (!validity || !from || !to || count_of(*from) != count_of(*to)) return std::nullopt;
  return COPYUID{*validity, *std::move(from), *std::move(to)};
}

Result<Response> parse_data(const std::string& word, Cursor& cursor) {
  if (word == "LIST" || word == "LSUB") return parse_list(word, cursor);
  if (word == "STATUS") return parse_status(word, cursor);
  if (word == "SEARCH") return parse_search(word, cursor);
  if (word == "ESEARCH") return parse_esearch(word, cursor);
  if (word == "CAPABILITY") return CapabilityResponse{parse_capabilities(cursor.rest())};
  if (word == "ENABLED") return EnabledResponse{words_of(cursor)};
  if (word == "NAMESPACE") return parse_namespace(word, cursor);
  if (word == "VANISHED") return parse_vanished(word, cursor);
  if (word == "FLAGS") return parse_flags(word, cursor);
  if (word == "ID") return parse_id(word, cursor);
  if (word == "QUOTA") return parse_quota(word, cursor);
  if (word == "ACL") return parse_acl(cursor);
  if (word == "LISTRIGHTS") return parse_list_rights(cursor);
  if (word == "MYRIGHTS") return parse_my_rights(cursor);
  if (word == "METADATA") return parse_metadata(cursor);
  return UnknownResponse{word};
}

}  // namespace godwit::imap
