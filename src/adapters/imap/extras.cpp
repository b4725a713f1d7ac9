// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/extras.h"

#include <algorithm>
#include <limits>

#include "adapters/imap/session.h"
#include "adapters/imap/software.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

using endpoint::AccessTold;
using endpoint::AnnotationsTold;
using endpoint::Folder;

constexpr std::uint64_t storage_unit = 1024;

// The answers to commands in flight, in order; one that is a refusal in its place.
template <class T>
Task<Result<std::vector<Result<T>>>> take_answers(std::vector<imap::Command<T>> asked) {
  std::vector<Result<T>> answers;
  for (auto& command : asked) {
    answers.push_back(co_await command.wait());
    if (!answers.back() && !is_answer(answers.back().error())) co_return std::unexpected(answers.back().error());
  }
  co_return answers;
}

Task<Result<std::vector<Result<>>>> take_outcomes(std::vector<imap::Command<imap::StatusResponse>> asked) {
  GODWIT_CO_TRY(auto answers, co_await take_answers(std::move(asked)));
  std::vector<Result<>> outcomes;
  for (auto& answer : answers) outcomes.push_back(answer ? Result<>() : std::unexpected(std::move(answer).error()));
  co_return outcomes;
}

AccessTold access_of(const imap::AclData& data, const RightsForm& form) {
  AccessTold told;
  for (const imap::AclEntry& entry : data.entries) {
    const auto grantee = grantee_of(entry.identifier, form);
    const auto rights = rights_of(entry.rights, form, told.not_understood);
    if (!grantee) told.not_understood.insert(entry.identifier + " " + entry.rights);
    else if (!rights.empty()) told.access[*grantee] = told.access[*grantee] | rights;
  }
  return told;
}

AnnotationsTold annotations_of(imap::MetadataResult result) {
  AnnotationsTold told;
  told.longest_left_out = result.longest_left_out;
  for (imap::MetadataEntry& entry : result.entries) {
    if (entry.value) told.annotations.push_back({to_lower(entry.name), *std::move(entry.value)});
  }
  std::ranges::sort(told.annotations, {}, &endpoint::Annotation::name);
  return told;
}

}  // namespace

bool is_answer(const Error& error) {
  return reaction_to(error.kind) == Reaction::skip_item || error.kind == ErrorKind::quota || error.kind == ErrorKind::unavailable;
}

endpoint::Quota to_quota(const imap::QuotaData& data) {
  constexpr std::uint64_t most = ~std::uint64_t{0} / storage_unit;
  endpoint::Quota quota{data.root, std::nullopt, std::nullopt};
  for (const imap::QuotaResource& resource : data.resources) {
    if (resource.name == "STORAGE") {
      quota.storage = {std::min(resource.used, most) * storage_unit, std::min(resource.limit, most) * storage_unit};
    }
    if (resource.name == "MESSAGE") quota.messages = {resource.used, resource.limit};
  }
  return quota;
}

// What everybody may be given on the INBOX stands for what anybody may be given anywhere; a server that refuses to tell has what its
// letters say.
Task<Result<endpoint::AccessModel>> ImapExtras::access_model() {
  auto grantable = co_await client_.list_rights("INBOX", "anyone").wait();
  if (!grantable && !is_answer(grantable.error())) co_return std::unexpected(std::move(grantable).error());
  const bool is_told = grantable && !grantable->optional.empty();
  co_return adapters::access_model(form(), is_told ? std::optional(*grantable) : std::nullopt);
}

Task<Result<std::vector<Result<AccessTold>>>> ImapExtras::access(std::span<const Folder> folders) {
  std::vector<imap::Command<imap::AclData>> asked;
  for (const Folder& folder : folders) asked.push_back(client_.get_acl(folder.name));
  GODWIT_CO_TRY(const auto answers, co_await take_answers(std::move(asked)));
  std::vector<Result<AccessTold>> told;
  for (const auto& answer : answers) {
    if (answer) told.emplace_back(access_of(*answer, form()));
    else told.emplace_back(std::unexpected(answer.error()));
  }
  co_return told;
}

Task<Result<std::vector<Result<>>>> ImapExtras::change_access(std::span<const AccessChange> changes) {
  std::vector<imap::Command<imap::StatusResponse>> asked;
  for (const AccessChange& change : changes) {
    const std::string identifier = identifier_of(change.grantee, form());
    asked.push_back(change.rights.empty() ? client_.delete_acl(change.folder.name, identifier)
                                          : client_.set_acl(change.folder.name, identifier, letters_of(change.rights, form())));
  }
  co_return co_await take_outcomes(std::move(asked));
}

Task<Result<std::vector<Result<AnnotationsTold>>>> ImapExtras::annotations(std::span<const Folder> folders, std::uint64_t largest) {
  const auto max_size = static_cast<std::uint32_t>(std::min<std::uint64_t>(largest, std::numeric_limits<std::uint32_t>::max()));
  const imap::MetadataQuery query{{"/shared", "/private"}, true, max_size};
  std::vector<imap::Command<imap::MetadataResult>> asked;
  for (const Folder& folder : folders) asked.push_back(client_.get_metadata(folder.name, query));
  GODWIT_CO_TRY(auto answers, co_await take_answers(std::move(asked)));
  std::vector<Result<AnnotationsTold>> told;
  for (auto& answer : answers) {
    if (answer) told.emplace_back(annotations_of(*std::move(answer)));
    else told.emplace_back(std::unexpected(std::move(answer).error()));
  }
  co_return told;
}

Task<Result<std::vector<Result<>>>> ImapExtras::change_annotations(std::span<const AnnotationChange> changes) {
  std::vector<imap::Command<imap::StatusResponse>> asked;
  for (const AnnotationChange& change : changes) {
    asked.push_back(client_.set_metadata(change.folder.name, {{change.name, change.value}}));
  }
  co_return co_await take_outcomes(std::move(asked));
}

Task<Result<std::vector<endpoint::Quota>>> ImapExtras::quotas() {
  const auto told = co_await client_.get_quota_root("INBOX").wait();
  if (!told && !is_answer(told.error())) co_return std::unexpected(told.error());
  std::vector<endpoint::Quota> quotas;
  if (told) std::ranges::transform(*told, std::back_inserter(quotas), to_quota);
  co_return quotas;
}

// Where the account has no root yet, Cyrus makes one at the mailbox that is named.
Task<Result<>> ImapExtras::set_quota(const endpoint::Quota& quota) {
  std::vector<imap::QuotaResource> limits;
  if (quota.storage) limits.push_back({"STORAGE", 0, quota.storage->limit / storage_unit});
  if (quota.messages) limits.push_back({"MESSAGE", 0, quota.messages->limit});
  GODWIT_CO_CHECK(co_await client_.set_quota(quota.root.empty() ? "INBOX" : quota.root, limits).wait());
  co_return Result<>{};
}

endpoint::Extras* ImapSession::extras() {
  if (!extras_) {
    const std::string software = software_.empty() ? guess_software(client_->greeting_text(), client_->capabilities()).name : software_;
    extras_ = std::make_unique<ImapExtras>(*client_, software, user_);
  }
  return extras_.get();
}

}  // namespace godwit::adapters
