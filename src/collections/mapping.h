// SPDX-License-Identifier: Apache-2.0
// Which collection of the target a collection of the source goes to, and what becomes of its properties: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "endpoint/collections.h"
#include "ledger/collections.h"

namespace godwit::collections {

struct Place {
  std::size_t source = 0;                // index
  std::optional<std::size_t> target;     // index; nothing: it has to be made, or cannot be
  std::optional<endpoint::NewCollection> to_make;
  std::string fault;  // why it has no place, with what to do; empty: it has one
};

// One for each collection that is to be moved, in the source's order: shared ones of others are left out. By the ledger; else default to
// default; else by kind and name; else it is made under a name that no other has. No two go to one.
[[nodiscard]] std::vector<Place> map_collections(std::span<const endpoint::Collection> sources,
                                                 std::span<const endpoint::Collection> targets,
                                                 std::span<const ledger::CollectionRecord> records,
                                                 const endpoint::CollectionTraits& target);

[[nodiscard]] std::string display_name_of(const endpoint::Collection& collection);

// What has to be set on the target: what the source changed since `synced` and nobody changed there. Nothing: nothing.
// `synced` nothing: the collection was only found there, and what it has stays; made: it has all of it.
[[nodiscard]] std::optional<endpoint::CollectionProperties> merge_properties(const endpoint::CollectionProperties& source,
                                                                           const std::optional<endpoint::CollectionProperties>& synced,
                                                                           const endpoint::CollectionProperties& target);

// CollectionRecord::extras: the properties of the source and the rights that were last brought.
struct SyncedExtras {
  std::optional<endpoint::CollectionProperties> properties;
  std::string access;  // its text
  friend bool operator==(const SyncedExtras&, const SyncedExtras&) = default;
};
[[nodiscard]] std::string to_text(const SyncedExtras& extras);
[[nodiscard]] SyncedExtras parse_extras(std::string_view text);  // empty where the text is none
[[nodiscard]] std::string to_text(const endpoint::Access& access);

}  // namespace godwit::collections
