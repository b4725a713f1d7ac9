// SPDX-License-Identifier: Apache-2.0
// Changing what is on the target already: flags, places, removal.
#include <map>

#include "adapters/imap/gmail_target.h"
#include "adapters/imap/session.h"
#include "base/error_code.h"

namespace godwit::adapters {
namespace {

// What is asked of a mailbox goes out behind its SELECT at once: when that fails no mailbox is selected (RFC 9051 §6.3.2), and all that
// follows fails, too.
class PendingStores final : public endpoint::Pending<void> {
 public:
  PendingStores(imap::Command<imap::SelectData> select, std::vector<imap::Command<imap::StatusResponse>> stores)
      : select_(std::move(select)), stores_(std::move(stores)) {}

  // Every answer is taken, so that the first failure does not hide one that ends the session.
  [[nodiscard]] Task<Result<>> get() override {
    Result<> outcome;
    const auto note = [&outcome](Error error) {
      const bool is_worse = outcome || reaction_to(outcome.error().kind) == Reaction::skip_item;
      if (is_worse) outcome = std::unexpected(std::move(error));
    };
    if (auto selected = co_await select_.wait(); !selected) note(std::move(selected).error());
    for (auto& store : stores_) {
      if (auto stored = co_await store.wait(); !stored) note(std::move(stored).error());
    }
    co_return outcome;
  }

 private:
  imap::Command<imap::SelectData> select_;
  std::vector<imap::Command<imap::StatusResponse>> stores_;
};

class PendingRemoval final : public endpoint::Pending<void> {
 public:
  PendingRemoval(ImapSession& session, imap::Command<imap::SelectData> select, imap::Command<imap::StatusResponse> store,
                 imap::Command<imap::StatusResponse> expunge)
      : session_(session), select_(std::move(select)), store_(std::move(store)), expunge_(std::move(expunge)) {}

  [[nodiscard]] Task<Result<>> get() override {
    const auto selected = co_await select_.wait();
    const auto stored = co_await store_.wait();
    const auto expunged = co_await expunge_.wait();
    if (!selected) co_return std::unexpected(selected.error());
    if (!stored) co_return std::unexpected(stored.error());
    if (!expunged) co_return std::unexpected(session_.blame(expunged.error(), {"UIDPLUS"}));
    session_.praise("UIDPLUS");
    co_return Result<>{};
  }

 private:
  ImapSession& session_;
  imap::Command<imap::SelectData> select_;
  imap::Command<imap::StatusResponse> store_, expunge_;
};

}  // namespace

std::unique_ptr<endpoint::Pending<void>> ImapSession::change_flags(const endpoint::Folder& folder,
                                                                   std::span<const FlagChange> changes) {
  auto select = client_->select(folder.name);
  entered_ = folder.name;
  // One command for all messages that change alike.
  std::map<std::pair<std::string, std::string>, std::pair<MessageFlags, UidSet>> groups;
  for (const FlagChange& change : changes) {
    const MessageFlags add = is_gmail(client_->capabilities()) ? flags_for_gmail(change.add) : change.add;
    for (const auto& [operation, flags] : {std::pair{"+FLAGS.SILENT", &add}, std::pair{"-FLAGS.SILENT", &change.remove}}) {
      if (*flags == MessageFlags{}) continue;
      auto& group = groups[{operation, flags->to_string()}];
      group.first = *flags;
      group.second.add(change.uid);
    }
  }
  std::vector<imap::Command<imap::StatusResponse>> stores;
  for (const auto& [key, group] : groups) stores.push_back(client_->uid_store(group.second, key.first, group.first));
  return std::make_unique<PendingStores>(std::move(select), std::move(stores));
}

Task<Result<endpoint::TargetSession::Moved>> ImapSession::move(const endpoint::Folder& from, const UidSet& uids,
                                                              const endpoint::Folder& to) {
  auto select = client_->select(from.name);
  entered_ = from.name;
  auto move = client_->uid_move(uids, to.name);
  GODWIT_CO_CHECK(co_await select.wait());
  auto answer = co_await move.wait();
  if (!answer) co_return std::unexpected(blame(std::move(answer).error(), {"MOVE"}));
  praise("MOVE");
  Moved moved;
  for (const imap::COPYUID& part : answer->parts) {
    if (moved.uid_validity != 0 && moved.uid_validity != part.uid_validity) {
      co_return fail(codes::target_folder_replaced,
                     "the folder's UIDVALIDITY changed while messages were moved to it: " + to.path.display());
    }
    moved.uid_validity = part.uid_validity;
  }
  for (const UidRange& range : uids.ranges()) {
    for (std::uint64_t uid = range.first; uid <= range.last; ++uid) {
      const auto place = answer->destination_of(static_cast<Uid>(uid));
      if (place) moved.uids.emplace_back(static_cast<Uid>(uid), *place);
    }
  }
  co_return moved;
}

std::unique_ptr<endpoint::Pending<void>> ImapSession::remove(const endpoint::Folder& folder, const UidSet& uids) {
  auto select = client_->select(folder.name);
  entered_ = folder.name;
  auto store = client_->uid_store(uids, "+FLAGS.SILENT", MessageFlags{.system = MessageFlags::deleted, .keywords = {}});
  auto expunge = client_->uid_expunge(uids);
  return std::make_unique<PendingRemoval>(*this, std::move(select), std::move(store), std::move(expunge));
}

Task<Result<>> ImapSession::rename_folder(const endpoint::Folder& folder, const endpoint::FolderPath& path) {
  GODWIT_CO_CHECK(co_await finish(introduce()));
  const std::string name = name_for(path);
  auto unselect = client_->unselect();  // it may be the selected one
  auto rename = client_->rename(folder.name, name);
  std::optional<imap::Command<imap::StatusResponse>> subscribe;
  if (folder.subscribed) subscribe = client_->subscribe(name);
  for (auto* wish : {&unselect, subscribe ? &*subscribe : nullptr}) {
    if (wish == nullptr) continue;
    const auto answer = co_await wish->wait();
    if (!answer && reaction_to(answer.error().kind) != Reaction::skip_item) co_return std::unexpected(answer.error());
  }
  GODWIT_CO_CHECK(co_await rename.wait());
  co_return Result<>{};
}

}  // namespace godwit::adapters
