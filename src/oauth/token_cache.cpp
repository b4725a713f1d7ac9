// SPDX-License-Identifier: Apache-2.0
#include "oauth/token_cache.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/wakeup.h"

namespace godwit::oauth {

// Ends when the fetching is over, also where its coroutine is destroyed: then another one tries.
class TokenCache::Turn {
 public:
  explicit Turn(TokenCache& cache) : cache_(cache) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    std::vector<std::function<void()>> bells;
    {
      const std::lock_guard lock(cache_.mutex_);
      cache_.is_fetching_ = false;
      bells.swap(cache_.bells_);
    }
    for (const auto& bell : bells) bell();
  }

 private:
  TokenCache& cache_;
};

Task<Result<Secret>> TokenCache::get(Secret refused) {
  Wakeup wakeup(co_await boost::asio::this_coro::executor);
  std::optional<std::uint64_t> failures_before;
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (kept_ && !refused.empty() && kept_->access.reveal() == refused.reveal()) kept_.reset();
      if (kept_ && now_() < kept_->renewal) co_return kept_->access;
      if (failures_before && *failures_before != failures_) {
        if (kept_ && now_() < kept_->end) co_return kept_->access;
        co_return std::unexpected(*last_failure_);
      }
      if (!std::exchange(is_fetching_, true)) break;
      failures_before = failures_;
      bells_.push_back(wakeup.bell());
    }
    co_await wakeup.wait();
  }
  const Turn turn(*this);
  auto fetched = co_await fetch_();
  co_return settle(std::move(fetched));
}

Result<Secret> TokenCache::settle(Result<Token> fetched) {
  constexpr std::chrono::minutes most_ahead{5};
  const std::lock_guard lock(mutex_);
  if (fetched) {
    const auto now = now_();
    // Without a lifetime it holds until it is refused.
    const auto lifetime = fetched->lifetime.value_or(std::chrono::days(365));
    const Clock::duration ahead = std::min<Clock::duration>(most_ahead, Clock::duration(lifetime) / 10);
    kept_ = Kept{std::move(fetched->access), now + lifetime - ahead, now + lifetime};
    return kept_->access;
  }
  ++failures_;
  last_failure_ = fetched.error();
  if (kept_ && now_() < kept_->end) return kept_->access;
  return std::unexpected(std::move(fetched).error());
}

TokenSupply supply_from(std::shared_ptr<TokenCache> cache) {
  return [cache = std::move(cache)](Secret refused) { return cache->get(std::move(refused)); };
}

}  // namespace godwit::oauth
