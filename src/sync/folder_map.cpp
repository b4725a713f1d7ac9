// SPDX-License-Identifier: Apache-2.0
#include "sync/folder_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace godwit::sync {
namespace {

using endpoint::Folder;
using endpoint::FolderPath;
using endpoint::Role;

// The path with its longest renamed ancestor (or itself) replaced.
FolderPath renamed(const FolderPath& path, const std::map<FolderPath, FolderPath>& renames) {
  FolderPath ancestor = path;
  for (std::size_t length = path.segments.size(); length > 0; --length) {
    ancestor.segments.resize(length);
    if (const auto hit = renames.find(ancestor); hit != renames.end()) {
      FolderPath result = hit->second;
      result.segments.insert(result.segments.end(), path.segments.begin() + static_cast<std::ptrdiff_t>(length),
                             path.segments.end());
      return result;
    }
  }
  return path;
}

}  // namespace

const Folder* find_folder(std::span<const Folder> folders, const std::string& name) {
  const auto found = std::ranges::find(folders, name, &Folder::name);
  return found != folders.end() ? &*found : nullptr;
}

std::vector<FolderPair> map_folders(std::span<const Folder> source, std::span<const Folder> target,
                                    const std::function<std::string(const FolderPath&)>& name_for,
                                    const std::map<std::string, std::string>& known, const Rules& rules, CaseRule case_rule) {
  const auto key = [case_rule](const std::string& name) { return case_rule == CaseRule::ignored ? fold_case(name) : name; };
  std::map<std::string, const Folder*> by_name;
  std::map<Role, const Folder*> by_role;
  for (const Folder& folder : target) {
    by_name.emplace(key(folder.name), &folder);
    if (folder.role != Role::none) by_role.emplace(folder.role, &folder);
  }
  std::vector<const Folder*> ordered;
  for (const Folder& folder : source) {
    if (rules.takes(folder)) ordered.push_back(&folder);
  }
  // Who had a place before keeps it; then folders with a role choose, so that nobody takes their place by name; then parents
  // come before children.
  std::ranges::sort(ordered, {}, [&](const Folder* folder) {
    return std::tuple(!known.contains(folder->name), folder->role == Role::none, folder->path.segments.size(), folder->path);
  });

  std::vector<FolderPair> pairs;
  std::map<FolderPath, FolderPath> renames;
  std::set<std::string> taken;
  std::set<Role> roles_taken;
  for (const Folder* folder : ordered) {
    FolderPath path = rules.target_path(folder->path);
    const bool is_by_rule = path != folder->path;
    if (!is_by_rule) path = renamed(folder->path, renames);
    if (const auto place = known.find(folder->name); place != known.end()) {
      if (const auto hit = by_name.find(key(place->second)); hit != by_name.end()) path = hit->second->path;
    }
    const bool has_role = folder->role != Role::none && folder->role != Role::inbox && !is_by_rule;
    const auto role_folder = has_role && roles_taken.insert(folder->role).second ? by_role.find(folder->role) : by_role.end();
    if (role_folder != by_role.end() && !taken.contains(key(role_folder->second->name))) path = role_folder->second->path;
    std::string name = name_for(path);
    const FolderPath wanted = path;
    for (int number = 2; !taken.insert(key(name)).second; ++number) {
      path = wanted;
      path.segments.back() += fmt::format(" ({})", number);
      name = name_for(path);
    }
    if (path != folder->path && !is_by_rule) renames.emplace(folder->path, path);
    FolderPair pair{*folder, std::nullopt, {path, is_by_rule ? Role::none : folder->role, folder->subscribed}};
    if (const auto existing = by_name.find(key(name)); existing != by_name.end()) {
      if (existing->second->selectable || !folder->selectable) pair.target = *existing->second;
    }
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

}  // namespace godwit::sync
