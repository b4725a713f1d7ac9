// SPDX-License-Identifier: Apache-2.0
#include "sync/extras_state.h"

#include <nlohmann/json.hpp>

namespace godwit::sync {
namespace {

using endpoint::Identity;
using nlohmann::json;

json limit_of(const std::optional<endpoint::QuotaUse>& use) { return use ? json(use->limit) : json(nullptr); }

std::optional<endpoint::QuotaUse> use_of(const json& limit) {
  if (!limit.is_number_unsigned()) return std::nullopt;
  return endpoint::QuotaUse{0, limit.get<std::uint64_t>()};
}

void read(const json& value, ExtrasState& state) {
  for (const json& entry : value.at("access")) {
    const endpoint::Grantee grantee{Identity::parse(entry.at(0).get<std::string>()), entry.at(1).get<bool>()};
    state.access[grantee] = endpoint::Rights::of_bits(entry.at(2).get<std::uint16_t>()) & endpoint::all_rights;
  }
  for (const auto& [name, digest] : value.at("annotations").items()) state.annotations[name] = digest.get<std::string>();
  for (const json& quota : value.at("quotas")) {
    state.quotas.push_back({quota.at(0).get<std::string>(), use_of(quota.at(1)), use_of(quota.at(2))});
  }
}

}  // namespace

std::string to_text(const ExtrasState& state) {
  json access = json::array(), quotas = json::array();
  for (const auto& [grantee, rights] : state.access) {
    access.push_back({grantee.identity.text(), grantee.is_denial, rights.bits()});
  }
  for (const endpoint::Quota& quota : state.quotas) quotas.push_back({quota.root, limit_of(quota.storage), limit_of(quota.messages)});
  const json whole{{"uid_validity", state.target_uid_validity}, {"access", access}, {"annotations", state.annotations}, {"quotas", quotas}};
  return whole.dump(-1, ' ', false, json::error_handler_t::replace);
}

ExtrasState parse_extras(std::string_view text, std::uint32_t target_uid_validity) {
  ExtrasState state;
  try {
    const json value = json::parse(text, nullptr, false);
    if (!value.is_discarded() && value.at("uid_validity") == target_uid_validity) read(value, state);
  } catch (const json::exception&) {  // not written by us: as good as nothing
    state = {};
  }
  state.target_uid_validity = target_uid_validity;
  return state;
}

}  // namespace godwit::sync
