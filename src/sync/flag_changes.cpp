// SPDX-License-Identifier: Apache-2.0
#include "sync/flag_changes.h"

#include <fmt/format.h>

namespace godwit::sync {
namespace {

using endpoint::TargetSession;

bool is_news_to_target(const ChangeFlags& change) { return change.add != MessageFlags{} || change.remove != MessageFlags{}; }

std::vector<TargetSession::FlagChange> to_send(const std::vector<ChangeFlags>& changes) {
  std::vector<TargetSession::FlagChange> wanted;
  for (const ChangeFlags& change : changes) {
    if (is_news_to_target(change)) wanted.push_back({change.target_uid, change.add, change.remove});
  }
  return wanted;
}

std::string as_text(const ChangeFlags& change) {
  std::string text;
  if (change.add != MessageFlags{}) text = "with " + change.add.to_string();
  if (change.remove != MessageFlags{}) text += (text.empty() ? "without " : ", without ") + change.remove.to_string();
  return text;
}

// One of the changes was refused: which, and of which messages?
Task<Result<>> find_refused(const RoundContext& context, TargetSession& target, const FolderFlags& folder) {
  std::map<std::string, std::vector<const ChangeFlags*>> alike;
  for (const ChangeFlags& change : folder.changes) {
    if (const std::string text = as_text(change); !text.empty()) alike[text].push_back(&change);
  }
  FolderWork& work = *folder.work;
  for (const auto& [text, changes] : alike) {
    std::vector<TargetSession::FlagChange> some;
    for (const ChangeFlags* const change : changes) some.push_back({change->target_uid, change->add, change->remove});
    const auto changed = co_await target.change_flags(work.target, some)->get();
    if (changed) continue;
    if (reaction_to(changed.error().kind) != Reaction::skip_item) co_return std::unexpected(changed.error());
    context.warn(fmt::format("folder {}: {} messages: the target refused to keep them {}: {}", work.name(), changes.size(), text,
                             describe(changed.error())), work.name(), code_of(changed.error()));
    const Error& refusal = changed.error();
    const std::string why = refusal.server_text.empty() && !refusal.what.empty() ? ": " + refusal.what : std::string();
    std::vector<ledger::Problem> problems;
    for (const ChangeFlags* const change : changes) {
      problems.push_back({work.record.id, work.name(), change->uid, 0, "flags",
                          fmt::format("the message is on the target, which refused to keep it {}{}", text, why),
                          changed.error().server_text, {}, {}, {}});
    }
    context.result.flags_refused += problems.size();
    GODWIT_CO_CHECK(co_await context.account.record(work.record.id, {}, std::move(problems)));
  }
  co_return Result<>{};
}

}  // namespace

Task<Result<>> bring_flags(const RoundContext& context, TargetSession& target, std::vector<FolderFlags> folders) {
  std::vector<ledger::FlagIntent> intents;
  for (const FolderFlags& folder : folders) {
    for (const ChangeFlags& change : folder.changes) {
      if (!is_news_to_target(change)) continue;
      intents.push_back({folder.work->record.id, change.uid, change.target_uid, change.add, change.remove, change.synced});
    }
  }
  if (!intents.empty()) GODWIT_CO_CHECK(co_await context.account.begin_flags(std::move(intents)));
  std::vector<std::unique_ptr<endpoint::Pending<void>>> asked;
  for (const FolderFlags& folder : folders) {
    const auto wanted = to_send(folder.changes);
    asked.push_back(wanted.empty() ? nullptr : target.change_flags(folder.work->target, wanted));
    context.result.flags_changed += wanted.size();
  }
  for (std::size_t i = 0; i < folders.size(); ++i) {
    FolderWork& work = *folders[i].work;
    if (asked[i]) {
      work.is_touched = true;
      const auto changed = co_await asked[i]->get();
      const bool is_refused = !changed && reaction_to(changed.error().kind) == Reaction::skip_item;
      if (!changed && !is_refused) co_return std::unexpected(changed.error());
      if (is_refused) GODWIT_CO_CHECK(co_await find_refused(context, target, folders[i]));
    }
    std::vector<std::pair<Uid, MessageFlags>> synced;
    for (ChangeFlags& change : folders[i].changes) synced.emplace_back(change.uid, std::move(change.synced));
    if (!synced.empty()) GODWIT_CO_CHECK(co_await context.account.set_flags(work.record.id, std::move(synced)));
  }
  co_return Result<>{};
}

Task<Result<>> bring_flags(const RoundContext& context, TargetSession& target, FolderFlags folder) {
  std::vector<FolderFlags> one;
  one.push_back(std::move(folder));
  co_return co_await bring_flags(context, target, std::move(one));
}

}  // namespace godwit::sync
