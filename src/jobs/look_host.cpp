// SPDX-License-Identifier: Apache-2.0
#include "jobs/look_host.h"

#include "base/error_code.h"
#include "limits/limited.h"

namespace godwit::jobs {
namespace {

template <class Endpoint>
auto connect_at(Endpoint& inner, LookHost& host) -> decltype(inner.connect()) {
  if (host.is_given_up()) co_return std::unexpected(host.why_given_up());
  auto session = co_await inner.connect();
  if (session) host.note_reached();
  else if (session.error().kind == ErrorKind::canceled && host.is_given_up()) co_return std::unexpected(host.why_given_up());
  co_return session;
}

class LookingSource final : public endpoint::Source {
 public:
  LookingSource(std::unique_ptr<Source> inner, LookHost& host) : inner_(std::move(inner)), host_(host) {}
  void number_by(std::shared_ptr<endpoint::KeyBook> book) override { inner_->number_by(std::move(book)); }
  [[nodiscard]] std::string identity() const override { return inner_->identity(); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Session>>> connect() override { return connect_at(*inner_, host_); }
  [[nodiscard]] bool has_unique_ids() const override { return inner_->has_unique_ids(); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::UniqueIdList>>> list_unique_ids() override { return inner_->list_unique_ids(); }

 private:
  std::unique_ptr<Source> inner_;
  LookHost& host_;
};

class LookingTarget final : public endpoint::Target {
 public:
  LookingTarget(std::unique_ptr<Target> inner, LookHost& host) : inner_(std::move(inner)), host_(host) {}
  void number_by(std::shared_ptr<endpoint::KeyBook> book) override { inner_->number_by(std::move(book)); }
  [[nodiscard]] std::string identity() const override { return inner_->identity(); }
  [[nodiscard]] std::string host() const override { return inner_->host(); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::TargetSession>>> connect() override { return connect_at(*inner_, host_); }

 private:
  std::unique_ptr<Target> inner_;
  LookHost& host_;
};

}  // namespace

Error LookHost::why_given_up() const {
  const std::lock_guard lock(mutex_);
  return make_error(codes::cannot_connect, "the server cannot be reached; it was given up after several tries: " + why_);
}

void LookHost::look() {
  if (is_given_up_) return;
  const limits::HostState state = limits_->state();
  if (state.breaker.state == limits::Breaker::State::closed) {
    lost_since_.reset();
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (!lost_since_) lost_since_ = now;
  if (was_reached_ && now - *lost_since_ < patience_) return;
  {
    const std::lock_guard lock(mutex_);
    why_ = state.breaker.why;
  }
  is_given_up_ = true;
  stop_ = true;
}

std::unique_ptr<endpoint::Source> make_looking_source(std::unique_ptr<endpoint::Source> inner, LookHost& host, std::string_view account,
                                                      int priority) {
  return std::make_unique<LookingSource>(limits::make_limited_source(std::move(inner), host.limits(), account, priority, host.stop_flag()),
                                         host);
}

std::unique_ptr<endpoint::Target> make_looking_target(std::unique_ptr<endpoint::Target> inner, LookHost& host, std::string_view account,
                                                      int priority) {
  return std::make_unique<LookingTarget>(limits::make_limited_target(std::move(inner), host.limits(), account, priority, host.stop_flag()),
                                         host);
}

}  // namespace godwit::jobs
