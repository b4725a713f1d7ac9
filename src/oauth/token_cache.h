// SPDX-License-Identifier: Apache-2.0
// Keeps one access token in memory for all who need it, and renews it before it expires.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/token_supply.h"
#include "oauth/token.h"

namespace godwit::oauth {

// May be used by any thread. Whoever asks first gets a new token for all; the others wait for it.
class TokenCache {
 public:
  using Fetch = std::function<Task<Result<Token>>()>;
  using Clock = std::chrono::steady_clock;
  explicit TokenCache(Fetch fetch, std::function<Clock::time_point()> now = Clock::now) : fetch_(std::move(fetch)), now_(std::move(now)) {}

  // As of TokenSupply. It is new where the one at hand was refused, or has less left than 5 minutes or a tenth of its life, whichever is
  // less; where no new one can be had, the one at hand serves to its end.
  [[nodiscard]] Task<Result<Secret>> get(Secret refused);

 private:
  struct Kept {
    Secret access;
    Clock::time_point renewal, end;
  };
  class Turn;
  [[nodiscard]] Result<Secret> settle(Result<Token> fetched);

  const Fetch fetch_;
  const std::function<Clock::time_point()> now_;
  std::mutex mutex_;
  std::optional<Kept> kept_;
  bool is_fetching_ = false;
  std::uint64_t failures_ = 0;
  std::optional<Error> last_failure_;
  std::vector<std::function<void()>> bells_;  // of those who wait
};

[[nodiscard]] TokenSupply supply_from(std::shared_ptr<TokenCache> cache);

}  // namespace godwit::oauth
