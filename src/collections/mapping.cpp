// SPDX-License-Identifier: Apache-2.0
#include "collections/mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"

namespace godwit::collections {
namespace {

using endpoint::Collection;
using endpoint::CollectionProperties;
using nlohmann::json;

class Mapper {
 public:
  Mapper(std::span<const Collection> sources, std::span<const Collection> targets, const endpoint::CollectionTraits& traits)
      : sources_(sources), targets_(targets), traits_(traits), taken_(targets.size(), false) {
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (!sources[i].is_shared) places_.push_back({.source = i, .target = std::nullopt, .to_make = std::nullopt, .fault = {}});
    }
  }

  void by_ledger(std::span<const ledger::CollectionRecord> records) {
    for (const ledger::CollectionRecord& record : records) {
      if (record.target_name.empty()) continue;
      const auto target = std::ranges::find(targets_, record.target_name, &Collection::name);
      if (target == targets_.end()) continue;
      const auto index = static_cast<std::size_t>(target - targets_.begin());
      taken_[index] = true;  // also by a collection that is gone on the source
      for (Place& place : places_) {
        if (source_of(place).name == record.source_name && source_of(place).kind == record.kind) place.target = index;
      }
    }
  }
  // `fits(source, target)`
  template <class Fits>
  void by(Fits fits) {
    for (Place& place : places_) {
      for (std::size_t i = 0; i < targets_.size() && !place.target; ++i) {
        const Collection& target = targets_[i];
        const bool is_free = !taken_[i] && target.is_writable && !target.is_shared && target.kind == source_of(place).kind;
        if (!is_free || !fits(source_of(place), target)) continue;
        place.target = i;
        taken_[i] = true;
      }
    }
  }
  std::vector<Place> make_the_rest() {
    std::set<std::string> names;
    for (const Collection& target : targets_) names.insert(to_lower(target.short_name));
    for (Place& place : places_) {
      if (!place.target) make(place, names);
    }
    return std::move(places_);
  }

 private:
  [[nodiscard]] const Collection& source_of(const Place& place) const { return sources_[place.source]; }

  void make(Place& place, std::set<std::string>& names) const {
    const Collection& source = source_of(place);
    const std::string_view kind = name_of(source.kind);
    if (!traits_.kinds.contains(source.kind)) {
      place.fault = fmt::format("the target has no {}", source.kind == CollectionKind::filters ? "filters" : fmt::format("{}s", kind));
      return;
    }
    if (!traits_.makes_collections) {
      place.fault = fmt::format("on the target no {} can be made by godwit; make one called \"{}\" there and run again", kind,
                                printable(display_name_of(source)));
      return;
    }
    const std::string wanted = source.short_name.empty() ? std::string("moved") : source.short_name;
    std::string name = wanted;
    for (int i = 2; !names.insert(to_lower(name)).second; ++i) name = fmt::format("{}-{}", wanted, i);
    place.to_make = endpoint::NewCollection{.kind = source.kind, .short_name = std::move(name), .properties = source.properties};
  }

  std::span<const Collection> sources_, targets_;
  const endpoint::CollectionTraits& traits_;
  std::vector<bool> taken_;
  std::vector<Place> places_;
};

// What the source changed and the target has as it was brought.
template <class Field>
bool merge(const Field& source, const Field* synced, Field& target, const Field& nothing) {
  if (source == target || source == nothing) return false;
  const bool is_own = synced != nullptr ? target == *synced && source != *synced : target == nothing;
  if (is_own) target = source;
  return is_own;
}

json json_of(const CollectionProperties& properties) {
  json components = json::array();
  for (const ItemKind kind : properties.components) components.push_back(static_cast<int>(kind));
  return {{"display_name", properties.display_name}, {"description", properties.description}, {"color", properties.color},
          {"order", properties.order ? json(*properties.order) : json()}, {"time_zone", properties.time_zone},
          {"components", components}, {"is_transparent", properties.is_transparent}};
}

CollectionProperties properties_from(const json& object) {
  CollectionProperties properties;
  properties.display_name = object.value("display_name", "");
  properties.description = object.value("description", "");
  properties.color = object.value("color", "");
  if (object.contains("order") && object["order"].is_number_integer()) properties.order = object["order"].get<int>();
  properties.time_zone = object.value("time_zone", "");
  for (const json& kind : object.value("components", json::array())) properties.components.insert(static_cast<ItemKind>(kind.get<int>()));
  properties.is_transparent = object.value("is_transparent", false);
  return properties;
}

}  // namespace

std::string display_name_of(const Collection& collection) {
  if (!collection.properties.display_name.empty()) return collection.properties.display_name;
  return collection.short_name.empty() ? collection.name : collection.short_name;
}

std::vector<Place> map_collections(std::span<const Collection> sources, std::span<const Collection> targets,
                                   std::span<const ledger::CollectionRecord> records, const endpoint::CollectionTraits& target) {
  Mapper mapper(sources, targets, target);
  mapper.by_ledger(records);
  mapper.by([](const Collection& from, const Collection& to) { return from.is_default && to.is_default; });
  mapper.by([](const Collection& from, const Collection& to) {
    return equals_ignoring_case(from.short_name, to.short_name) || equals_ignoring_case(display_name_of(from), display_name_of(to));
  });
  return mapper.make_the_rest();
}

std::optional<CollectionProperties> merge_properties(const CollectionProperties& source, const std::optional<CollectionProperties>& synced,
                                                     const CollectionProperties& target) {
  CollectionProperties merged = target;
  const CollectionProperties none;
  const auto field = [&](auto member) {
    return merge(source.*member, synced ? &((*synced).*member) : nullptr, merged.*member, none.*member);
  };
  bool is_changed = field(&CollectionProperties::display_name);
  is_changed |= field(&CollectionProperties::description);
  is_changed |= field(&CollectionProperties::color);
  is_changed |= field(&CollectionProperties::order);
  is_changed |= field(&CollectionProperties::time_zone);
  if (synced && source.is_transparent != synced->is_transparent && target.is_transparent == synced->is_transparent) {
    merged.is_transparent = source.is_transparent;
    is_changed = true;
  }
  return is_changed ? std::optional(merged) : std::nullopt;
}

std::string to_text(const SyncedExtras& extras) {
  json object = {{"access", extras.access}};
  if (extras.properties) object["properties"] = json_of(*extras.properties);
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

SyncedExtras parse_extras(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return {};
  SyncedExtras extras;
  extras.access = object.value("access", "");
  if (object.contains("properties")) extras.properties = properties_from(object["properties"]);
  return extras;
}

std::string to_text(const endpoint::Access& access) {
  std::string text;
  for (const auto& [grantee, rights] : access) {
    text += fmt::format("{}{} {}\n", grantee.is_denial ? "-" : "", grantee.identity.text(), rights.bits());
  }
  return text;
}

}  // namespace godwit::collections
