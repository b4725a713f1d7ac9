// SPDX-License-Identifier: Apache-2.0
#include "dav/xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <pugixml.hpp>
#include <utility>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::dav {
namespace {

constexpr std::size_t deepest = 64, most_tags = 4'000'000;

struct Namespace {
  std::string_view prefix, uri;
};
constexpr std::array namespaces{Namespace{"D", "DAV:"},
                                Namespace{"C", "urn:ietf:params:xml:ns:caldav"},
                                Namespace{"A", "urn:ietf:params:xml:ns:carddav"},
                                Namespace{"CS", "http://calendarserver.org/ns/"},
                                Namespace{"I", "http://apple.com/ns/ical/"},
                                Namespace{"AB", "http://inf-it.com/ns/ab/"}};

std::unexpected<Error> malformed(std::string what) { return fail(codes::response_malformed, "the answer is no XML of WebDAV: " + what); }

// Prefixes that are declared where one is, the innermost last.
using Scope = std::vector<std::pair<std::string, std::string>>;

std::string full_name(std::string_view written, const Scope& scope) {
  const auto colon = written.find(':');
  const std::string_view prefix = colon == std::string_view::npos ? std::string_view() : written.substr(0, colon);
  const std::string_view local = colon == std::string_view::npos ? written : written.substr(colon + 1);
  const auto declared = std::ranges::find(scope.rbegin(), scope.rend(), prefix, &Scope::value_type::first);
  const auto known = declared == scope.rend() ? namespaces.end() : std::ranges::find(namespaces, declared->second, &Namespace::uri);
  return fmt::format("{}:{}", known == namespaces.end() ? "?" : known->prefix, local);
}

void declare(const pugi::xml_node& node, Scope& scope) {
  for (const pugi::xml_attribute& attribute : node.attributes()) {
    const std::string_view name = attribute.name();
    if (name == "xmlns") scope.emplace_back("", attribute.value());
    else if (name.starts_with("xmlns:")) scope.emplace_back(name.substr(6), attribute.value());
  }
}

Result<Element> element_of(const pugi::xml_node& node, Scope& scope, std::size_t depth) {
  if (depth > deepest) return malformed(fmt::format("it is nested more than {} levels deep", deepest));
  const std::size_t outside = scope.size();
  declare(node, scope);
  Element element{.name = full_name(node.name(), scope), .text = {}};
  for (const pugi::xml_attribute& attribute : node.attributes()) {
    const std::string_view name = attribute.name();
    if (!name.contains(':') && name != "xmlns") element.attributes.emplace(name, attribute.value());
  }
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() == pugi::node_element) {
      GODWIT_TRY(Element inner, element_of(child, scope, depth + 1));
      element.children.push_back(std::move(inner));
    } else if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
      element.text += child.value();
    }
  }
  scope.resize(outside);
  return element;
}

std::string_view trimmed_view(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto begin = text.find_first_not_of(blanks);
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// "HTTP/1.1 404 Not Found": 404; what cannot be read is 500.
int status_of(std::string_view line) {
  line = trimmed_view(line);
  const auto blank = line.find(' ');
  const auto number = blank == std::string_view::npos ? std::nullopt : parse_number<unsigned>(line.substr(blank + 1, 3));
  return number ? static_cast<int>(*number) : 500;
}

bool is_success(int status) { return status >= 200 && status < 300; }

void take_properties(Element& propstat, Member& member) {
  const Element* const status = propstat.child("D:status");
  const int code = status == nullptr ? 200 : status_of(status->text);
  for (Element& part : propstat.children) {
    if (part.name != "D:prop") continue;
    for (Element& property : part.children) {
      const std::string name = property.name;
      if (is_success(code)) member.properties.insert_or_assign(name, std::move(property));
      else member.refused.insert_or_assign(name, code);
    }
  }
}

// Several hrefs may share one status (RFC 4918 section 14.24).
void take_response(Element& response, std::vector<Member>& members) {
  Member member{.href = {}};
  std::vector<std::string> hrefs;
  for (Element& part : response.children) {
    if (part.name == "D:href") hrefs.emplace_back(trimmed_view(part.text));
    else if (part.name == "D:status") member.status = status_of(part.text);
    else if (part.name == "D:propstat") take_properties(part, member);
  }
  for (std::string& href : hrefs) {
    members.push_back(member);
    members.back().href = std::move(href);
  }
}

std::string declarations() {
  std::string text;
  for (const Namespace& each : namespaces) text += fmt::format(" xmlns:{}=\"{}\"", each.prefix, each.uri);
  return text;
}

// The whole document: an element with that inside.
std::string document(std::string_view root, std::string_view inner) {
  static const std::string declared = declarations();
  return fmt::format("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<{0}{1}>{2}</{0}>", root, declared, inner);
}

std::string prop_element(std::span<const std::string_view> names) {
  std::string text = "<D:prop>";
  for (const std::string_view name : names) text += fmt::format("<{}/>", name);
  return text + "</D:prop>";
}

}  // namespace

