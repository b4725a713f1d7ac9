// SPDX-License-Identifier: Apache-2.0
// The XML of WebDAV: requests as text, answers as values. No DTDs, no entities of a document's own, bounded depth and size. No I/O.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace godwit::dav {

// Names are written with these prefixes, whatever the document calls them: "D:" DAV:, "C:" CalDAV (RFC 4791), "A:" CardDAV (RFC 6352),
// "CS:" calendarserver.org, "I:" Apple's iCal, "AB:" inf-it.com's address books (Radicale). All others have "?:".
struct Element {
  std::string name;  // "D:getetag"
  std::string text;  // its own, without that of its children
  std::map<std::string, std::string> attributes{};  // without namespaces
  std::vector<Element> children{};

  [[nodiscard]] const Element* child(std::string_view wanted) const;  // the first; nullptr: none
  // The text of the first href in it; empty: none.
  [[nodiscard]] std::string href() const;
};

// Error response_malformed: no XML, with the byte where it ends to be; a DTD; more than 64 levels or 4 million tags.
[[nodiscard]] Result<Element> parse_xml(std::string_view bytes);

// One response of a multistatus (RFC 4918 section 14.24).
struct Member {
  std::string href;    // as the server writes it
  int status = 200;    // of the resource as a whole
  std::map<std::string, Element> properties{};  // with a status of 2xx
  std::map<std::string, int> refused{};         // the others, with their status

  [[nodiscard]] const Element* property(std::string_view name) const;
  [[nodiscard]] std::string text(std::string_view name) const;  // of a property; empty: there is none
  // Blank space around it removed.
  [[nodiscard]] std::string trimmed(std::string_view name) const;
};

struct Multistatus {
  std::vector<Member> members{};
  std::string sync_token{};  // RFC 6578 section 6.4
};

// Error response_malformed: as of parse_xml(), or another document.
[[nodiscard]] Result<Multistatus> parse_multistatus(std::string_view bytes);

// The preconditions that an error names (RFC 4918 section 16): "C:no-uid-conflict" with the href in it. Empty where the body is none.
struct Precondition {
  std::string name, href;
};
[[nodiscard]] std::vector<Precondition> preconditions_of(std::string_view bytes);

// --- requests ---

[[nodiscard]] std::string xml_escaped(std::string_view text);

// <D:propfind> with these properties.
[[nodiscard]] std::string propfind_body(std::span<const std::string_view> names);
// RFC 6578 section 3.2; an empty token asks for everything.
[[nodiscard]] std::string sync_body(std::string_view token, std::span<const std::string_view> names);
// "C:calendar-multiget" or "A:addressbook-multiget" (RFC 4791 section 7.9, RFC 6352 section 8.7).
[[nodiscard]] std::string multiget_body(std::string_view report, std::span<const std::string_view> names, std::span<const std::string> hrefs);
// "C:calendar-query" or "A:addressbook-query" for all that there is.
[[nodiscard]] std::string query_body(std::string_view report, std::span<const std::string_view> names);
// A property with what is in it, as XML.
struct NewProperty {
  std::string name, inner;
};
// `request`: "D:propertyupdate", "C:mkcalendar" (RFC 4791 section 5.3.1) or "D:mkcol" (RFC 5689).
[[nodiscard]] std::string update_body(std::string_view request, std::span<const NewProperty> properties);

}  // namespace godwit::dav
