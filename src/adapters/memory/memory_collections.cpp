// SPDX-License-Identifier: Apache-2.0
#include "adapters/memory/memory_collections.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "base/text.h"

namespace godwit::adapters {
namespace {

using endpoint::Collection;
using endpoint::CollectionProperties;
using endpoint::NewResource;
using endpoint::PutOutcome;
using endpoint::Resource;
using endpoint::ResourceChanges;
using endpoint::ResourceContent;

Error lost() { return {ErrorKind::network, "the connection was lost", {}, {}}; }

class MemorySession final : public endpoint::CollectionTargetSession {
 public:
  explicit MemorySession(MemoryGroupware& account) : account_(account) {
    traits_ = {.server = "memory",
               .caveats = {},
               .warnings = {},
               .kinds = account.kinds,
               .makes_collections = account.makes_collections,
               .item_limit = account.item_limit,
               .batch_items = account.batch_items};
  }

  const endpoint::CollectionTraits& traits() const override { return traits_; }

  Task<Result<endpoint::ServerFacts>> facts() override {
    GODWIT_CO_CHECK(co_await call());
    endpoint::ServerFacts facts;
    facts.software = "memory";
    co_return facts;
  }

  Task<Result<std::vector<Collection>>> collections() override {
    GODWIT_CO_CHECK(co_await call());
    std::vector<Collection> all;
    for (const auto& [name, collection] : account_.collections) {
      all.push_back(collection.is);
      if (account_.tells_states) all.back().state = std::to_string(collection.changed);
    }
    co_return all;
  }

  Task<Result<ResourceChanges>> changes(const Collection& collection, const std::string& since) override {
    GODWIT_CO_CHECK(co_await call());
    MemoryCollection* const own = find(collection);
    if (own == nullptr) co_return fail(ErrorKind::not_found, "the collection is gone");
    const std::uint64_t from = account_.tells_changes ? parse_number<std::uint64_t>(since).value_or(0) : 0;
    ResourceChanges changes;
    changes.is_whole = from == 0;
    for (const auto& [name, resource] : own->resources) {
      if (resource.version > from)
        changes.present.push_back({name, std::to_string(resource.version), resource.is_active, resource.bytes.size()});
    }
    for (const auto& [name, when] : own->gone) {
      if (!changes.is_whole && when > from) changes.gone.push_back(name);
    }
    if (account_.tells_changes) changes.state = std::to_string(account_.changes);
    co_return changes;
  }

  Task<Result<std::vector<Result<ResourceContent>>>> fetch(const Collection& collection, std::span<const std::string> names) override {
    GODWIT_CO_CHECK(co_await call());
    std::vector<Result<ResourceContent>> contents;
    MemoryCollection* const own = find(collection);
    for (const std::string& name : names) {
      const auto found = own == nullptr ? decltype(own->resources.begin()){} : own->resources.find(name);
      if (own == nullptr || found == own->resources.end()) {
        contents.push_back(fail(ErrorKind::not_found, "it is gone"));
      } else if (account_.unreadable.contains(name)) {
        contents.push_back(fail(ErrorKind::refused, "it cannot be read", "500 Internal Server Error"));
      } else {
        ++account_.fetched;
        contents.push_back(ResourceContent{name, std::to_string(found->second.version), found->second.bytes, found->second.is_active});
      }
    }
    co_return contents;
  }

  Task<Result<Collection>> create(const endpoint::NewCollection& wanted) override {
    GODWIT_CO_CHECK(co_await call());
    if (!account_.makes_collections) co_return fail(ErrorKind::refused, "no collections are made here");
    std::string name = wanted.short_name;
    for (int i = 2; account_.collections.contains(name); ++i) name = fmt::format("{}-{}", wanted.short_name, i);
    MemoryCollection& made = account_.collection(name, wanted.kind);
    made.is.properties = wanted.properties;
    GODWIT_CO_CHECK(answered());
    co_return made.is;
  }

  Task<Result<std::vector<std::string>>> change_properties(const Collection& collection, const CollectionProperties& properties) override {
    GODWIT_CO_CHECK(co_await call());
    MemoryCollection* const own = find(collection);
    if (own == nullptr) co_return fail(ErrorKind::not_found, "the collection is gone");
    own->is.properties = properties;
    own->changed = ++account_.changes;
    GODWIT_CO_CHECK(answered());
    co_return std::vector<std::string>{};
  }

  Task<Result<std::vector<PutOutcome>>> put(const Collection& collection, std::span<const NewResource> resources) override {
    GODWIT_CO_CHECK(co_await call());
    MemoryCollection* const own = find(collection);
    if (own == nullptr) co_return fail(ErrorKind::not_found, "the collection is gone");
    std::vector<PutOutcome> outcomes;
    for (const NewResource& resource : resources) {
      if (is_losing_ && outcomes.size() == account_.lost_behind.value_or(0)) break;
      outcomes.push_back(put_one(*own, resource));
    }
    GODWIT_CO_CHECK(answered());
    co_return outcomes;
  }

  Task<Result<std::vector<Result<>>>> remove(const Collection& collection, std::span<const Resource> resources) override {
    GODWIT_CO_CHECK(co_await call());
    MemoryCollection* const own = find(collection);
    std::vector<Result<>> results;
    for (const Resource& resource : resources) {
      if (is_losing_ && results.size() == account_.lost_behind.value_or(0)) break;
      const auto found = own == nullptr ? decltype(own->resources.begin()){} : own->resources.find(resource.name);
      const bool is_there = own != nullptr && found != own->resources.end();
      if (is_there && !resource.version.empty() && std::to_string(found->second.version) != resource.version) {
        results.push_back(fail(ErrorKind::refused, "it was changed", "412 Precondition Failed"));
        continue;
      }
      if (is_there) account_.remove(collection.name, resource.name);
      results.emplace_back();
    }
    GODWIT_CO_CHECK(answered());
    co_return results;
  }

