// SPDX-License-Identifier: Apache-2.0
#include "plan/identities_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "plan/csv_reader.h"
#include "plan/text_file.h"

namespace godwit::plan {
namespace {

using endpoint::Identity;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

bool is_header(const CsvRecord& record) {
  return record.fields.size() == 2 && equals_ignoring_case(trimmed(record.fields[0]), "source") &&
         equals_ignoring_case(trimmed(record.fields[1]), "target");
}

Result<> add_line(const CsvRecord& record, sync::IdentityMap& identities) {
  if (record.fields.size() != 2) {
    return fail(ErrorKind::usage, fmt::format("a line has two fields, source and target, and this one has {}", record.fields.size()));
  }
  const std::string_view from = trimmed(record.fields[0]), to = trimmed(record.fields[1]);
  if (from.empty() || from.starts_with('-')) {
    return fail(ErrorKind::usage, fmt::format("\"{}\" is nobody; write a login name, group:NAME, anyone, authenticated, anonymous or owner",
                                              printable(from)));
  }
  return identities.add(Identity::parse(from), to.empty() ? std::nullopt : std::optional(Identity::parse(to)));
}

// A name that stands for several mailboxes of the target (one for each source of the plan) says nothing.
void add_accounts(const Plan& plan, const std::vector<Account>& accounts, sync::IdentityMap& identities) {
  std::map<std::string, std::set<std::string>> targets;
  for (const Account& account : accounts) {
    const Endpoint* const source = find_endpoint(plan.sources, account.source);
    targets[to_lower(account.source_user)].insert(account.target_user);
    if (source != nullptr) targets[to_lower(source->names.canonical(account.source_user))].insert(account.target_user);
  }
  for (const auto& [name, all] : targets) {
    const Identity from{Identity::Kind::user, name};
    if (all.size() != 1) continue;
    static_cast<void>(identities.add(from, Identity{Identity::Kind::user, *all.begin()}));  // what the file says stays
  }
}

}  // namespace

void parse_identities(std::string_view text, const std::string& file, sync::IdentityMap& identities, Problems& problems) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  CsvReader reader(text, ',');
  bool is_first = true;
  while (const auto record = reader.next()) {
    if (!*record) {
      problems.add({file, record->error().line, record->error().column}, record->error().what);
      continue;
    }
    const bool may_be_header = std::exchange(is_first, false);
    if (may_be_header && !is_header(**record)) {
      problems.add({file, (*record)->line}, "the first line names the columns; write source,target");
      return;
    }
    if (may_be_header) continue;
    if (const auto added = add_line(**record, identities); !added) problems.add({file, (*record)->line}, added.error().what);
  }
  if (is_first) problems.add({file}, "the file is empty; its first line is source,target");
}

Result<sync::IdentityMap> read_identities(const Plan& plan, const std::vector<Account>& accounts) {
  sync::IdentityMap identities;
  Problems problems;
  if (!plan.extras.identities.empty()) {
    const std::string file = plan.extras.identities.string();
    const auto text = read_text_file(plan.extras.identities);
    if (text) parse_identities(text->reveal(), file, identities, problems);
    else problems.add({file}, text.error().what);
  }
  if (!problems.empty()) return std::unexpected(problems.error());
  add_accounts(plan, accounts, identities);
  identities.set_rule([rules = plan.accounts.addresses](std::string_view user) { return rules.apply(user); });
  return identities;
}

}  // namespace godwit::plan
