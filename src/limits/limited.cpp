// SPDX-License-Identifier: Apache-2.0
#include "limits/limited.h"

#include "limits/limited_session.h"

namespace godwit::limits {
namespace {

// How often one connect() tries where the server told when to come back, or that it has enough connections for now.
constexpr int most_tries = 3;

template <class Limited, class Endpoint>
auto connect_within(Endpoint& inner, std::shared_ptr<HostLimits> limits, Asker asker) -> decltype(inner.connect()) {
  for (int tried = 1;; ++tried) {
    GODWIT_CO_TRY(Permit permit, co_await limits->acquire(asker));
    auto session = co_await inner.connect();
    if (session) {
      permit.connected();
      co_return std::make_unique<Limited>(*std::move(session), std::move(permit), Meter(std::move(limits), std::move(asker)));
    }
    const bool is_worth_waiting = permit.failed(session.error());
    if (!is_worth_waiting || tried == most_tries) co_return session;
  }
}

// The other way in counts as one of the account's connections; what goes wrong in it says nothing of this server.
class LimitedUniqueIds final : public endpoint::UniqueIdList {
 public:
  LimitedUniqueIds(std::unique_ptr<UniqueIdList> inner, Permit permit) : permit_(std::move(permit)), inner_(std::move(inner)) {}
  [[nodiscard]] const std::vector<endpoint::UniqueId>& messages() const override { return inner_->messages(); }
  [[nodiscard]] Task<Result<>> read_headers(std::vector<std::size_t> places, Take take) override {
    return inner_->read_headers(std::move(places), std::move(take));
  }

 private:
  Permit permit_;  // in front of the list: given back when that is gone
  std::unique_ptr<UniqueIdList> inner_;
};

class LimitedSource final : public endpoint::Source {
 public:
  LimitedSource(std::unique_ptr<Source> inner, std::shared_ptr<HostLimits> limits, Asker asker)
      : inner_(std::move(inner)), limits_(std::move(limits)), asker_(std::move(asker)) {}
  void number_by(std::shared_ptr<endpoint::KeyBook> book) override { inner_->number_by(std::move(book)); }
  [[nodiscard]] std::string identity() const override { return inner_->identity(); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Session>>> connect() override {
    return connect_within<LimitedSession<endpoint::Session>>(*inner_, limits_, asker_);
  }
  [[nodiscard]] bool has_unique_ids() const override { return inner_->has_unique_ids(); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::UniqueIdList>>> list_unique_ids() override {
    GODWIT_CO_TRY(Permit permit, co_await limits_->acquire(asker_));
    GODWIT_CO_TRY(auto list, co_await inner_->list_unique_ids());
    co_return std::make_unique<LimitedUniqueIds>(std::move(list), std::move(permit));
  }

 private:
  std::unique_ptr<Source> inner_;
  std::shared_ptr<HostLimits> limits_;
  Asker asker_;
};

class LimitedTarget final : public endpoint::Target {
 public:
  LimitedTarget(std::unique_ptr<Target> inner, std::shared_ptr<HostLimits> limits, Asker asker)
      : inner_(std::move(inner)), limits_(std::move(limits)), asker_(std::move(asker)) {}
  void number_by(std::shared_ptr<endpoint::KeyBook> book) override { inner_->number_by(std::move(book)); }
  [[nodiscard]] std::string identity() const override { return inner_->identity(); }
  [[nodiscard]] std::string host() const override { return inner_->host(); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::TargetSession>>> connect() override {
    return connect_within<LimitedTargetSession>(*inner_, limits_, asker_);
  }

 private:
  std::unique_ptr<Target> inner_;
  std::shared_ptr<HostLimits> limits_;
  Asker asker_;
};

}  // namespace

std::unique_ptr<endpoint::Source> make_limited_source(std::unique_ptr<endpoint::Source> inner, std::shared_ptr<HostLimits> limits,
                                                      std::string_view account, int priority, const std::atomic<bool>& stop) {
  Asker asker{limits->account(account), priority, &stop};
  return std::make_unique<LimitedSource>(std::move(inner), std::move(limits), std::move(asker));
}

std::unique_ptr<endpoint::Target> make_limited_target(std::unique_ptr<endpoint::Target> inner, std::shared_ptr<HostLimits> limits,
                                                      std::string_view account, int priority, const std::atomic<bool>& stop) {
  Asker asker{limits->account(account), priority, &stop};
  return std::make_unique<LimitedTarget>(std::move(inner), std::move(limits), std::move(asker));
}

}  // namespace godwit::limits
