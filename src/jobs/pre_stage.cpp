// SPDX-License-Identifier: Apache-2.0
#include "jobs/pre_stage.h"

namespace godwit::jobs {
namespace {

// Adds the sizes of a folder's messages to `bytes`, until these are enough.
Task<Result<>> add_folder(endpoint::Session& session, const endpoint::Folder& folder, std::uint64_t enough, std::uint64_t& bytes) {
  const auto view = session.open(folder);
  auto uids = view->uids(1);
  GODWIT_CO_CHECK(co_await session.flush());
  GODWIT_CO_TRY(const UidSet all, co_await uids->get());
  if (all.empty()) co_return Result<>{};
  auto reader = view->list(all, 0, {.size = true});
  GODWIT_CO_CHECK(co_await session.flush());
  while (true) {
    GODWIT_CO_TRY(const auto items, co_await reader->next());
    if (items.empty()) co_return Result<>{};
    for (const endpoint::Item& item : items) bytes += item.size;
    if (bytes >= enough) co_return Result<>{};
  }
}

Task<Result<bool>> is_large(endpoint::Source& source, const sync::Rules& rules, std::uint64_t enough) {
  GODWIT_CO_TRY(const auto session, co_await source.connect());
  GODWIT_CO_TRY(const auto folders, co_await session->folders());
  std::uint64_t bytes = 0;
  for (const endpoint::Folder& folder : folders) {
    if (!folder.selectable || folder.unreadable || !rules.takes(folder)) continue;
    GODWIT_CO_CHECK(co_await add_folder(*session, folder, enough, bytes));
    if (bytes >= enough) break;
  }
  session->close();
  co_return bytes >= enough;
}

class PreStage final : public Work {
 public:
  PreStage(WorkPlace place, std::uint64_t size_at_least)
      : source_(place.source), rules_(place.options.rules), tell_(place.on_event), size_at_least_(size_at_least),
        round_(make_round(std::move(place))) {}

  Task<sync::RoundResult> run() override {
    sync::RoundResult nothing;
    if (size_at_least_ == 0) co_return co_await round_->run();
    const auto large = co_await is_large(source_, rules_, size_at_least_);
    if (large && *large) co_return co_await round_->run();
    if (!large) nothing.error = large.error();
    else tell_({.kind = sync::Event::Kind::step, .text = "smaller than size_at_least of [pre_stage]: left to its wave"});
    co_return nothing;
  }
  sync::Progress progress() const override { return round_->progress(); }

 private:
  endpoint::Source& source_;
  const sync::Rules rules_;
  const std::function<void(const sync::Event&)> tell_;
  const std::uint64_t size_at_least_;
  const std::unique_ptr<Work> round_;
};

}  // namespace

MakeWork make_pre_stage(std::uint64_t size_at_least) {
  return [size_at_least](WorkPlace place) { return std::make_unique<PreStage>(std::move(place), size_at_least); };
}

}  // namespace godwit::jobs
