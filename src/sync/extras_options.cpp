// SPDX-License-Identifier: Apache-2.0
#include "sync/extras_options.h"

#include <fmt/format.h>

#include "base/text.h"

namespace godwit::sync {
namespace {

using endpoint::Identity;

Identity without_case(Identity identity) {
  identity.name = to_lower(identity.name);
  return identity;
}

std::string_view take_level(std::string_view& path) {
  path.remove_prefix(1);  // '/'
  const std::string_view level = path.substr(0, path.find('/'));
  path.remove_prefix(level.size());
  return level;
}

}  // namespace

Result<> IdentityMap::add(const Identity& from, std::optional<Identity> to) {
  const auto [entry, is_new] = added_.emplace(without_case(from), to);
  if (is_new || entry->second == to) return {};
  return fail(ErrorKind::usage, fmt::format("{} has another counterpart already: {}", printable(from.text()),
                                            entry->second ? printable(entry->second->text()) : "none"));
}

IdentityMap::Counterpart IdentityMap::of(const Identity& identity) const {
  using Kind = Counterpart::Kind;
  if (const auto entry = added_.find(without_case(identity)); entry != added_.end()) {
    return entry->second ? Counterpart{Kind::known, *entry->second} : Counterpart{Kind::left_out, {}};
  }
  if (identity.kind != Identity::Kind::user) {
    return identity.kind == Identity::Kind::group ? Counterpart{} : Counterpart{Kind::known, identity};
  }
  auto name = rule_ ? rule_(identity.name) : std::nullopt;
  return name ? Counterpart{Kind::known, {Identity::Kind::user, *std::move(name)}} : Counterpart{};
}

bool matches_annotation(std::string_view pattern, std::string_view name) {
  while (!pattern.empty() && !name.empty()) {
    const std::string_view wanted = take_level(pattern);
    if (wanted == "**") return !to_lower(name).contains("/vendor/");
    const std::string_view level = take_level(name);
    const bool is_vendor = equals_ignoring_case(level, "vendor");
    if (!equals_ignoring_case(wanted, level) && (wanted != "*" || is_vendor)) return false;
  }
  return pattern.empty() && name.empty();
}

Result<> check_annotation_pattern(std::string_view pattern) {
  const bool has_root = starts_with_ignoring_case(pattern, "/shared/") || starts_with_ignoring_case(pattern, "/private/");
  const bool is_whole = !pattern.ends_with('/') && !pattern.contains("//") && !pattern.contains('%');
  const std::size_t deep = pattern.find("**");
  const bool ends_deep = deep == std::string_view::npos || (deep + 2 == pattern.size() && pattern.ends_with("/**"));
  if (has_root && is_whole && ends_deep) return {};
  return fail(ErrorKind::usage, fmt::format("\"{}\" names no annotations; write \"/shared/comment\", \"/private/*\" or \"/shared/**\"",
                                            printable(pattern)));
}

}  // namespace godwit::sync
