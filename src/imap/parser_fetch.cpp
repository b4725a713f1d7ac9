// SPDX-License-Identifier: Apache-2.0
// FETCH responses (RFC 9051 §7.5.2), resumable at every literal.
#include <array>
#include <utility>

#include "base/error_code.h"
#include "base/text.h"
#include "imap/parser.h"
#include "imap/quirks.h"
#include "imap/utf7.h"

namespace godwit::imap {
namespace {

std::unexpected<Error> broken(std::string_view what, std::string_view rest) {
  return fail(codes::response_malformed, "a FETCH response is malformed: " + std::string(what), std::string(rest.substr(0, 200)));
}

}  // namespace

void FetchParser::begin(std::uint32_t number) {
  response_ = {};
  response_.number = number;
  item_ = Item::none;
  depth_ = skip_depth_ = 0;
  is_finished_ = false;
}

Result<> FetchParser::text(std::string_view rest) {
  while (true) {
    rest = quirks::without_leading_spaces(rest);
    if (rest.empty()) return {};
    if (is_finished_) return broken("more after its end", rest);
    if (skip_depth_ > 0) {
      GODWIT_CHECK(skip_nested(rest));
    } else if (item_ != Item::none) {
      GODWIT_CHECK(value(rest));
    } else if (rest.front() == ')' || quirks::opens_nested_items(rest.front())) {
      if (depth_ == 0 && rest.front() == ')') return broken("it does not begin with a parenthesis", rest);
      open_or_close(rest);
    } else if (depth_ == 0) {
      return broken("it does not begin with a parenthesis", rest);
    } else {
      GODWIT_CHECK(item_name(rest));
    }
  }
}

void FetchParser::open_or_close(std::string_view& rest) {
  depth_ += rest.front() == '(' ? std::size_t{1} : std::size_t{0} - 1;
  is_finished_ = depth_ == 0;
  rest.remove_prefix(1);
}

FetchParser::Item FetchParser::item_of(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Item>, 10> items{{{"UID", Item::uid},
                                                                           {"FLAGS", Item::flags},
                                                                           {"BODY[]", Item::body},
                                                                           {"BODY[HEADER]", Item::body},
                                                                           {"INTERNALDATE", Item::internal_date},
                                                                           {"RFC822.SIZE", Item::rfc822_size},
                                                                           {"MODSEQ", Item::modseq},
                                                                           {"EMAILID", Item::object_id},
                                                                           {"X-GM-MSGID", Item::object_id},
                                                                           {"X-GM-LABELS", Item::labels}}};
  for (const auto& [known, item] : items) {
    if (equals_ignoring_case(name, known)) return item;
  }
  return Item::unknown;
}

// A name may hold a section with blanks, quotes and parentheses: BODY[HEADER.FIELDS (DATE "FROM")]<0>.
Result<> FetchParser::item_name(std::string_view& rest) {
  const std::size_t end = rest.find_first_of(" ()\"[");
  std::size_t size = end == std::string_view::npos ? rest.size() : end;
  if (end != std::string_view::npos && rest[end] == '[') {
    const std::size_t close = rest.find(']', end);
    if (close == std::string_view::npos) return broken("a section does not end", rest);
    size = close + 1;
    if (size < rest.size() && rest[size] == '<') {
      const std::size_t angle = rest.find('>', size);
      if (angle == std::string_view::npos) return broken("a section does not end", rest);
      size = angle + 1;
    }
  }
  if (size == 0) return broken("a name is missing", rest);
  item_ = item_of(rest.substr(0, size));
  rest.remove_prefix(size);
  return {};
}

Result<> FetchParser::value(std::string_view& rest) {
  if (rest.front() == '"') return string_value(rest);
  if (rest.front() == '(') {
    rest.remove_prefix(1);
    return list_value(rest);
  }
  atom_value(take_atom(rest));  // empty in front of ')': the value was left out
  item_ = Item::none;
  return {};
}

Result<> FetchParser::string_value(std::string_view& rest) {
  auto string = take_quoted(rest);
  if (!string) return broken("a quoted string does not end", rest);
  literal(std::move(*string));
  return {};
}

Result<> FetchParser::list_value(std::string_view& rest) {
  if (item_ == Item::flags) {
    const auto flags = take_flags(rest);
    if (!flags) return broken("the list of flags does not end", rest);
    for (const std::string& flag : *flags) response_.message.flags.add(flag);
    response_.message.has_flags = true;
    item_ = Item::none;
    return {};
  }
  if (item_ == Item::modseq) response_.message.modseq = parse_number<std::uint64_t>(rest.substr(0, rest.find(')')));
  if (item_ == Item::object_id) response_.message.object_id = rest.substr(0, rest.find(')'));
  skip_depth_ = 1;
  return {};
}

void FetchParser::atom_value(std::string_view atom) {
  FetchedMessage& message = response_.message;
  switch (item_) {
    case Item::uid:
      message.uid = parse_number<Uid>(atom).value_or(0);
      break;
    case Item::rfc822_size:
      message.rfc822_size = parse_number<std::uint64_t>(atom);
      break;
    case Item::body:
      message.body_kind = FetchedMessage::Body::nil;
      break;
    case Item::modseq:
      message.modseq = parse_number<std::uint64_t>(atom);
      break;
    case Item::object_id:
      if (!equals_ignoring_case(atom, "NIL")) message.object_id = atom;
      break;
    case Item::none:
    case Item::flags:
    case Item::internal_date:
    case Item::labels:
    case Item::unknown:
      break;
  }
}

// Of a list of labels, which are written as mailbox names are (modified UTF-7, RFC 3501 §5.1.3).
void FetchParser::label(std::string_view wire) {
  if (item_ != Item::labels || skip_depth_ != 1 || wire.empty()) return;
  response_.message.labels.push_back(decode_utf7(wire).value_or(std::string(wire)));
}

Result<> FetchParser::skip_nested(std::string_view& rest) {
  if (rest.front() == '"') {
    const auto string = take_quoted(rest);
    if (!string) return broken("a quoted string does not end", rest);
    label(*string);
    return {};
  }
  if (rest.front() == '(' || rest.front() == ')') {
    skip_depth_ += rest.front() == '(' ? std::size_t{1} : std::size_t{0} - 1;
    if (skip_depth_ == 0) item_ = Item::none;
    rest.remove_prefix(1);
    return {};
  }
  label(take_atom(rest));
  return {};
}

LiteralUse FetchParser::use_of_literal() const {
  if (skip_depth_ > 0) return item_ == Item::labels ? LiteralUse::text : LiteralUse::skip;
  if (item_ == Item::body) return LiteralUse::body;
  return item_ == Item::internal_date ? LiteralUse::text : LiteralUse::skip;
}

void FetchParser::literal(std::string bytes) {
  if (skip_depth_ > 0) return label(bytes);
  if (item_ == Item::body) {
    response_.message.body_kind = FetchedMessage::Body::whole;
    response_.message.body_size = bytes.size();
    response_.message.body = std::move(bytes);
  } else if (item_ == Item::internal_date) {
    response_.message.internal_date = std::move(bytes);
  } else {
    atom_value(bytes);  // a number in quotes
  }
  item_ = Item::none;
}

void FetchParser::literal_omitted(std::uint64_t size) {
  if (skip_depth_ > 0) return;
  if (item_ == Item::body) {
    response_.message.body_kind = FetchedMessage::Body::streamed;
    response_.message.body_size = size;
  }
  item_ = Item::none;
}

}  // namespace godwit::imap