  Task<Result<>> remove_collection(const Collection& collection) override {
    GODWIT_CO_CHECK(co_await call());
    MemoryCollection* const own = find(collection);
    if (own != nullptr && (!own->resources.empty() || !account_.removes_collections)) co_return fail(ErrorKind::refused, "it is not empty");
    account_.collections.erase(collection.name);
    co_return answered();
  }

  void close() override { is_over_ = true; }

 private:
  // Others on the thread get their turn first, as with a real connection.
  Task<Result<>> call() {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    if (is_over_) co_return std::unexpected(lost());
    ++account_.calls;
    if (account_.on_call) account_.on_call();
    is_losing_ = account_.lose_session_at != 0 && --account_.lose_session_at == 0;
    is_over_ = is_losing_;
    if (is_losing_ && !account_.lost_behind) co_return std::unexpected(lost());
    co_return Result<>{};
  }
  [[nodiscard]] Result<> answered() const {
    if (is_losing_) return std::unexpected(lost());
    return {};
  }
  MemoryCollection* find(const Collection& collection) {
    const auto found = account_.collections.find(collection.name);
    return found == account_.collections.end() ? nullptr : &found->second;
  }

  PutOutcome put_one(MemoryCollection& own, const NewResource& resource) {
    using Kind = PutOutcome::Kind;
    ++account_.puts;
    const std::string bytes(resource.bytes);
    if (account_.refuses && account_.refuses(bytes)) {
      return {.kind = Kind::refused,
              .name = {},
              .version = {},
              .error = Error{ErrorKind::refused, "the server refused it", "403 Forbidden", {}}};
    }
    const std::string name = resource.name.empty() ? resource.uid + ".item" : resource.name;
    const auto there = own.resources.find(name);
    if (!resource.name.empty() && (there == own.resources.end() || std::to_string(there->second.version) != resource.version)) {
      return {.kind = Kind::changed, .name = name, .version = {}};
    }
    if (const std::string other = in_the_way(own, resource, name); resource.name.empty() && !other.empty()) {
      return {.kind = Kind::exists, .name = account_.tells_where ? other : std::string(), .version = {}};
    }
    account_.set(own.is.name, name, account_.alter ? account_.alter(bytes) : bytes, resource.is_active);
    return {.kind = Kind::stored, .name = name, .version = account_.tells_versions ? std::to_string(account_.changes) : std::string()};
  }
  [[nodiscard]] std::string in_the_way(const MemoryCollection& own, const NewResource& resource, const std::string& name) const {
    if (own.resources.contains(name)) return name;
    if (!account_.checks_uids || !account_.uid_of) return {};
    const auto other =
        std::ranges::find_if(own.resources, [&](const auto& each) { return account_.uid_of(each.second.bytes) == resource.uid; });
    return other == own.resources.end() ? std::string() : other->first;
  }

  MemoryGroupware& account_;
  endpoint::CollectionTraits traits_;
  bool is_over_ = false, is_losing_ = false;
};

class MemorySource final : public endpoint::CollectionSource {
 public:
  explicit MemorySource(MemoryGroupware& account) : account_(account) {}
  std::string identity() const override { return account_.host + "/source"; }
  Task<Result<std::unique_ptr<endpoint::CollectionSession>>> connect() override { co_return std::make_unique<MemorySession>(account_); }

 private:
  MemoryGroupware& account_;
};

class MemoryTarget final : public endpoint::CollectionTarget {
 public:
  explicit MemoryTarget(MemoryGroupware& account) : account_(account) {}
  std::string identity() const override { return account_.host + "/target"; }
  std::string host() const override { return account_.host; }
  Task<Result<std::unique_ptr<endpoint::CollectionTargetSession>>> connect() override {
    co_return std::make_unique<MemorySession>(account_);
  }

 private:
  MemoryGroupware& account_;
};

}  // namespace

MemoryCollection& MemoryGroupware::collection(const std::string& name, CollectionKind kind) {
  const auto [place, is_new] = collections.try_emplace(name);
  if (is_new) {
    place->second.is.name = place->second.is.short_name = name;
    place->second.is.kind = kind;
    place->second.changed = ++changes;
  }
  return place->second;
}

void MemoryGroupware::set(const std::string& collection_name, const std::string& name, std::string bytes, bool is_active) {
  MemoryCollection& own = collection(collection_name);
  own.changed = ++changes;
  own.resources[name] = {std::move(bytes), changes, is_active};
  own.gone.erase(name);
}

void MemoryGroupware::remove(const std::string& collection_name, const std::string& name) {
  MemoryCollection& own = collection(collection_name);
  if (own.resources.erase(name) == 0) return;
  own.changed = ++changes;
  own.gone[name] = changes;
}

std::unique_ptr<endpoint::CollectionSource> make_memory_collections(MemoryGroupware& account) {
  return std::make_unique<MemorySource>(account);
}
std::unique_ptr<endpoint::CollectionTarget> make_memory_collection_target(MemoryGroupware& account) {
  return std::make_unique<MemoryTarget>(account);
}

}  // namespace godwit::adapters
