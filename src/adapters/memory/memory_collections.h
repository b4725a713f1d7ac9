// SPDX-License-Identifier: Apache-2.0
// Calendars, address books and filters in memory, as source and as target: the reference that their engine is tested against. It can
// fail at any call, before or after the call took effect.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "endpoint/collections.h"

namespace godwit::adapters {

struct MemoryResource {
  std::string bytes;
  std::uint64_t version = 0;  // of the account's changes the one that made it so
  bool is_active = false;
};

struct MemoryCollection {
  endpoint::Collection is;  // without its state
  std::map<std::string, MemoryResource> resources;
  std::map<std::string, std::uint64_t> gone;  // by which change
  std::uint64_t changed = 1;
};

// One account on one server. Shared by its sessions; used by one thread.
struct MemoryGroupware {
  std::string host = "memory";
  std::map<std::string, MemoryCollection> collections;
  std::uint64_t changes = 1;  // of everything
  bool tells_states = true;   // of collections, in their listing
  bool tells_changes = true;  // since a state; else each answer is whole
  bool tells_versions = true; // of what was put
  bool tells_where = true;    // that which is in the way of a new item is
  bool checks_uids = true;    // refuses a second item of one UID, whatever its name
  bool makes_collections = true;
  bool removes_collections = true;
  std::set<CollectionKind> kinds{CollectionKind::calendar, CollectionKind::address_book, CollectionKind::filters};
  std::size_t batch_items = 10;
  std::optional<std::uint64_t> item_limit;
  std::set<std::string> unreadable;  // names of resources that are listed and not given
  std::function<std::string(const std::string& bytes)> uid_of;  // needed where UIDs are checked
  std::function<bool(const std::string& bytes)> refuses;        // what it does not take
  std::function<std::string(const std::string& bytes)> alter;   // what it makes of what it stores
  std::function<void()> on_call;                                // at every call, before it takes effect: what people do meanwhile

  // The n-th call from now on loses the session, 1 being the next; 0: none.
  std::uint64_t lose_session_at = 0;
  std::optional<std::size_t> lost_behind{};  // the lost call took effect; a put or a removal on so many of its items
  std::uint64_t calls = 0, fetched = 0, puts = 0;

  // As people do it. The collection is made where it is not there.
  MemoryCollection& collection(const std::string& name, CollectionKind kind = CollectionKind::calendar);
  void set(const std::string& collection, const std::string& name, std::string bytes, bool is_active = false);
  void remove(const std::string& collection, const std::string& name);
};

[[nodiscard]] std::unique_ptr<endpoint::CollectionSource> make_memory_collections(MemoryGroupware& account);
[[nodiscard]] std::unique_ptr<endpoint::CollectionTarget> make_memory_collection_target(MemoryGroupware& account);

}  // namespace godwit::adapters
