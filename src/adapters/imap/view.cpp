// SPDX-License-Identifier: Apache-2.0
// Reading: an open mailbox, its UIDs, its flags, its messages.
#include <algorithm>
#include <deque>
#include <functional>
#include <map>

#include "adapters/imap/object_id.h"
#include "adapters/imap/session.h"
#include "base/error_code.h"

namespace godwit::adapters {
namespace {

using endpoint::Item;
using endpoint::Message;

constexpr std::uint64_t uids_in_a_page = 1000;

Item to_item(imap::FetchedMessage message) {
  return {message.uid, std::move(message.flags), std::move(message.internal_date), message.rfc822_size.value_or(0),
          number_of(message.object_id)};
}

// Of a FETCH that asked for the server's names of messages.
Error blame_names(ImapSession& session, Error error) { return session.blame(std::move(error), {"OBJECTID", "X-GM-EXT-1"}); }

// News about flags may come besides what was asked for, before or behind it, and without the other fields.
void merge_equal_uids(std::vector<Item>& page) {
  if (std::ranges::is_sorted(page, std::ranges::less_equal(), &Item::uid)) return;
  std::map<Uid, Item> merged;
  for (Item& item : page) {
    const auto [place, is_new] = merged.try_emplace(item.uid, item);
    if (is_new) continue;
    Item& before = place->second;
    before.flags = std::move(item.flags);
    if (before.date.empty()) before.date = std::move(item.date);
    before.size = std::max(before.size, item.size);
    before.object_id = std::max(before.object_id, item.object_id);
  }
  page.clear();
  for (auto& [uid, item] : merged) page.push_back(std::move(item));
}

class PendingUids final : public endpoint::Pending<UidSet> {
 public:
  PendingUids(ImapSession& session, imap::Command<UidSet> search, Uid from)
      : session_(session), search_(std::move(search)), from_(from) {}

  [[nodiscard]] Task<Result<UidSet>> get() override {
    auto found = co_await search_.wait();
    if (!found) co_return std::unexpected(session_.blame(std::move(found).error(), {"ESEARCH"}));
    session_.praise("ESEARCH");
    // "n:*" means at least the last message, wherever it is (RFC 9051 §9, seq-range).
    UidSet uids;
    for (const UidRange& range : found->ranges()) {
      if (range.last >= from_) uids.add(UidRange{std::max(range.first, from_), range.last});
    }
    co_return uids;
  }

 private:
  ImapSession& session_;
  imap::Command<UidSet> search_;
  Uid from_;
};

// What changed since a modseq, as one command.
class ChangedItemReader final : public endpoint::ItemReader {
 public:
  ChangedItemReader(ImapSession& session, imap::FetchCommand fetch) : session_(session), fetch_(std::move(fetch)) {}

  [[nodiscard]] Task<Result<std::vector<Item>>> next() override {
    std::vector<Item> page;
    while (page.size() < uids_in_a_page) {
      auto message = co_await fetch_.next();
      if (!message) co_return std::unexpected(session_.blame(std::move(message).error(), {"CONDSTORE", "QRESYNC"}, true));
      if (!*message) break;
      if ((*message)->uid <= last_) {
        co_return fail(codes::source_changes_disordered, "the server lists its changes in no order of UIDs");
      }
      last_ = (*message)->uid;
      page.push_back(to_item(*std::move(*message)));
    }
    co_return page;
  }

 private:
  ImapSession& session_;
  imap::FetchCommand fetch_;
  Uid last_ = 0;
};

// A listing in windows of UIDs; the next window is asked for while one is read.
class WindowItemReader final : public endpoint::ItemReader {
 public:
  WindowItemReader(ImapSession& session, UidSet uids, imap::FetchItems items)
      : session_(session), rest_(std::move(uids)), items_(items) {
    ask();
    ask();
  }

  [[nodiscard]] Task<Result<std::vector<Item>>> next() override {
    std::vector<Item> page;
    while (page.empty() && !asked_.empty()) {
      while (true) {
        auto message = co_await asked_.front().next();
        if (!message && items_.object_id) co_return std::unexpected(blame_names(session_, std::move(message).error()));
        if (!message) co_return std::unexpected(std::move(message).error());
        if (!*message) break;
        if ((*message)->has_flags) page.push_back(to_item(**std::move(message)));
      }
      asked_.pop_front();
      ask();
    }
    merge_equal_uids(page);
    co_return page;
  }

 private:
  void ask() {
    if (!rest_.empty()) asked_.push_back(session_.client().uid_fetch(rest_.take_first(uids_in_a_page), items_));
  }