const Element* Element::child(std::string_view wanted) const {
  const auto hit = std::ranges::find(children, wanted, &Element::name);
  return hit == children.end() ? nullptr : &*hit;
}

std::string Element::href() const {
  const Element* const inner = child("D:href");
  return inner == nullptr ? std::string() : std::string(trimmed_view(inner->text));
}

const Element* Member::property(std::string_view name) const {
  const auto hit = properties.find(std::string(name));
  return hit == properties.end() ? nullptr : &hit->second;
}

std::string Member::text(std::string_view name) const {
  const Element* const found = property(name);
  return found == nullptr ? std::string() : found->text;
}

std::string Member::trimmed(std::string_view name) const { return std::string(trimmed_view(text(name))); }

Result<Element> parse_xml(std::string_view bytes) {
  if (static_cast<std::size_t>(std::ranges::count(bytes, '<')) > most_tags) return malformed("it has more than 4 million tags");
  pugi::xml_document parsed;
  // Line ends stay as they are: what is inside is calendars and cards.
  constexpr unsigned options = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_doctype;
  const pugi::xml_parse_result result = parsed.load_buffer(bytes.data(), bytes.size(), options);
  if (!result) return malformed(fmt::format("{} at byte {}", result.description(), result.offset));
  pugi::xml_node root;
  for (const pugi::xml_node& node : parsed.children()) {
    if (node.type() == pugi::node_doctype) return malformed("it has a DTD");
    if (node.type() == pugi::node_element) root = node;
  }
  if (!root) return malformed("it is empty");
  Scope scope;
  return element_of(root, scope, 1);
}

Result<Multistatus> parse_multistatus(std::string_view bytes) {
  GODWIT_TRY(Element root, parse_xml(bytes));
  if (root.name != "D:multistatus") return malformed("it is a " + printable(root.name));
  Multistatus all;
  for (Element& part : root.children) {
    if (part.name == "D:response") take_response(part, all.members);
    else if (part.name == "D:sync-token") all.sync_token = trimmed_view(part.text);
  }
  return all;
}

std::vector<Precondition> preconditions_of(std::string_view bytes) {
  const auto root = parse_xml(bytes);
  if (!root || root->name != "D:error") return {};
  std::vector<Precondition> found;
  for (const Element& each : root->children) found.push_back({each.name, each.href()});
  return found;
}

std::string xml_escaped(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    if (c == '<') escaped += "&lt;";
    else if (c == '>') escaped += "&gt;";
    else if (c == '&') escaped += "&amp;";
    else if (c == '"') escaped += "&quot;";
    else if (c == '\r') escaped += "&#13;";  // else the other side drops it (XML 1.0 section 2.11)
    else if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') escaped += c;
  }
  return escaped;
}

std::string propfind_body(std::span<const std::string_view> names) { return document("D:propfind", prop_element(names)); }

std::string sync_body(std::string_view token, std::span<const std::string_view> names) {
  return document("D:sync-collection", fmt::format("<D:sync-token>{}</D:sync-token><D:sync-level>1</D:sync-level>{}", xml_escaped(token),
                                                   prop_element(names)));
}

std::string multiget_body(std::string_view report, std::span<const std::string_view> names, std::span<const std::string> hrefs) {
  std::string inner = prop_element(names);
  for (const std::string& href : hrefs) inner += fmt::format("<D:href>{}</D:href>", xml_escaped(href));
  return document(report, inner);
}

std::string query_body(std::string_view report, std::span<const std::string_view> names) {
  const char* const filter = report == "C:calendar-query" ? "<C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter>"
                                                          : "<A:filter><A:prop-filter name=\"UID\"/></A:filter>";
  return document(report, prop_element(names) + filter);
}

std::string update_body(std::string_view request, std::span<const NewProperty> properties) {
  std::string inner = "<D:set><D:prop>";
  for (const NewProperty& each : properties) inner += fmt::format("<{0}>{1}</{0}>", each.name, each.inner);
  return document(request, inner + "</D:prop></D:set>");
}

}  // namespace godwit::dav
