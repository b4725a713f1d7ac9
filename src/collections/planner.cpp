// SPDX-License-Identifier: Apache-2.0
#include "collections/planner.h"

#include <algorithm>

namespace godwit::collections {

using endpoint::Resource;
using ledger::Level;
using ledger::ResourceRecord;

Planner::Side::Side(endpoint::ResourceChanges changes) : is_whole(changes.is_whole) {
  for (Resource& resource : changes.present) {
    std::string name = resource.name;
    present.insert_or_assign(std::move(name), std::move(resource));
  }
  for (std::string& name : changes.gone) {
    if (!present.contains(name)) gone.insert(std::move(name));
  }
}

std::vector<std::string> Planner::Side::names() const {
  std::vector<std::string> names;
  for (const auto& [name, resource] : present) names.push_back(name);
  names.insert(names.end(), gone.begin(), gone.end());
  return names;
}

const Resource* Planner::Side::find(const std::string& name) const {
  const auto found = present.find(name);
  return found == present.end() ? nullptr : &found->second;
}

Planner::Planner(endpoint::ResourceChanges source, endpoint::ResourceChanges target)
    : source_(std::move(source)), target_(std::move(target)) {}

Planner::State Planner::state_of(const Side& side, const std::string& name, const std::string& version, bool is_active,
                                 bool looks_at_mark) {
  if (const Resource* const found = side.find(name)) {
    const bool is_same = found->version == version && !version.empty() && (!looks_at_mark || found->is_active == is_active);
    return is_same ? State::same : State::changed;
  }
  return side.is_whole || side.gone.contains(name) ? State::gone : State::not_told;
}

void Planner::feed(ResourceRecord row) {
  if (!fed_.insert(row.number).second) return;
  source_.known.insert(row.source_name);
  if (!row.target_name.empty()) target_.known.insert(row.target_name);
  const bool is_filter = row.kind == ItemKind::filter;
  const State source = state_of(source_, row.source_name, row.source_version, row.is_active, is_filter);
  const State target = row.target_name.empty()
                           ? State::not_told
                           : state_of(target_, row.target_name, row.target_version, row.is_active, is_filter && !row.touched);
  if (!row.level) {
    decide_absent(std::move(row), source);
  } else if (*row.level == Level::withdrawn) {
    decide_withdrawn(std::move(row), source, target);
  } else {
    decide_present(std::move(row), source, target);
  }
}

std::optional<Resource> Planner::changed_source(const ResourceRecord& row, State source) const {
  if (source == State::changed) return *source_.find(row.source_name);
  if (!row.stale) return std::nullopt;
  return Resource{.name = row.source_name, .version = row.source_version, .is_active = row.is_active};
}

void Planner::decide_absent(ResourceRecord row, State source) {
  if (source == State::gone) {
    if (row.intended) plan_.orphans.push_back(std::move(row));
    else plan_.forget.push_back(row.number);
    return;
  }
  const Resource* const now = source_.find(row.source_name);
  Resource resource = now != nullptr ? *now : Resource{.name = row.source_name, .version = row.source_version, .is_active = row.is_active};
  plan_.create.push_back({std::move(row), std::move(resource)});
}

void Planner::decide_withdrawn(ResourceRecord row, State source, State target) {
  if (target == State::same || target == State::changed) {
    const Resource there = *target_.find(row.target_name);
    auto changed = changed_source(row, source);
    plan_.look.push_back({std::move(row), there, std::move(changed)});
    return;
  }
  if (source == State::gone) {
    plan_.forget.push_back(row.number);
  } else if (source == State::changed) {
    row.source_version = source_.find(row.source_name)->version;
    plan_.notes.push_back(std::move(row));
  }
}

void Planner::decide_present(ResourceRecord row, State source, State target) {
  if (target == State::gone) {
    if (source == State::gone || (row.gone && source == State::not_told)) {
      plan_.forget.push_back(row.number);
    } else {
      auto changed = changed_source(row, source);
      plan_.withdrawn.push_back({std::move(row), changed.value_or(Resource{})});
    }
    return;
  }
  const bool is_back = row.gone && (source == State::same || source == State::changed);
  if (is_back) row.gone = false;
  if (target == State::changed || (row.intended && target == State::same)) {
    if (source == State::gone) row.gone = true;
    const Resource there = *target_.find(row.target_name);
    auto changed = row.gone ? std::nullopt : changed_source(row, source);
    plan_.look.push_back({std::move(row), there, std::move(changed)});
    return;
  }
  const bool is_seen = target == State::same && *row.level == Level::accepted;
  if (is_seen) row.level = Level::listed;
  if (source == State::gone && !row.gone) {
    row.gone = true;
    plan_.notes.push_back(std::move(row));
  } else if (auto changed = row.gone ? std::nullopt : changed_source(row, source)) {
    plan_.update.push_back({std::move(row), *std::move(changed)});
  } else if (is_seen || is_back) {
    plan_.notes.push_back(std::move(row));
  }
}

Plan Planner::finish() {
  for (const auto& [name, resource] : source_.present) {
    if (source_.known.contains(name)) continue;
    SourceChange change{.row = {}, .source = resource};
    change.row.source_name = name;
    plan_.create.push_back(std::move(change));
  }
  for (const auto& [name, resource] : target_.present) {
    if (!target_.known.contains(name)) plan_.strangers.push_back(resource);
  }
  for (const std::string& name : target_.gone) {
    if (!target_.known.contains(name)) plan_.strangers_gone.push_back(name);
  }
  std::ranges::sort(plan_.create, {}, [](const SourceChange& change) { return change.source.name; });
  return std::move(plan_);
}

}  // namespace godwit::collections
