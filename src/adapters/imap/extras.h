// SPDX-License-Identifier: Apache-2.0
// Rights (RFC 4314), annotations (RFC 5464) and quotas (RFC 9208) of one session.
#pragma once

#include <string>
#include <utility>

#include "adapters/imap/rights_form.h"
#include "imap/client.h"

namespace godwit::adapters {

class ImapExtras final : public endpoint::Extras {
 public:
  // `software`: what the server calls itself, as far as is known; `user`: whose mailbox it is. `client` must outlive it.
  ImapExtras(imap::Client& client, std::string software, std::string user)
      : client_(client), software_(std::move(software)), user_(std::move(user)) {}

  [[nodiscard]] bool tells_access() const override { return client_.capabilities().has("ACL"); }
  [[nodiscard]] bool tells_annotations() const override { return client_.capabilities().has("METADATA"); }
  [[nodiscard]] bool tells_quota() const override { return client_.capabilities().has("QUOTA"); }
  [[nodiscard]] Task<Result<endpoint::AccessModel>> access_model() override;
  [[nodiscard]] endpoint::Identity own_identity() const override { return {endpoint::Identity::Kind::user, user_}; }
  [[nodiscard]] Task<Result<std::vector<Result<endpoint::AccessTold>>>> access(std::span<const endpoint::Folder> folders) override;
  [[nodiscard]] Task<Result<std::vector<Result<>>>> change_access(std::span<const AccessChange> changes) override;
  [[nodiscard]] Task<Result<std::vector<Result<endpoint::AnnotationsTold>>>> annotations(std::span<const endpoint::Folder> folders,
                                                                                         std::uint64_t largest) override;
  [[nodiscard]] Task<Result<std::vector<Result<>>>> change_annotations(std::span<const AnnotationChange> changes) override;
  [[nodiscard]] Task<Result<std::vector<endpoint::Quota>>> quotas() override;
  [[nodiscard]] Task<Result<>> set_quota(const endpoint::Quota& quota) override;

 private:
  [[nodiscard]] RightsForm form() const { return rights_form(client_.capabilities(), software_); }

  imap::Client& client_;
  const std::string software_, user_;
};

// A tagged NO or BAD, whatever its reason: the session goes on.
[[nodiscard]] bool is_answer(const Error& error);
// RFC 9208 §5: STORAGE is counted in units of 1024 bytes.
[[nodiscard]] endpoint::Quota to_quota(const imap::QuotaData& data);

}  // namespace godwit::adapters
