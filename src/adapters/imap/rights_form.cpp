// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/rights_form.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace godwit::adapters {
namespace {

using endpoint::AccessModel;
using endpoint::Grantee;
using endpoint::Identity;
using endpoint::Right;
using endpoint::Rights;
using Kind = Identity::Kind;
using Names = RightsForm::Names;

struct Letter {
  char letter;
  Rights rights;
};
constexpr std::array common{Letter{'l', {Right::see}},          Letter{'r', {Right::read}},   Letter{'s', {Right::keep_seen}},
                            Letter{'w', {Right::change_flags}}, Letter{'i', {Right::insert}}, Letter{'p', {Right::post}},
                            Letter{'a', {Right::administer}}};
constexpr std::array modern{Letter{'k', {Right::make_folders}}, Letter{'x', {Right::remove_folder}}, Letter{'t', {Right::mark_deleted}},
                            Letter{'e', {Right::expunge}}};
constexpr std::array old{Letter{'c', {Right::make_folders}}, Letter{'d', {Right::mark_deleted, Right::expunge}}};
constexpr std::array annotate{Letter{'n', {Right::annotate}}};

std::vector<Letter> letters_in(const RightsForm& form) {
  std::vector<Letter> letters(common.begin(), common.end());
  if (form.is_old) {
    letters.insert(letters.end(), old.begin(), old.end());
  } else {
    letters.insert(letters.end(), modern.begin(), modern.end());
  }
  if (form.has_annotate) letters.insert(letters.end(), annotate.begin(), annotate.end());
  return letters;
}

struct Prefix {
  Names names;
  std::string_view group, user;
};
constexpr std::array prefixes{Prefix{Names::plain, "group:", ""}, Prefix{Names::dovecot, "$", ""}, Prefix{Names::cyrus, "group:", ""},
                              Prefix{Names::courier, "group=", "user="}};

const Prefix& prefix_of(const RightsForm& form) { return *std::ranges::find(prefixes, form.names, &Prefix::names); }

std::optional<Identity> identity_of(std::string_view identifier, const RightsForm& form) {
  constexpr std::array special{std::pair{"anyone", Kind::anyone}, std::pair{"anonymous", Kind::anonymous}};
  for (const auto& [word, kind] : special) {
    if (identifier == word) return Identity{kind, {}};
  }
  const bool has_more = form.names == Names::dovecot || form.names == Names::courier;
  if (has_more && identifier == "owner") return Identity{Kind::owner, {}};
  if (form.names == Names::dovecot && identifier == "authenticated") return Identity{Kind::authenticated, {}};
  const bool is_server_s_own = (form.names == Names::dovecot && (identifier.starts_with('#') || identifier.starts_with("!$"))) ||
                               (form.names == Names::courier && identifier == "administrators");
  if (is_server_s_own || identifier.empty()) return std::nullopt;
  const Prefix& prefix = prefix_of(form);
  if (identifier.starts_with(prefix.group)) return Identity{Kind::group, std::string(identifier.substr(prefix.group.size()))};
  if (identifier.starts_with(prefix.user)) identifier.remove_prefix(prefix.user.size());
  return Identity{Kind::user, std::string(identifier)};
}

}  // namespace

RightsForm rights_form(const imap::Capabilities& capabilities, std::string_view software) {
  constexpr std::array known{std::pair{"dovecot", Names::dovecot}, std::pair{"cyrus", Names::cyrus}, std::pair{"courier", Names::courier}};
  RightsForm form;
  const auto rights = capabilities.value("RIGHTS");
  form.is_old = !rights;
  form.has_annotate = rights && to_lower(*rights).contains('n');
  const std::string name = to_lower(software);
  for (const auto& [word, names] : known) {
    if (name.contains(word)) form.names = names;
  }
  return form;
}

Rights rights_of(std::string_view letters, const RightsForm& form, std::set<std::string>& unknown) {
  RightsForm used = form;
  used.is_old = form.is_old && letters.find_first_of("kxte") == std::string_view::npos;  // some do not announce what they have
  used.has_annotate = true;
  const std::vector<Letter> known = letters_in(used);
  Rights rights;
  for (const char letter : letters) {
    const auto found = std::ranges::find(known, letter, &Letter::letter);
    if (found != known.end()) rights = rights | found->rights;
    else if (letter != 'c' && letter != 'd') unknown.emplace(1, letter);
  }
  return rights;
}

std::string letters_of(Rights rights, const RightsForm& form) {
  std::string letters;
  for (const Letter& each : letters_in(form)) {
    if ((rights & each.rights) == each.rights) letters += each.letter;
  }
  return letters;
}

std::optional<Grantee> grantee_of(std::string_view identifier, const RightsForm& form) {
  const bool is_denial = identifier.starts_with('-');
  if (is_denial) identifier.remove_prefix(1);
  auto identity = identity_of(identifier, form);
  if (!identity) return std::nullopt;
  return Grantee{*std::move(identity), is_denial};
}

std::string identifier_of(const Grantee& grantee, const RightsForm& form) {
  std::string identifier = grantee.is_denial ? "-" : "";
  const Identity& identity = grantee.identity;
  if (identity.kind == Kind::group) return identifier.append(prefix_of(form).group).append(identity.name);
  if (identity.kind == Kind::user) return identifier.append(prefix_of(form).user).append(identity.name);
  return identifier + identity.text();
}

AccessModel access_model(const RightsForm& form, const std::optional<imap::ListRightsData>& grantable) {
  AccessModel model;
  for (const Letter& each : letters_in(form)) {
    model.known = model.known | each.rights;
    if (each.letter == 'd') model.tied.push_back(each.rights);
  }
  model.identities = {Kind::anyone, Kind::user, Kind::group};
  if (form.names == Names::dovecot) model.identities.insert({Kind::authenticated, Kind::owner});
  if (form.names == Names::cyrus || form.names == Names::courier) model.identities.insert(Kind::anonymous);
  if (form.names == Names::courier) model.identities.insert(Kind::owner);
  model.has_denials = form.names != Names::plain;
  model.specific_replaces_general = form.names == Names::dovecot;
  if (!grantable) return model;
  std::set<std::string> ignored;
  Rights listed = rights_of(grantable->required, form, ignored);
  for (const std::string& group : grantable->optional) {
    const Rights rights = rights_of(group, form, ignored);
    listed = listed | rights;
    if (group.size() > 1) model.tied.push_back(rights);
  }
  model.known = model.known & listed;
  return model;
}

}  // namespace godwit::adapters
