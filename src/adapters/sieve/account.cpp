// SPDX-License-Identifier: Apache-2.0
#include "adapters/sieve/account.h"

#include "adapters/sieve/login.h"
#include "adapters/sieve/session.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

Task<Result<std::unique_ptr<SieveSession>>> open_session(std::shared_ptr<const SieveSettings> settings) {
  GODWIT_CO_TRY(auto client, co_await log_in(*settings));
  std::string place = settings->url.host_identity(sieve_url_form) + ": user " + printable(settings->url.user);
  co_return std::make_unique<SieveSession>(std::move(client), std::move(place), [settings] { return log_in(*settings); });
}

class SieveSource final : public endpoint::CollectionSource {
 public:
  explicit SieveSource(SieveSettings settings) : settings_(std::make_shared<const SieveSettings>(std::move(settings))) {}
  [[nodiscard]] std::string identity() const override { return settings_->url.identity(sieve_url_form); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::CollectionSession>>> connect() override {
    co_return co_await open_session(settings_);
  }

 private:
  std::shared_ptr<const SieveSettings> settings_;
};

class SieveTarget final : public endpoint::CollectionTarget {
 public:
  explicit SieveTarget(SieveSettings settings) : settings_(std::make_shared<const SieveSettings>(std::move(settings))) {}
  [[nodiscard]] std::string identity() const override { return settings_->url.identity(sieve_url_form); }
  [[nodiscard]] std::string host() const override { return settings_->url.host_identity(sieve_url_form); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::CollectionTargetSession>>> connect() override {
    co_return co_await open_session(settings_);
  }

 private:
  std::shared_ptr<const SieveSettings> settings_;
};

}  // namespace

std::unique_ptr<endpoint::CollectionSource> make_sieve_source(SieveSettings settings) {
  return std::make_unique<SieveSource>(std::move(settings));
}

std::unique_ptr<endpoint::CollectionTarget> make_sieve_target(SieveSettings settings) {
  return std::make_unique<SieveTarget>(std::move(settings));
}

}  // namespace godwit::adapters
