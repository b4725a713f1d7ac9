// SPDX-License-Identifier: Apache-2.0
// What there is besides mail.
#pragma once

#include <cstdint>
#include <string_view>

namespace godwit {

enum class CollectionKind : std::uint8_t { calendar = 0, address_book = 1, filters = 2 };
[[nodiscard]] constexpr std::string_view name_of(CollectionKind kind) {
  switch (kind) {
    case CollectionKind::calendar: return "calendar";
    case CollectionKind::address_book: return "address book";
    case CollectionKind::filters: return "filters";
  }
  return "";
}

enum class ItemKind : std::uint8_t { event = 0, task = 1, journal = 2, contact = 3, filter = 4 };
[[nodiscard]] constexpr std::string_view name_of(ItemKind kind) {
  switch (kind) {
    case ItemKind::event: return "event";
    case ItemKind::task: return "task";
    case ItemKind::journal: return "journal";
    case ItemKind::contact: return "contact";
    case ItemKind::filter: return "filter";
  }
  return "";
}

}  // namespace godwit
