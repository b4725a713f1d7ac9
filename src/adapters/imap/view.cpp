// SPDX-License-Identifier: Apache-2.0
// Reading: an open mailbox, its UIDs, its flags, its messages.
#include <algorithm>
#include <deque>
#include <functional>
#include <map>

#include "adapters/imap/notice.h"
#include "adapters/imap/object_id.h"
#include "adapters/imap/portable_flags.h"
#include "adapters/imap/session.h"
#include "base/error_code.h"

namespace godwit::adapters {
namespace {

using endpoint::Item;
using endpoint::Message;

constexpr std::uint64_t uids_in_a_page = 1000;

// A body is a header here.
Item to_item(imap::FetchedMessage message) {
  return {message.uid, portable(std::move(message.flags)), std::move(message.internal_date), message.rfc822_size.value_or(0),
          number_of(message.object_id), std::move(message.body)};
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
    if (before.header.empty()) before.header = std::move(item.header);
  }
  page.clear();
  for (auto& [uid, item] : merged) page.push_back(std::move(item));
}

// The opening of a mailbox, whose answer several may want.
class Entering {
 public:
  Entering(ImapSession& session, std::string name) : name_(std::move(name)), entered_(session.enter(name_)) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Task<Result<FolderToken>> state() {
    if (!state_) {
      GODWIT_CO_TRY(const auto data, co_await entered_.wait());
      state_ = {data.uid_validity, data.uid_next, data.exists, data.highest_modseq};
    }
    co_return *state_;
  }

 private:
  std::string name_;
  imap::Command<imap::SelectData> entered_;
  std::optional<FolderToken> state_;
};

// All UIDs, by SEARCH; by FETCH where SEARCH is refused, or tells of fewer messages than the mailbox has (Domino, SmarterMail, QQ Mail).
class PendingUids final : public endpoint::Pending<UidSet> {
 public:
  PendingUids(ImapSession& session, std::shared_ptr<Entering> mailbox, Uid from)
      : session_(session), mailbox_(std::move(mailbox)), from_(from) {
    if (session_.believes_search()) {
      search_ = session_.client().uid_search(from_ <= 1 ? "ALL" : "UID " + std::to_string(from_) + ":*");
    } else {
      listing_ = ask_listing();
    }
  }

  [[nodiscard]] Task<Result<UidSet>> get() override {
    if (listing_) co_return co_await read_listing();
    auto found = co_await search_->wait();
    GODWIT_CO_TRY(const FolderToken state, co_await mailbox_->state());
    if (!found) {
      Error error = session_.blame(std::move(found).error(), {"ESEARCH"});
      if (reaction_to(error.kind) != Reaction::skip_item) co_return std::unexpected(std::move(error));
      session_.note_wrong_search();
      co_return co_await list_again();
    }
    session_.praise("ESEARCH");
    // "n:*" means at least the last message, wherever it is (RFC 9051 §9, seq-range).
    UidSet uids = from_on(*found);
    if (from_ > 1 || uids.size() >= state.messages) co_return uids;
    // Some may have gone meanwhile; else SEARCH has left them out.
    GODWIT_CO_TRY(UidSet listed, co_await list_again());
    if (listed.size() > uids.size()) session_.note_wrong_search();
    co_return listed;
  }

 private:
  [[nodiscard]] UidSet from_on(const UidSet& found) const {
    UidSet uids;
    for (const UidRange& range : found.ranges()) {
      if (range.last >= from_) uids.add(UidRange{std::max(range.first, from_), range.last});
    }
    return uids;
  }
  [[nodiscard]] imap::FetchCommand ask_listing() {
    return session_.client().uid_fetch(UidSet::of_range(std::max<Uid>(from_, 1), ~Uid{0} - 1), {.flags = true});
  }
  // In the mailbox once more, for another may be open by now; what is asked behind this is asked there again.
  [[nodiscard]] Task<Result<UidSet>> list_again() {
    const std::string now = session_.entered();
    if (now != mailbox_->name()) static_cast<void>(session_.enter(mailbox_->name()));
    listing_ = ask_listing();
    if (now != mailbox_->name()) static_cast<void>(session_.enter(now));
    co_return co_await read_listing();
  }
  [[nodiscard]] Task<Result<UidSet>> read_listing() {
    UidSet uids;
    while (true) {
      GODWIT_CO_TRY(const auto message, co_await listing_->next());
      if (!message) co_return uids;
      if (message->uid >= from_) uids.add(message->uid);
    }
  }

  ImapSession& session_;
  std::shared_ptr<Entering> mailbox_;
  Uid from_;
  std::optional<imap::Command<UidSet>> search_;
  std::optional<imap::FetchCommand> listing_;
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
      if (session_.gives_notices() && is_notice(fetched->body)) {
        if (only_ == 0) continue;  // it is asked for singly, and named then
        co_return fail(codes::source_gives_notice, "Exchange gives a notice instead of this message; open it in Outlook");
      }
      co_return Message{fetched->uid,
                        portable(std::move(fetched->flags)),
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
  ImapFolderView(ImapSession& session, const std::string& name)
      : session_(session), mailbox_(std::make_shared<Entering>(session, name)) {}

  [[nodiscard]] Task<Result<FolderToken>> state() override { co_return co_await mailbox_->state(); }
  [[nodiscard]] std::unique_ptr<endpoint::Pending<UidSet>> uids(Uid from) override {
    return std::make_unique<PendingUids>(session_, mailbox_, from);
  }
  [[nodiscard]] std::unique_ptr<endpoint::ItemReader> list(const UidSet& uids, std::uint64_t changed_since,
                                                           endpoint::ItemFields fields) override {
    const imap::FetchItems items{.flags = true, .internal_date = fields.date, .rfc822_size = fields.size,
                                 .object_id = fields.object_id, .header = fields.header};
    if (changed_since == 0) return std::make_unique<WindowItemReader>(session_, uids, items);
    return std::make_unique<ChangedItemReader>(session_, session_.client().uid_fetch(uids, items, changed_since));
  }
  [[nodiscard]] std::unique_ptr<endpoint::MessageReader> fetch(const UidSet& uids) override {
    return std::make_unique<ImapMessageReader>(session_, uids);
  }

 private:
  ImapSession& session_;
  std::shared_ptr<Entering> mailbox_;
};

}  // namespace

std::unique_ptr<endpoint::FolderView> ImapSession::open(const endpoint::Folder& folder) {
  return std::make_unique<ImapFolderView>(*this, folder.name);
}

}  // namespace godwit::adapters
