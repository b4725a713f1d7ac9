// SPDX-License-Identifier: Apache-2.0
// The seam between the engine and every system that holds items other than messages: calendars, address books, filters. An item is a
// resource: a small document that may be changed in place, known by its name in its collection; it has a version, a new one with
// each change. A session is one account's, used by one thread, one call at a time; what it asks of its server at once is its own affair.
//
// Errors of kind network, timeout, tls, syntax and unavailable mean that the session is over; all others leave it usable.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/item_kind.h"
#include "base/task.h"
#include "endpoint/extras.h"
#include "endpoint/server_facts.h"

namespace godwit::endpoint {

// What people see of a collection besides its items. Empty or absent: the source does not say.
struct CollectionProperties {
  std::string display_name, description;
  std::string color;               // "#RRGGBB", capital letters, without transparency
  std::optional<int> order;        // among the others of its kind
  std::string time_zone;           // a VCALENDAR with one VTIMEZONE
  std::set<ItemKind> components;   // that it may hold; empty: all of its kind
  bool is_transparent = false;     // its events do not make their owner busy (RFC 6638 section 9.1)
  friend bool operator==(const CollectionProperties&, const CollectionProperties&) = default;
};

struct Collection {
  std::string name;        // in the endpoint's own form; opaque to everybody else, and the same for ever
  std::string short_name;  // its last part, for a target to be called after: "work"
  CollectionKind kind = CollectionKind::calendar;
  bool is_default = false;  // where new items of that kind go, and invitations
  bool is_writable = true;
  bool is_shared = false;   // somebody else's, shown to this account
  CollectionProperties properties;
  std::string state;  // equal: nothing happened in it; empty: not told
  Access access{};    // of others, where the system tells
};

struct Resource {
  std::string name;        // in its collection, in the endpoint's own form
  std::string version;     // equal: the same content. An etag, a digest, a time with a size
  bool is_active = false;  // of filters: the one that is at work
  std::uint64_t size = 0;  // 0: not told
  friend bool operator==(const Resource&, const Resource&) = default;
};

// What happened in a collection since a state. Each name comes once.
struct ResourceChanges {
  std::vector<Resource> present;  // new or changed; everything that is there, where it is_whole
  std::vector<std::string> gone;  // empty where it is_whole
  bool is_whole = false;          // the state was empty or forgotten: this is a listing of all
  std::string state;              // to ask from the next time; empty: none, and the next time is whole again
};

struct ResourceContent {
  std::string name, version;
  std::string bytes;
  bool is_active = false;
};

struct CollectionTraits {
  std::string server;               // for people
  std::vector<std::string> caveats; // what the system cannot tell or keep, sentences for reports
  std::vector<std::string> warnings;// what the operator has to know of this connection
  std::set<CollectionKind> kinds;   // that it has
  bool makes_collections = false;
  bool renames_uids = false;        // it may give items other UIDs
  std::optional<std::uint64_t> item_limit{};  // largest item in bytes
  std::size_t batch_items = 1;      // how many one fetch() or put() should have to be fast
};

class CollectionSession {
 public:
  virtual ~CollectionSession() = default;
  [[nodiscard]] virtual const CollectionTraits& traits() const = 0;
  [[nodiscard]] virtual Task<Result<ServerFacts>> facts() = 0;
  [[nodiscard]] virtual Task<Result<std::vector<Collection>>> collections() = 0;
  // Error not_found: the collection is gone.
  [[nodiscard]] virtual Task<Result<ResourceChanges>> changes(const Collection& collection, const std::string& since) = 0;
  // One for each name, in order. Errors in their places: not_found, it is gone; refused, it cannot be read, and why.
  [[nodiscard]] virtual Task<Result<std::vector<Result<ResourceContent>>>> fetch(const Collection& collection,
                                                                               std::span<const std::string> names) = 0;
  virtual void close() = 0;
};

struct NewCollection {
  CollectionKind kind = CollectionKind::calendar;
  std::string short_name;  // a proposal; the target alters it where it cannot hold it, or where it is taken
  CollectionProperties properties;
};

struct NewResource {
  std::string uid;      // of the item: the target makes a name of it, the same for ever
  std::string name;     // to be replaced; empty: it must not be there yet
  std::string version;  // that is replaced; a change in between is no error of the session: Outcome::changed
  std::string_view bytes;
  bool is_active = false;
};

struct PutOutcome {
  enum class Kind : std::uint8_t {
    stored,   // the server said so
    exists,   // one with this name or UID is there already: `name` says which, where the server told
    changed,  // somebody changed or removed what was to be replaced
    refused,
  };
  Kind kind = Kind::stored;
  std::string name, version;  // of what is there now; version empty: not told (it may have been altered)
  Error error{};              // when refused
  std::string warning{};      // what people have to know of what was stored; empty: nothing
};

class CollectionTargetSession : public CollectionSession {
 public:
  [[nodiscard]] virtual Task<Result<Collection>> create(const NewCollection& collection) = 0;
  // Those of them that the target cannot keep are named in the answer, as people call them.
  [[nodiscard]] virtual Task<Result<std::vector<std::string>>> change_properties(const Collection& collection,
                                                                               const CollectionProperties& properties) = 0;
  // One for each, in order; the server sends no mail because of it, where it has a way not to.
  // Error instead of it: the session is over, and each of them is in doubt: stored, or not.
  [[nodiscard]] virtual Task<Result<std::vector<PutOutcome>>> put(const Collection& collection, std::span<const NewResource> resources) = 0;
  // Of others, as it is to be. Those entries that the target cannot give are named in the answer, with the reason: "bob: read (…)".
  [[nodiscard]] virtual Task<Result<std::vector<std::string>>> change_access(const Collection& collection, const Access& access);
  // An empty one. Error `refused`: the target cannot, or there is something in it.
  [[nodiscard]] virtual Task<Result<>> remove_collection(const Collection& collection);
  // Of those that are still of these versions (Resource::version empty: of any). One for each: done or gone already, or why not.
  [[nodiscard]] virtual Task<Result<std::vector<Result<>>>> remove(const Collection& collection, std::span<const Resource> resources) = 0;
};

class CollectionSource {
 public:
  virtual ~CollectionSource() = default;
  [[nodiscard]] virtual std::string identity() const = 0;  // the same for the same account, for ever; key of the ledger
  [[nodiscard]] virtual Task<Result<std::unique_ptr<CollectionSession>>> connect() = 0;
};

class CollectionTarget {
 public:
  virtual ~CollectionTarget() = default;
  [[nodiscard]] virtual std::string identity() const = 0;
  [[nodiscard]] virtual std::string host() const = 0;  // "davs://dav.example.com:443"
  [[nodiscard]] virtual Task<Result<std::unique_ptr<CollectionTargetSession>>> connect() = 0;
};

}  // namespace godwit::endpoint
