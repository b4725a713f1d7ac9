// SPDX-License-Identifier: Apache-2.0
#include "adapters/dav/properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "adapters/dav/names.h"
#include "base/text.h"
#include "dav/href.h"

namespace godwit::adapters {
namespace {

using endpoint::Identity;
using endpoint::Right;
using endpoint::Rights;

constexpr std::array<std::pair<std::string_view, ItemKind>, 3> components{
    {{"VEVENT", ItemKind::event}, {"VTODO", ItemKind::task}, {"VJOURNAL", ItemKind::journal}}};

bool has_child(const dav::Member& member, std::string_view property, std::string_view child) {
  const dav::Element* const found = member.property(property);
  return found != nullptr && found->child(child) != nullptr;
}

// "3", "3.5" as some write it; nothing where it is no number.
std::optional<int> order_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  constexpr double most = 2'000'000'000;
  if (end == text.c_str() || !(number >= -most && number <= most)) return std::nullopt;
  return static_cast<int>(number);
}

// The rights that a privilege means (RFC 3744 section 3).
Rights rights_of(std::string_view privilege) {
  constexpr Rights read{Right::see, Right::read};
  constexpr Rights write{Right::insert, Right::change_flags, Right::mark_deleted, Right::expunge};
  if (privilege == "D:all") return read | write | Rights{Right::administer, Right::keep_seen};
  if (privilege == "D:read") return read;
  if (privilege == "D:write") return write;
  if (privilege == "D:write-content") return {Right::change_flags};
  if (privilege == "D:bind") return {Right::insert};
  if (privilege == "D:unbind") return {Right::mark_deleted, Right::expunge};
  if (privilege == "D:write-acl") return {Right::administer};
  return {};
}

std::optional<Identity> identity_of(const dav::Element& principal) {
  if (principal.child("D:all") != nullptr) return Identity{Identity::Kind::anyone};
  if (principal.child("D:authenticated") != nullptr) return Identity{Identity::Kind::authenticated};
  if (principal.child("D:unauthenticated") != nullptr) return Identity{Identity::Kind::anonymous};
  const std::string href = principal.href();
  if (href.empty()) return std::nullopt;  // the owner, and others that stand for somebody
  const bool is_group = href.contains("/group/") || href.contains("/groups/");
  return Identity{is_group ? Identity::Kind::group : Identity::Kind::user, dav::decoded_segment(dav::last_segment(href))};
}

}  // namespace

std::vector<std::string_view> collection_properties() {
  return {"D:resourcetype", "D:displayname", "D:sync-token", "D:supported-report-set", "D:current-user-privilege-set", "D:owner", "D:acl",
          "C:calendar-description", "C:calendar-timezone", "C:supported-calendar-component-set", "C:schedule-calendar-transp",
          "C:schedule-default-calendar-URL", "C:max-resource-size", "A:addressbook-description", "A:max-resource-size", "CS:getctag",
          "CS:source", "I:calendar-color", "I:calendar-order", "AB:addressbook-color"};
}

std::optional<CollectionKind> kind_of(const dav::Member& member) {
  // A calendar that the server only subscribes to holds nothing of its own.
  if (has_child(member, "D:resourcetype", "CS:subscribed") || member.property("CS:source") != nullptr) return std::nullopt;
  if (has_child(member, "D:resourcetype", "C:calendar")) return CollectionKind::calendar;
  if (has_child(member, "D:resourcetype", "A:addressbook")) return CollectionKind::address_book;
  return std::nullopt;
}

std::string normal_color(std::string_view text) {
  if (!text.starts_with('#')) return {};
  text.remove_prefix(1);
  const bool is_hex = std::ranges::all_of(text, [](char c) { return std::string_view("0123456789abcdef").contains(ascii_lower(c)); });
  if (!is_hex || (text.size() != 3 && text.size() != 6 && text.size() != 8)) return {};
  std::string six(text.substr(0, std::min<std::size_t>(text.size(), 6)));
  if (six.size() == 3) six = {six[0], six[0], six[1], six[1], six[2], six[2]};
  return "#" + to_upper(six);
}

