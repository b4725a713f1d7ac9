// SPDX-License-Identifier: Apache-2.0
// [source.labels], and what is known of providers whose limits nobody can look up on their servers.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "plan/plan_parts.h"

namespace godwit::plan {
namespace {

using endpoint::LabelRules;

LabelRules::Placement read_placement(TableReader& reader) {
  using enum LabelRules::Placement;
  constexpr std::array<std::pair<std::string_view, LabelRules::Placement>, 3> placements{
      {{"first", first}, {"copies", copies}, {"folders", folders}}};
  const auto text = reader.text("placement");
  if (!text) return first;
  const auto hit = std::ranges::find(placements, *text, [](const auto& each) { return each.first; });
  if (hit != placements.end()) return hit->second;
  reader.add_problem("placement", fmt::format("\"{}\" is not known; write \"first\" (one copy, the other labels as keywords), \"copies\" "
                                              "(one for each label) or \"folders\" (each folder read for itself)", printable(*text)));
  return first;
}

}  // namespace

LabelRules read_labels(const toml::table* table, const std::string& name, Reading& reading) {
  TableReader reader(table, name, reading);
  LabelRules rules;
  rules.placement = read_placement(reader);
  for (const PlacedText& label : reader.texts("order")) rules.order.push_back(label.text);
  rules.keywords = !reader.has("keywords") || reader.flag("keywords");
  rules.important = reader.flag("important");
  rules.junk = reader.flag("junk");
  rules.chats = reader.flag("chats");
  if (rules.placement == LabelRules::Placement::folders && (!rules.order.empty() || reader.has("keywords"))) {
    reader.add_problem("placement", "with \"folders\" each folder is moved as it is, and order and keywords mean nothing; remove them");
  }
  return rules;
}

// Of Google's 2,500 MB a day from an account by IMAP, and 500 MB to it, 80 %: who exceeds them is locked out for up to a day
// (support.google.com/a/answer/1071518).
void apply_provider_limits(Endpoint& endpoint, std::string_view side) {
  if (endpoint.labels.placement == LabelRules::Placement::copies) endpoint.limits.connections_per_account = 1;  // so that none reads twice
  const std::string host = to_lower(endpoint.host);
  if (host != "imap.gmail.com" && host != "imap.googlemail.com") return;
  Limits& limits = endpoint.limits;
  if (!limits.bytes_per_day_per_account) limits.bytes_per_day_per_account = side == "source" ? 2'000'000'000 : 400'000'000;
}

}  // namespace godwit::plan
