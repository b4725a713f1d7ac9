// SPDX-License-Identifier: Apache-2.0
#include "cli/collections.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>

#include "base/error_code.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/filters.h"
#include "cli/long_run.h"
#include "cli/password.h"

namespace godwit::cli {
namespace {

struct Counted {
  endpoint::Collection collection;
  std::size_t items = 0;
  std::uint64_t bytes = 0;
  std::optional<Error> error{};  // why it cannot be listed
  std::vector<FilterReport> filters{};  // where it holds them
};

struct Taken {
  endpoint::CollectionTraits traits;
  endpoint::ServerFacts facts;
  std::vector<Counted> collections;
};

Task<Result<Taken>> take(endpoint::CollectionSource& source, const std::atomic<bool>& stop) {
  GODWIT_CO_TRY(const auto session, co_await source.connect());
  Taken taken;
  GODWIT_CO_TRY(taken.facts, co_await session->facts());
  GODWIT_CO_TRY(auto all, co_await session->collections());
  for (endpoint::Collection& each : all) {
    if (stop) co_return fail(codes::stopped, "stopped by order");
    Counted counted{.collection = std::move(each)};
    const auto changes = co_await session->changes(counted.collection, {});
    if (!changes && reaction_to(changes.error().kind) != Reaction::skip_item) co_return std::unexpected(changes.error());
    if (!changes) counted.error = changes.error();
    for (const endpoint::Resource& resource : changes ? changes->present : std::vector<endpoint::Resource>()) {
      ++counted.items;
      counted.bytes += resource.size;
    }
    if (!counted.error && counted.collection.kind == CollectionKind::filters) {
      GODWIT_CO_TRY(counted.filters, co_await read_filters(*session, counted.collection));
    }
    taken.collections.push_back(std::move(counted));
  }
  taken.traits = session->traits();
  session->close();
  co_return taken;
}

nlohmann::json to_json(const Counted& counted) {
  const endpoint::Collection& collection = counted.collection;
  nlohmann::json line{{"name", collection.name}, {"short_name", collection.short_name}, {"kind", name_of(collection.kind)},
                      {"display_name", collection.properties.display_name}, {"description", collection.properties.description},
                      {"color", collection.properties.color}, {"items", counted.items}, {"bytes", counted.bytes},
                      {"default", collection.is_default}, {"writable", collection.is_writable}, {"shared", collection.is_shared},
                      {"time_zone", !collection.properties.time_zone.empty()}, {"transparent", collection.properties.is_transparent},
                      {"state", collection.state}};
  if (collection.properties.order) line["order"] = *collection.properties.order;
  line["holds"] = nlohmann::json::array();
  for (const ItemKind kind : collection.properties.components) line["holds"].push_back(name_of(kind));
  line["access"] = nlohmann::json::object();
  for (const auto& [grantee, rights] : collection.access) {
    line["access"][(grantee.is_denial ? "not " : "") + grantee.identity.text()] = rights.text();
  }
  if (!counted.filters.empty()) line["filters"] = to_json(counted.filters);
  if (counted.error) line["error"] = cli::to_json(*counted.error);
  return line;
}

void print_as_json(const std::string& account, const Taken& taken, int status) {
  nlohmann::json line{{"event", "collections"}, {"account", account}, {"server", taken.traits.server},
                      {"capabilities", taken.facts.capabilities}, {"caveats", taken.traits.caveats}, {"warnings", taken.traits.warnings},
                      {"exit_status", status}};
  if (taken.traits.item_limit) line["item_limit"] = *taken.traits.item_limit;
  line["collections"] = nlohmann::json::array();
  for (const Counted& each : taken.collections) line["collections"].push_back(to_json(each));
  print_json(line);
}

std::string notes_of(const Counted& counted) {
  const endpoint::Collection& collection = counted.collection;
  std::string notes;
  if (collection.is_default) notes += ", default";
  if (collection.is_shared) notes += ", somebody else's";
  if (!collection.is_writable) notes += ", read only";
  for (const auto& [grantee, rights] : collection.access) {
    notes += fmt::format("; {}{}: {}", grantee.is_denial ? "not " : "", printable(grantee.identity.text()), rights.text());
  }
  if (counted.error) notes += "; not listed: " + describe(*counted.error);
  return notes;
}

void print_as_text(const std::string& account, const Taken& taken) {
  fmt::print("{}: {}\n", printable(account), printable(taken.traits.server));
  for (const Counted& each : taken.collections) {
    const std::string& name = each.collection.properties.display_name;
    fmt::print("  {:<13} {:<30} {:>9} items{}\n", name_of(each.collection.kind), printable(name.empty() ? each.collection.short_name : name),
               grouped(each.items), notes_of(each));
    fmt::print("{}", to_text(each.filters));
  }
  for (const std::string& each : taken.traits.warnings) fmt::print("Note: {}\n", printable(each));
  for (const std::string& each : taken.traits.caveats) fmt::print("As a target: {}\n", printable(each));
}

}  // namespace

int run_inventory_of_collections(const AccountOptions& account, bool plain_ok, bool json, const Wiring& wiring) {
  const auto source = open_collection_source(account, wiring, plain_ok);
  if (!source) return Console(style_for(json), {}).failure(source.error());
  std::atomic<bool> stop{false};
  Result<Taken> taken = fail(ErrorKind::bug, "nothing was run");
  const auto run = [&]() -> Task<> { taken = co_await take(**source, stop); };
  run_long(run(), [] {}, [&] { stop = true; });
  if (!taken) return Console(style_for(json), (*source)->identity()).failure(taken.error());
  const bool has_errors = std::ranges::any_of(taken->collections, [](const Counted& each) { return each.error.has_value(); });
  const int status = has_errors || !taken->traits.warnings.empty() ? 1 : 0;
  if (json) print_as_json((*source)->identity(), *taken, status);
  else print_as_text((*source)->identity(), *taken);
  return status;
}

}  // namespace godwit::cli
