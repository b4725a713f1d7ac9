// SPDX-License-Identifier: Apache-2.0
// Faults of servers that the wire coder tolerates, one function each; the test named pins it.
#pragma once

#include <algorithm>
#include <string_view>

namespace godwit::imap::quirks {

// More than one blank between words. Exchange 2003, SmarterMail. Test: ParserTest.ExtraSpaces.
constexpr std::string_view without_leading_spaces(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  return begin == std::string_view::npos ? std::string_view{} : text.substr(begin);
}

// A separator that is a lone backslash, not escaped: LIST () "\" INBOX. Domino, hMailServer. Test: ParserTest.LoneBackslash.
constexpr bool is_lone_backslash(std::string_view text) { return text.starts_with("\"\\\" "); }

// A separator "\\" that was escaped twice. hMailServer's NAMESPACE. Test: ParserTest.DoubledBackslash.
constexpr bool is_doubled_backslash(std::string_view separator) { return separator == "\\\\"; }

// An empty string as a separator means NIL. Yahoo, iPlanet. Test: ParserTest.EmptySeparator.
constexpr bool is_no_separator(std::string_view separator) { return separator.empty(); }

// Items of a FETCH wrapped in parentheses of their own: (UID 1 (ENVELOPE (…)) …). Domino. Test: ParserFetchTest.ExtraParentheses.
constexpr bool opens_nested_items(char c) { return c == '('; }

// Parentheses inside a keyword belong to it as long as they balance: FLAGS (a(b)). Test: ParserFetchTest.OddFlags.
constexpr bool may_continue_flag(char c, int depth) { return c == ')' ? depth > 0 : c != ' '; }

// An unquoted mailbox name that holds blanks or parentheses: it goes up to the extended items or the end of the line. Domino,
// Kerio. Test: ParserTest.UnquotedListName.
constexpr std::size_t end_of_unquoted_name(std::string_view text) {
  return std::min({text.size(), text.find(" (\""), text.find(" (CHILDINFO "), text.find(" (OLDNAME ")});
}

// The same in a STATUS response: it goes up to the list of what was asked for; npos: there is none. GNU Mailutils' imap4d. Test:
// ParserTest.UnquotedStatusName.
constexpr std::size_t end_of_unquoted_status_name(std::string_view text) {
  return std::min({text.find(" (MESSAGES "), text.find(" (UIDNEXT "), text.find(" (UIDVALIDITY ")});
}

// A response code on a line of its own: "[COPYUID 55 31 6]" in front of MOVE's tagged OK. Exchange 2010. Test: CorpusTest.
constexpr bool is_bare_response_code(std::string_view line) { return line.starts_with('['); }

// LOGOUT is done when the server closes after BYE without a tagged answer. Exchange. Test: ClientTest.LogoutWithoutTaggedAnswer.
constexpr bool logout_is_complete(bool said_bye) { return said_bye; }

}  // namespace godwit::imap::quirks
