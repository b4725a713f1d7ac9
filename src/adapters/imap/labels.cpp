// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/sha256.h"
#include "base/text.h"
#include "imap/utf7.h"

namespace godwit::adapters {
namespace {

using endpoint::Folder;
using endpoint::FolderPath;
using endpoint::Role;

constexpr std::size_t longest_keyword = 40;  // before what makes it distinct; Dovecot takes 50 in all
constexpr std::size_t all_mail = 0;          // the space that every account has

// "\Draft" is what the server tells, "\Drafts" what its folder is called (RFC 6154).
std::string system_label(Role role) {
  switch (role) {
    case Role::inbox: return "\\inbox";
    case Role::sent: return "\\sent";
    case Role::drafts: return "\\draft";
    default: return {};
  }
}

FolderPath container_of(const Folder& folder) {
  FolderPath path = folder.path;
  path.segments.pop_back();
  return path;
}

bool is_below(const FolderPath& path, const FolderPath& container) {
  return !container.segments.empty() && path.segments.size() > container.segments.size() &&
         std::equal(container.segments.begin(), container.segments.end(), path.segments.begin());
}

bool is_atom_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7F && std::string_view("(){%*\"\\][").find(c) == std::string_view::npos;
}

std::string joined(const FolderPath& path) {
  std::string name;
  for (const std::string& segment : path.segments) name.append(name.empty() ? "" : "/").append(segment);
  return name;
}

Folder without_container(Folder folder) {
  folder.path.segments.erase(folder.path.segments.begin(), folder.path.segments.end() - 1);
  return folder;
}

}  // namespace

std::string keyword_of_label(std::string_view label, const endpoint::LabelRules& rules) {
  const std::string lower = to_lower(label);
  if (lower == "\\inbox") return "Inbox";
  if (lower == "\\sent") return "Sent";
  if (lower == "\\important") return rules.important ? "$Important" : "";
  if (label.empty() || label.front() == '\\') return {};
  std::string keyword = imap::encode_utf7(label).value_or(std::string(label));
  bool is_altered = keyword.size() > longest_keyword;
  for (char& c : keyword) {
    if (is_atom_character(c)) continue;
    is_altered = is_altered || c != ' ';
    c = '_';
  }
  if (!is_altered) return keyword;
  return fmt::format("{}-{}", keyword.substr(0, longest_keyword), to_hex(sha256(label).view()).substr(0, 6));
}

Result<LabelPlaces> LabelPlaces::make(const std::vector<Folder>& folders, endpoint::LabelRules rules) {
  const auto all = std::ranges::find(folders, Role::all, &Folder::role);
  if (all == folders.end() || !all->selectable) {
    return fail(ErrorKind::usage,
                "the account does not show the folder of all mail, in which each message is found once; in Gmail's settings, tab Labels, "
                "switch on \"Show in IMAP\" for \"All Mail\", or write placement = \"folders\" in [source.labels] to read a message once "
                "for each of its labels");
  }
  LabelPlaces made(std::move(rules));
  const FolderPath container = container_of(*all);
  Folder rest = without_container(*all);
  rest.role = Role::archive;
  const FolderPath archive{{"Archive"}};
  if (std::ranges::find(folders, archive, &Folder::path) == folders.end()) rest.path = archive;
  made.add_space(*all, std::move(rest));
  for (const Folder& folder : folders) {
    const bool is_own = is_below(folder.path, container);
    const bool is_hidden = folder.role == Role::all || folder.role == Role::flagged || folder.role == Role::important ||
                           folder.path == container || (folder.role == Role::junk && !made.rules_.junk);
    const bool is_chats = is_own && folder.role == Role::none;
    if (is_hidden || (is_chats && !made.rules_.chats)) continue;
    Folder shown = is_own ? without_container(folder) : folder;
    if (folder.role == Role::trash || folder.role == Role::junk || is_chats) {
      if (folder.selectable) made.add_space(folder, std::move(shown));
    } else {
      const std::string system = system_label(folder.role);
      made.add_label(shown, system.empty() ? to_lower(joined(folder.path)) : system);
    }
  }
  made.rank_places();
  return made;
}

void LabelPlaces::add_space(const Folder& folder, Folder shown) {
  place_of_space_.push_back(places_.size());
  places_.push_back({std::move(shown), spaces_.size()});
  spaces_.push_back(folder);
}

void LabelPlaces::add_label(const Folder& folder, const std::string& label) {
  if (folder.selectable) by_label_.emplace(label, places_.size());
  places_.push_back({folder, all_mail});
}

// What the order names; then the labels of people, as the server lists them; then its own.
void LabelPlaces::rank_places() {
  const std::size_t before_own = rules_.order.size(), own = before_own + places_.size();
  for (std::size_t i = 0; i < places_.size(); ++i) {
    constexpr std::array own_roles{Role::inbox, Role::sent, Role::drafts};
    const auto role = std::ranges::find(own_roles, places_[i].folder.role);
    ranks_.push_back(role == own_roles.end() ? before_own + i : own + static_cast<std::size_t>(role - own_roles.begin()));
  }
  for (std::size_t i = rules_.order.size(); i-- > 0;) {
    if (const auto named = by_label_.find(label_of(rules_.order[i])); named != by_label_.end()) ranks_[named->second] = i;
  }
}

std::string LabelPlaces::label_of(const std::string& label) const {
  std::string lower = to_lower(label);
  return lower == "\\drafts" ? "\\draft" : lower;
}

LabelPlaces::Placed LabelPlaces::place(std::size_t space, const std::vector<std::string>& labels) const {
  Placed placed;
  if (space == all_mail) {
    for (const std::string& label : labels) {
      if (const auto found = by_label_.find(label_of(label)); found != by_label_.end()) placed.places.push_back(found->second);
    }
  }
  std::ranges::sort(placed.places, {}, [this](std::size_t place) { return ranks_[place]; });
  const bool is_one_place = rules_.placement == endpoint::LabelRules::Placement::first;
  if (placed.places.empty()) placed.places.push_back(place_of_space_[space]);
  else if (is_one_place) placed.places.resize(1);
  for (const std::string& label : labels) {
    const auto found = by_label_.find(label_of(label));
    const bool is_a_place = space == all_mail && found != by_label_.end() &&
                            std::ranges::find(placed.places, found->second) != placed.places.end();
    std::string keyword = is_a_place ? "" : keyword_of_label(label, rules_);
    const bool is_told = rules_.keywords || keyword == "$Important";
    if (!keyword.empty() && is_told) placed.keywords.push_back(std::move(keyword));
  }
  std::ranges::sort(placed.places);
  std::ranges::sort(placed.keywords);
  return placed;
}

}  // namespace godwit::adapters
