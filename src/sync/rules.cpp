// SPDX-License-Identifier: Apache-2.0
#include "sync/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <tuple>

#include "base/text.h"

namespace godwit::sync {
namespace {

using endpoint::FolderPath;

bool matches_any(const std::vector<FolderPattern>& patterns, const FolderPath& folder) {
  return std::ranges::any_of(patterns, [&](const FolderPattern& pattern) { return pattern.matches(folder); });
}

bool begins_with(const FolderPath& path, const FolderPath& ancestor) {
  return path.segments.size() >= ancestor.segments.size() &&
         std::equal(ancestor.segments.begin(), ancestor.segments.end(), path.segments.begin());
}

void append(FolderPath& path, const FolderPath& tail, std::size_t from) {
  path.segments.insert(path.segments.end(), tail.segments.begin() + static_cast<std::ptrdiff_t>(from), tail.segments.end());
}

// Simple case folding of the two-byte letters that stand in pairs: Latin-1, Latin Extended-A, Greek, Cyrillic.
unsigned fold_letter(unsigned letter) {
  const auto lies_in = [&](unsigned first, unsigned last) { return letter >= first && letter <= last; };
  if (lies_in(0xC0, 0xDE) && letter != 0xD7) return letter + 32;
  if (letter == 0x178) return 0xFF;
  const bool odd_is_upper = lies_in(0x139, 0x148) || lies_in(0x179, 0x17E);
  const bool even_is_upper =
      lies_in(0x100, 0x137) || lies_in(0x14A, 0x177) || lies_in(0x460, 0x481) || lies_in(0x48A, 0x4BF);
  if ((odd_is_upper && letter % 2 == 1) || (even_is_upper && letter % 2 == 0)) return letter + 1;
  if (lies_in(0x391, 0x3A9)) return letter + 32;
  if (lies_in(0x400, 0x40F)) return letter + 80;
  if (lies_in(0x410, 0x42F)) return letter + 32;
  return letter;
}

}  // namespace

std::string fold_case(std::string_view name) {
  std::string folded;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto lead = static_cast<unsigned char>(name[i]);
    const bool has_second = i + 1 < name.size() && (static_cast<unsigned char>(name[i + 1]) & 0xC0U) == 0x80;
    if (lead < 0xC2 || lead > 0xDF || !has_second) {
      folded += ascii_lower(name[i]);
      continue;
    }
    const unsigned letter = fold_letter((lead & 0x1FU) << 6 | (static_cast<unsigned char>(name[++i]) & 0x3FU));
    folded += static_cast<char>(0xC0U | letter >> 6);
    folded += static_cast<char>(0x80U | (letter & 0x3FU));
  }
  return folded;
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::taken: return "taken";
    case Verdict::deleted: return "marked \\Deleted";
    case Verdict::too_old: return "older than the first day";
    case Verdict::too_new: return "newer than the last day";
    case Verdict::too_large: return "larger than the limit";
  }
  return "";
}

bool Rules::takes(const FolderPath& folder) const {
  return !matches_any(exclude, folder) && (include.empty() || matches_any(include, folder));
}

std::string_view name_of(Rules::Foreign reason) {
  switch (reason) {
    case Rules::Foreign::other_users: return "folders of other users";
    case Rules::Foreign::shared: return "shared folders";
    case Rules::Foreign::groupware: return "folders of appointments, contacts and the like";
  }
  return "";
}

std::optional<Rules::Foreign> Rules::reason_to_leave(const endpoint::Folder& folder) const {
  using endpoint::Owner;
  if (folder.owner == Owner::other_user && !matches_any(other_users, folder.path)) return Foreign::other_users;
  if (folder.owner == Owner::shared && !matches_any(shared, folder.path)) return Foreign::shared;
  return folder.groupware && !groupware ? std::optional(Foreign::groupware) : std::nullopt;
}

Rules Rules::for_account(std::string_view name) const {
  Rules rules = *this;
  if (shared_account.empty() || name == shared_account) return rules;
  rules.shared.clear();
  rules.other_users.clear();
  return rules;
}

Verdict Rules::takes(const MessageFlags& flags, const std::optional<InternalDate>& date, std::uint64_t size) const {
  if (skip_deleted && (flags.system & MessageFlags::deleted) != 0) return Verdict::deleted;
  if (date) {
    const std::chrono::sys_seconds instant(std::chrono::seconds(date->seconds));
    if (since && instant < *since) return Verdict::too_old;
    if (until && instant >= *until) return Verdict::too_new;
  }
  return size_limit && size > *size_limit ? Verdict::too_large : Verdict::taken;
}

std::string Rules::message_rules() const {
  std::string text;
  if (since) text += fmt::format("since {};", since->time_since_epoch().count());
  if (until) text += fmt::format("until {};", until->time_since_epoch().count());
  if (size_limit) text += fmt::format("at most {} bytes;", *size_limit);
  if (skip_deleted) text += "without \\Deleted;";
  return text;
}

FolderPath Rules::target_path(const FolderPath& source) const {
  const Rename* best = nullptr;
  const auto rank = [](const Rename& rename) { return std::tuple(rename.from.segments.size(), !rename.subtree); };
  for (const Rename& rename : renames) {
    const bool applies = rename.subtree ? begins_with(source, rename.from) : source == rename.from;
    if (applies && (best == nullptr || rank(*best) < rank(rename))) best = &rename;
  }
  FolderPath path = below;
  if (best != nullptr) append(path, best->to, 0);
  append(path, source, best != nullptr ? best->from.segments.size() : 0);
  return path;
}

bool goes_before(const FolderPath& left, const FolderPath& right) {
  const auto is_elsewhere = [](const FolderPath& path) { return path.segments.empty() || path.segments.front() != "INBOX"; };
  return std::tuple(is_elsewhere(left), std::cref(left)) < std::tuple(is_elsewhere(right), std::cref(right));
}

std::uint64_t LeftOut::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0}) - count(Verdict::taken);
}

std::string LeftOut::describe() const {
  std::string text;
  for (const Verdict verdict : {Verdict::deleted, Verdict::too_old, Verdict::too_new, Verdict::too_large}) {
    if (count(verdict) > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count(verdict), name_of(verdict));
  }
  return text;
}

std::vector<std::vector<PlacedFolder>> find_collisions(std::span<const PlacedFolder> folders, CaseRule case_rule) {
  std::map<FolderPath, std::vector<PlacedFolder>> by_target;
  for (const PlacedFolder& folder : folders) {
    FolderPath key = folder.target;
    if (case_rule == CaseRule::ignored) std::ranges::transform(key.segments, key.segments.begin(), fold_case);
    by_target[std::move(key)].push_back(folder);
  }
  std::vector<std::vector<PlacedFolder>> collisions;
  for (auto& [target, group] : by_target) {
    if (group.size() > 1) collisions.push_back(std::move(group));
  }
  return collisions;
}

}  // namespace godwit::sync