  ImapSession& session_;
  UidSet rest_;
  imap::FetchItems items_;
  std::deque<imap::FetchCommand> asked_;
};

class ImapMessageReader final : public endpoint::MessageReader {
 public:
  ImapMessageReader(ImapSession& session, const UidSet& uids) : session_(session) {
    imap::Client& client = session.client();
    // For one message alone: what may stand behind its body is asked for in front of it.
    imap::FetchItems items{.flags = true, .internal_date = true, .object_id = true};
    if (uids.size() == 1) head_ = client.uid_fetch(uids, items);
    items.body = true;
    body_.emplace(client.uid_fetch(uids, items));
    only_ = uids.size() == 1 ? uids.first() : 0;
  }

  [[nodiscard]] Task<Result<std::optional<Message>>> next() override {
    imap::FetchedMessage head;
    if (head_) {
      // Its tagged answer is not waited for: Dovecot may hold it back until the next command is done, too.
      auto one = co_await head_->next();
      if (!one) co_return std::unexpected(blame_names(session_, std::move(one).error()));
      if (*one) head = **std::move(one);
      head_.reset();
    }
    while (true) {
      auto next = co_await body_->next();
      if (!next) co_return std::unexpected(blame_names(session_, std::move(next).error()));
      std::optional<imap::FetchedMessage> fetched = *std::move(next);
      if (!fetched) co_return std::nullopt;
      if (fetched->uid == 0 && only_ != 0) {
        fetched->uid = only_;
        fetched->flags = std::move(head.flags);
        fetched->internal_date = std::move(head.internal_date);
        fetched->object_id = std::move(head.object_id);
      }
      // Without a body it is news about flags; with NIL, or without a UID, whoever asked for it finds it missing.
      const bool has_body = fetched->body_kind == imap::FetchedMessage::Body::whole ||
                            fetched->body_kind == imap::FetchedMessage::Body::streamed;
      if (!has_body || fetched->uid == 0) continue;
      session_.note_body(fetched->body_size);
      co_return Message{fetched->uid,
                        std::move(fetched->flags),
                        std::move(fetched->internal_date),
                        fetched->body_size,
                        fetched->body_kind == imap::FetchedMessage::Body::streamed,
                        std::move(fetched->body),
                        number_of(fetched->object_id)};
    }
  }

  [[nodiscard]] Task<Result<std::span<const char>>> read() override { co_return co_await body_->read_body(); }

 private:
  ImapSession& session_;
  std::optional<imap::FetchCommand> head_, body_;
  Uid only_ = 0;
};

class ImapFolderView final : public endpoint::FolderView {
 public:
  ImapFolderView(ImapSession& session, const std::string& name) : session_(session), entered_(session.enter(name)) {}

  [[nodiscard]] Task<Result<FolderToken>> state() override {
    if (!state_) {
      GODWIT_CO_TRY(const auto data, co_await entered_.wait());
      state_ = {data.uid_validity, data.uid_next, data.exists, data.highest_modseq};
    }
    co_return *state_;
  }
  [[nodiscard]] std::unique_ptr<endpoint::Pending<UidSet>> uids(Uid from) override {
    const std::string criteria = from <= 1 ? "ALL" : "UID " + std::to_string(from) + ":*";
    return std::make_unique<PendingUids>(session_, session_.client().uid_search(criteria), from);
  }
  [[nodiscard]] std::unique_ptr<endpoint::ItemReader> list(const UidSet& uids, std::uint64_t changed_since,
                                                           endpoint::ItemFields fields) override {
    const imap::FetchItems items{.flags = true, .internal_date = fields.date, .rfc822_size = fields.size,
                                 .object_id = fields.object_id};
    if (changed_since == 0) return std::make_unique<WindowItemReader>(session_, uids, items);
    return std::make_unique<ChangedItemReader>(session_, session_.client().uid_fetch(uids, items, changed_since));
  }
  [[nodiscard]] std::unique_ptr<endpoint::MessageReader> fetch(const UidSet& uids) override {
    return std::make_unique<ImapMessageReader>(session_, uids);
  }

 private:
  ImapSession& session_;
  imap::Command<imap::SelectData> entered_;
  std::optional<FolderToken> state_;
};

}  // namespace

std::unique_ptr<endpoint::FolderView> ImapSession::open(const endpoint::Folder& folder) {
  return std::make_unique<ImapFolderView>(*this, folder.name);
}

}  // namespace godwit::adapters
