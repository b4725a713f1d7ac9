// SPDX-License-Identifier: Apache-2.0
#include "sync/target_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "sync/doubt.h"
#include "sync/folder_map.h"

namespace godwit::sync {
namespace {

constexpr int attempts = 6;
constexpr std::chrono::milliseconds longest_pause{8000};

}  // namespace

Task<Result<>> TargetLine::persist(const std::function<Task<Result<>>()>& step, const std::function<std::uint64_t()>& learned) {
  std::uint64_t before = learned();
  for (int attempt = 1;; ++attempt) {
    Result<> done;
    if (!session_) done = co_await connect();
    if (done) done = co_await step();
    if (done || reaction_to(done.error().kind) != Reaction::reconnect) co_return done;
    session_.reset();
    if (std::exchange(before, learned()) != before) attempt = 1;
    if (attempt == attempts) co_return done;
    const auto time = std::min(longest_pause, first_pause_ * (1 << std::min(attempt, 4)));
    on_event_({Event::Kind::warning,
               fmt::format("{}; connecting again in {:.1f} s", describe(done.error()), static_cast<double>(time.count()) / 1000)});
    GODWIT_CO_CHECK(co_await pause(stop_, time));
  }
}

Task<Result<>> TargetLine::connect() {
  auto session = co_await target_.connect();
  if (!session) co_return std::unexpected(std::move(session).error().at("target"));
  GODWIT_CO_TRY(folders_, co_await (*session)->folders());
  session_ = *std::move(session);
  for (const std::string& warning : session_->traits().warnings) on_event_({Event::Kind::warning, "target: " + warning});
  co_return Result<>{};
}

const endpoint::Folder* TargetLine::find(const std::string& name) const { return find_folder(folders_, name); }

}  // namespace godwit::sync
