// SPDX-License-Identifier: Apache-2.0
#include "sync/access_merge.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace godwit::sync {
namespace {

using endpoint::Access;
using endpoint::AccessModel;
using endpoint::Grantee;
using endpoint::Identity;
using endpoint::Rights;
using Kind = Identity::Kind;

Rights rights_of(const Access& access, const Grantee& grantee) {
  const auto found = access.find(grantee);
  return found == access.end() ? Rights() : found->second;
}

bool is_same(const Identity& left, const Identity& right) {
  return left.kind == right.kind && equals_ignoring_case(left.name, right.name);
}

bool is_by_name(const Identity& identity) { return identity.kind == Kind::user || identity.kind == Kind::group; }

// A denial must take all that it is about: with tied rights, more than that.
Rights deniable(Rights rights, const AccessModel& model) {
  Rights whole = rights & model.known;
  for (const Rights tied : model.tied) {
    if (!(whole & tied).empty()) whole = whole | tied;
  }
  return whole;
}

class Translation {
 public:
  Translation(const AccessSides& sides, const IdentityMap& identities) : sides_(sides), identities_(identities) {}

  TranslatedAccess run(const Access& source) {
    Access effective = in_terms_of_target(source);
    std::erase_if(effective, [this](const auto& entry) { return is_own(entry.first.identity, sides_.own_source); });
    for (const auto& [grantee, rights] : effective) {
      if (grantee.is_denial) deny(effective, grantee.identity, rights);
    }
    for (const auto& [grantee, rights] : effective) {
      if (!grantee.is_denial) give(grantee.identity, rights);
    }
    std::erase_if(result_.access, [](const auto& entry) { return entry.second.empty(); });
    return std::move(result_);
  }

 private:
  static bool is_own(const Identity& identity, const Identity& own) { return identity.kind == Kind::owner || is_same(identity, own); }

  // Where the servers count otherwise: what everybody has is written out, or taken away, for those who stand there by name.
  [[nodiscard]] Access in_terms_of_target(const Access& source) const {
    Access access = source;
    if (sides_.source.specific_replaces_general == sides_.target.specific_replaces_general) return access;
    const Rights everybody =
        rights_of(source, {{Kind::anyone, {}}, false}) | rights_of(source, {{Kind::authenticated, {}}, false});
    for (const auto& [grantee, rights] : source) {
      if (grantee.is_denial || !is_by_name(grantee.identity)) continue;
      if (sides_.target.specific_replaces_general) {
        access[grantee] = rights | everybody;
      } else if (!(everybody - rights).empty()) {
        auto& denied = access[{grantee.identity, true}];
        denied = denied | (everybody - rights);
      }
    }
    return access;
  }

  void tell(const Identity& identity, const std::string& what) {
    result_.not_copied.push_back(printable(identity.text()) + ": " + what);
  }

  void deny(Access& effective, const Identity& identity, Rights rights) {
    const auto counterpart = identities_.of(identity);
    const bool may_write = counterpart.kind == IdentityMap::Counterpart::Kind::known && is_by_name(identity) &&
                           is_by_name(counterpart.identity) && sides_.target.has_denials &&
                           sides_.target.identities.contains(counterpart.identity.kind);
    if (may_write) {
      if (is_own(counterpart.identity, sides_.own_target)) return;
      auto& denied = result_.access[{counterpart.identity, true}];
      denied = denied | deniable(rights, sides_.target);
      return;
    }
    bool is_withheld = false;
    for (auto& [grantee, given] : effective) {
      const bool may_be_covered = identity.kind != Kind::user || grantee.identity.kind != Kind::user || is_same(grantee.identity, identity);
      if (grantee.is_denial || !may_be_covered || (given & rights).empty()) continue;
      is_withheld = is_withheld || !is_same(grantee.identity, identity);
      given = given - rights;
    }
    if (is_withheld) {
      constexpr auto why = "the source keeps \"{}\" from it, which cannot be said on the target: nobody who may include it was given that";
      tell(identity, fmt::format(why, rights.text()));
    }
  }

  void give(const Identity& identity, Rights rights) {
    if (rights.empty()) return;
    const auto counterpart = identities_.of(identity);
    if (counterpart.kind == IdentityMap::Counterpart::Kind::left_out) return;
    if (counterpart.kind == IdentityMap::Counterpart::Kind::unknown) {
      constexpr auto why = "it has no counterpart on the target; name one in the identities file (rights: {})";
      return tell(identity, fmt::format(why, rights.text()));
    }
    const Identity& target = counterpart.identity;
    if (!sides_.target.identities.contains(target.kind)) {
      constexpr auto why = "the target cannot give rights to \"{}\"; name another counterpart in the identities file (rights: {})";
      return tell(identity, fmt::format(why, printable(target.text()), rights.text()));
    }
    if (is_own(target, sides_.own_target)) return;
    const Rights given = expressible(rights, sides_.target);
    if (given != rights) tell(identity, "the target has no such right, or only together with others: " + (rights - given).text());
    auto& all = result_.access[{target, false}];
    all = all | given;
  }

  const AccessSides& sides_;
  const IdentityMap& identities_;
  TranslatedAccess result_;
};

}  // namespace

TranslatedAccess translate(const Access& source, const AccessSides& sides, const IdentityMap& identities) {
  return Translation(sides, identities).run(source);
}

Rights expressible(Rights rights, const AccessModel& model) {
  Rights given = rights & model.known;
  for (const Rights tied : model.tied) {
    if ((given & tied) != tied) given = given - tied;
  }
  return given;
}

AccessChanges access_changes(const Access& wanted, const Access& synced, const Access& inherited, const Access& now) {
  AccessChanges changes;
  Access all = wanted;
  all.insert(synced.begin(), synced.end());
  all.insert(inherited.begin(), inherited.end());
  for (const auto& [grantee, ignored] : all) {
    const Rights is_wanted = rights_of(wanted, grantee), before = rights_of(synced, grantee), has = rights_of(now, grantee);
    const Rights gone = (before | rights_of(inherited, grantee)) - is_wanted;
    const Rights next = (has | (is_wanted - before)) - gone;
    if (next != has) changes.emplace_back(grantee, next);
  }
  return changes;
}

}  // namespace godwit::sync
