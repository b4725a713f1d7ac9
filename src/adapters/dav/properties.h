// SPDX-License-Identifier: Apache-2.0
// What people see of a collection, between the seam and the properties of WebDAV. No I/O. Only for this folder.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dav/xml.h"
#include "endpoint/collections.h"

namespace godwit::adapters {

// What a listing of collections asks for.
[[nodiscard]] std::vector<std::string_view> collection_properties();

// A calendar or an address book; nothing for what is none: inboxes, outboxes, notifications, homes.
[[nodiscard]] std::optional<CollectionKind> kind_of(const dav::Member& member);

[[nodiscard]] endpoint::CollectionProperties properties_of(const dav::Member& member, CollectionKind kind);

// What may be written, whom the server shows as others (RFC 3744 section 5.5).
[[nodiscard]] bool is_writable(const dav::Member& member);
[[nodiscard]] endpoint::Access access_of(const dav::Member& member, std::string_view owner);

// A property of ours as one of WebDAV, with what people call it.
struct NamedProperty {
  std::string_view called;  // "colour"
  dav::NewProperty property;
};
// Those that are set. `is_new`: with the components, which nobody can change afterwards.
[[nodiscard]] std::vector<NamedProperty> to_webdav(const endpoint::CollectionProperties& properties, CollectionKind kind, bool is_new);

// "#RRGGBB" of "#rrggbbaa" and "#rgb"; empty where it is something else.
[[nodiscard]] std::string normal_color(std::string_view text);

}  // namespace godwit::adapters
