// SPDX-License-Identifier: Apache-2.0
// What an IMAP server tells of itself: in one flight, and only by commands that it announces.
#include "adapters/imap/extras.h"
#include "adapters/imap/session.h"
#include "adapters/imap/software.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

using endpoint::Owner;
using endpoint::ServerFacts;

std::vector<std::string> prefixes_of(const std::vector<imap::NamespaceData>& namespaces) {
  std::vector<std::string> prefixes;
  for (const imap::NamespaceData& one : namespaces) prefixes.push_back(one.prefix);
  return prefixes;
}

// How much of the name the namespace accounts for; nothing when the name does not lie in it. The prefix without its separator
// is the folder that the namespace begins with.
std::optional<std::size_t> match(const imap::NamespaceData& space, std::string_view name, bool any_case) {
  const auto begins = [&](std::string_view prefix) {
    return any_case ? starts_with_ignoring_case(name, prefix) : name.starts_with(prefix);
  };
  std::string_view prefix = space.prefix;
  if (begins(prefix)) return prefix.size();
  if (prefix.size() < 2 || prefix.back() != space.separator) return std::nullopt;
  prefix.remove_suffix(1);
  return name.size() == prefix.size() && begins(prefix) ? std::optional(prefix.size()) : std::nullopt;
}

}  // namespace

// Of the namespaces that a name lies in, the one with the longest prefix; the account's own where they tie.
Owner ImapSession::owner_of(const imap::ListData& data) const {
  Owner owner = Owner::account;
  std::optional<std::size_t> longest;
  if (equals_ignoring_case(data.mailbox, "INBOX")) return owner;
  for (const auto& [kind, namespaces] : {std::pair(Owner::account, &namespaces_.personal),
                                         {Owner::other_user, &namespaces_.other_users},
                                         {Owner::shared, &namespaces_.shared}}) {
    for (const imap::NamespaceData& space : *namespaces) {
      const auto length = match(space, data.mailbox, kind == Owner::account);  // INBOX. in any case
      if (!length || (longest && *length <= *longest)) continue;
      longest = length;
      owner = kind;
    }
  }
  return owner;
}

Task<Result<>> ImapSession::add_quotas(ServerFacts& facts, std::optional<imap::Command<std::vector<imap::QuotaData>>> asked) {
  if (!asked) co_return Result<>{};
  const auto told = co_await asked->wait();
  if (!told && !is_answer(told.error())) co_return std::unexpected(told.error());
  if (!told) co_return Result<>{};
  for (const imap::QuotaData& data : *told) facts.quotas.push_back(to_quota(data));
  co_return Result<>{};
}

Task<Result<>> ImapSession::add_append_limit(ServerFacts& facts, std::optional<imap::Command<imap::StatusData>> asked) {
  facts.append_limit = traits_.append_limit;
  if (!asked) co_return Result<>{};
  const auto told = co_await asked->wait();
  if (!told && !is_answer(told.error())) co_return std::unexpected(told.error());
  if (told) facts.append_limit = told->append_limit;
  co_return Result<>{};
}

Task<Result<ServerFacts>> ImapSession::facts() {
  const imap::Capabilities& capabilities = client_->capabilities();
  ServerFacts facts;
  auto introduction = introduce();
  facts.tells_quota = capabilities.has("QUOTA");
  std::optional<imap::Command<std::vector<imap::QuotaData>>> quotas;
  if (facts.tells_quota) quotas = client_->get_quota_root("INBOX");
  std::optional<imap::Command<imap::StatusData>> status;
  if (capabilities.has("APPENDLIMIT")) status = client_->status("INBOX", false);  // RFC 7889 §3.1: each mailbox has its own
  GODWIT_CO_CHECK(co_await finish(std::move(introduction)));
  GODWIT_CO_CHECK(co_await add_quotas(facts, std::move(quotas)));
  GODWIT_CO_CHECK(co_await add_append_limit(facts, std::move(status)));
  facts.greeting = client_->greeting_text();
  facts.software = software_;
  facts.version = version_;
  if (software_.empty()) {
    auto guess = guess_software(facts.greeting, capabilities);
    facts.software = std::move(guess.name);
    if (version_.empty()) facts.version = std::move(guess.version);
    facts.software_is_guessed = !facts.software.empty();
  }
  facts.capabilities.assign(capabilities.names().begin(), capabilities.names().end());
  facts.tls_version = client_->stream().security();
  facts.certificate = client_->stream().certificate();
  facts.other_users = prefixes_of(namespaces_.other_users);
  facts.shared = prefixes_of(namespaces_.shared);
  facts.tells_special_use = capabilities.has("SPECIAL-USE");
  co_return facts;
}

}  // namespace godwit::adapters