endpoint::CollectionProperties properties_of(const dav::Member& member, CollectionKind kind) {
  endpoint::CollectionProperties properties;
  const bool is_calendar = kind == CollectionKind::calendar;
  properties.display_name = member.trimmed("D:displayname");
  properties.description = member.text(is_calendar ? "C:calendar-description" : "A:addressbook-description");
  properties.color = normal_color(member.trimmed(is_calendar ? "I:calendar-color" : "AB:addressbook-color"));
  properties.order = order_of(member.trimmed("I:calendar-order"));
  if (!is_calendar) return properties;
  if (const std::string zone = member.trimmed("C:calendar-timezone"); !zone.empty()) properties.time_zone = with_crlf(zone + "\n");
  properties.is_transparent = has_child(member, "C:schedule-calendar-transp", "C:transparent");
  if (const dav::Element* const set = member.property("C:supported-calendar-component-set")) {
    for (const dav::Element& each : set->children) {
      const auto name = each.attributes.find("name");
      const auto* const known = name == each.attributes.end() ? components.end() : std::ranges::find(components, name->second, &std::pair<std::string_view, ItemKind>::first);
      if (known != components.end()) properties.components.insert(known->second);
    }
  }
  if (properties.components.size() == components.size()) properties.components.clear();
  return properties;
}

bool is_writable(const dav::Member& member) {
  const dav::Element* const set = member.property("D:current-user-privilege-set");
  if (set == nullptr) return true;
  return std::ranges::any_of(set->children, [](const dav::Element& privilege) {
    return std::ranges::any_of(privilege.children, [](const dav::Element& one) {
      return one.name == "D:all" || one.name == "D:write" || one.name == "D:bind" || one.name == "D:write-content";
    });
  });
}

endpoint::Access access_of(const dav::Member& member, std::string_view owner) {
  endpoint::Access access;
  const dav::Element* const acl = member.property("D:acl");
  if (acl == nullptr) return access;
  for (const dav::Element& entry : acl->children) {
    const dav::Element* const principal = entry.child("D:principal");
    const dav::Element* const grant = entry.child("D:grant");
    const dav::Element* const told = grant != nullptr ? grant : entry.child("D:deny");
    const auto who = principal == nullptr ? std::nullopt : identity_of(*principal);
    if (!who || told == nullptr || who->name == owner) continue;
    Rights rights;
    for (const dav::Element& privilege : told->children) {
      for (const dav::Element& one : privilege.children) rights = rights | rights_of(one.name);
    }
    if (rights.empty()) continue;
    Rights& had = access[{*who, grant == nullptr}];
    had = had | rights;
  }
  return access;
}

std::vector<NamedProperty> to_webdav(const endpoint::CollectionProperties& properties, CollectionKind kind, bool is_new) {
  const bool is_calendar = kind == CollectionKind::calendar;
  std::vector<NamedProperty> all;
  const auto add = [&](std::string_view called, std::string name, const std::string& text) {
    if (!text.empty()) all.push_back({called, {std::move(name), dav::xml_escaped(text)}});
  };
  add("name", "D:displayname", properties.display_name);
  add("description", is_calendar ? "C:calendar-description" : "A:addressbook-description", properties.description);
  add("colour", is_calendar ? "I:calendar-color" : "AB:addressbook-color", properties.color);
  if (!is_calendar) return all;
  if (properties.order) add("order", "I:calendar-order", std::to_string(*properties.order));
  add("time zone", "C:calendar-timezone", properties.time_zone);
  if (properties.is_transparent || !is_new) {
    all.push_back({"whether it makes its owner busy",
                   {"C:schedule-calendar-transp", properties.is_transparent ? "<C:transparent/>" : "<C:opaque/>"}});
  }
  if (!is_new || properties.components.empty()) return all;
  std::string set;
  for (const auto& [name, component] : components) {
    if (properties.components.contains(component)) set += fmt::format("<C:comp name=\"{}\"/>", name);
  }
  all.push_back({"kinds of items", {"C:supported-calendar-component-set", set}});
  return all;
}

}  // namespace godwit::adapters
