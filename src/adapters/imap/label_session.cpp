// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/label_session.h"

#include <utility>

#include "adapters/imap/label_messages.h"

namespace godwit::adapters {
namespace {

using endpoint::FolderView;
using endpoint::Item;

constexpr std::size_t items_in_a_page = 1000;

// What was told before it was asked for.
class ToldUids final : public endpoint::Pending<UidSet> {
 public:
  explicit ToldUids(UidSet uids) : uids_(std::move(uids)) {}
  [[nodiscard]] Task<Result<UidSet>> get() override { co_return std::move(uids_); }

 private:
  UidSet uids_;
};

// Of a place, those that the server still has.
class PresentUids final : public endpoint::Pending<UidSet> {
 public:
  PresentUids(std::unique_ptr<endpoint::Pending<UidSet>> of_space, UidSet uids) : of_space_(std::move(of_space)), uids_(std::move(uids)) {}
  [[nodiscard]] Task<Result<UidSet>> get() override {
    GODWIT_CO_TRY(const UidSet present, co_await of_space_->get());
    co_return uids_.intersect(present);
  }

 private:
  std::unique_ptr<endpoint::Pending<UidSet>> of_space_;
  UidSet uids_;
};

// From the snapshot.
class ToldItems final : public endpoint::ItemReader {
 public:
  ToldItems(std::shared_ptr<const LabelSnapshot> snapshot, std::size_t place, UidSet uids)
      : snapshot_(std::move(snapshot)), place_(place), rest_(std::move(uids)) {}
  [[nodiscard]] Task<Result<std::vector<Item>>> next() override {
    std::vector<Item> page;
    const UidSet uids = rest_.take_first(items_in_a_page);
    for (const UidRange& range : uids.ranges()) {
      for (Uid uid = range.first; uid <= range.last; ++uid) {
        const LabelSnapshot::Message& message = *snapshot_->find(place_, uid);
        page.push_back({uid, snapshot_->flags_of(message), {}, 0, message.object_id});
      }
    }
    co_return page;
  }

 private:
  std::shared_ptr<const LabelSnapshot> snapshot_;
  std::size_t place_;
  UidSet rest_;
};

// Adds the keywords that stand for labels.
void add_labels(const LabelSnapshot& snapshot, std::size_t place, Uid uid, MessageFlags& flags) {
  const LabelSnapshot::Message* const message = snapshot.find(place, uid);
  if (message == nullptr) return;
  for (const std::string& keyword : snapshot.keywords_of(*message)) flags.add(keyword);
}

// Where more is asked for than the snapshot holds.
class LabelledItems final : public endpoint::ItemReader {
 public:
  LabelledItems(std::shared_ptr<const LabelSnapshot> snapshot, std::size_t place, std::unique_ptr<endpoint::ItemReader> inner)
      : snapshot_(std::move(snapshot)), place_(place), inner_(std::move(inner)) {}
  [[nodiscard]] Task<Result<std::vector<Item>>> next() override {
    GODWIT_CO_TRY(auto page, co_await inner_->next());
    for (Item& item : page) add_labels(*snapshot_, place_, item.uid, item.flags);
    co_return page;
  }

 private:
  std::shared_ptr<const LabelSnapshot> snapshot_;
  std::size_t place_;
  std::unique_ptr<endpoint::ItemReader> inner_;
};

class LabelSession final : public endpoint::Session {
 public:
  LabelSession(std::unique_ptr<ImapSession> inner, std::shared_ptr<LabelCatalogue> catalogue)
      : inner_(std::move(inner)), catalogue_(std::move(catalogue)), traits_(inner_->traits()) {
    traits_.tells_changes = false;  // a message may come to a place under a UID below what was seen there
  }

  [[nodiscard]] const endpoint::Traits& traits() const override { return traits_; }
  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override { return inner_->facts(); }
  [[nodiscard]] Task<Result<std::vector<endpoint::Folder>>> folders() override;
  [[nodiscard]] std::unique_ptr<FolderView> open(const endpoint::Folder& folder) override;
  [[nodiscard]] Task<Result<>> flush() override { return inner_->flush(); }
  [[nodiscard]] bool wants_to_adapt() const override { return inner_->wants_to_adapt(); }
  [[nodiscard]] Task<Result<>> adapt() override { return inner_->adapt(); }
  [[nodiscard]] std::chrono::nanoseconds waited() const override { return inner_->waited(); }
  void close() override { inner_->close(); }

  // Opened once as long as nothing else is: most places are in one space.
  [[nodiscard]] std::shared_ptr<FolderView> enter(const endpoint::Folder& space);
  [[nodiscard]] const std::shared_ptr<BodyStore>& store() const { return catalogue_->store; }

 private:
  [[nodiscard]] Task<Result<>> read_space(LabelSnapshot& snapshot, std::size_t space);

  std::unique_ptr<ImapSession> inner_;
  std::shared_ptr<LabelCatalogue> catalogue_;
  endpoint::Traits traits_;
  std::shared_ptr<FolderView> entered_;
  std::string entered_name_;
};

class LabelView final : public FolderView {
 public:
  LabelView(LabelSession& session, std::shared_ptr<LabelSnapshot> snapshot, std::size_t place)
      : session_(session), snapshot_(std::move(snapshot)), place_(place) {}

  [[nodiscard]] Task<Result<FolderToken>> state() override {
    FolderToken state = snapshot_->state(place_);
    if (space_) {  // what was asked of the server since may be of another mailbox by now
      GODWIT_CO_TRY(const FolderToken now, co_await space_->state());
      state.uid_validity = now.uid_validity;
    }
    co_return state;
  }
  [[nodiscard]] std::unique_ptr<endpoint::Pending<UidSet>> uids(Uid from) override {
    UidSet uids = from <= 1 ? snapshot_->members(place_) : members_of(UidSet::of_range(from, ~Uid{0}));
    if (!snapshot_->has_missed(place_)) return std::make_unique<ToldUids>(std::move(uids));
    return std::make_unique<PresentUids>(enter()->uids(from), std::move(uids));
  }
  [[nodiscard]] std::unique_ptr<endpoint::ItemReader> list(const UidSet& uids, std::uint64_t, endpoint::ItemFields fields) override {
    UidSet members = members_of(uids);
    if (!fields.date && !fields.size && !fields.header) return std::make_unique<ToldItems>(snapshot_, place_, std::move(members));
    return std::make_unique<LabelledItems>(snapshot_, place_, enter()->list(members, 0, fields));
  }
  [[nodiscard]] std::unique_ptr<endpoint::MessageReader> fetch(const UidSet& uids) override {
    const auto of_server = [this](const UidSet& rest) { return enter()->fetch(rest); };
    return std::make_unique<LabelMessages>(snapshot_, session_.store(), place_, members_of(uids), of_server);
  }

 private:
  [[nodiscard]] UidSet members_of(const UidSet& uids) const { return snapshot_->members(place_).intersect(uids); }
  [[nodiscard]] FolderView* enter() {
    const LabelPlaces& places = snapshot_->places();
    space_ = session_.enter(places.spaces()[places.places()[place_].space]);
    return space_.get();
  }

  LabelSession& session_;
  std::shared_ptr<LabelSnapshot> snapshot_;
  std::size_t place_;
  std::shared_ptr<FolderView> space_;  // where something was asked for
};

Task<Result<std::vector<endpoint::Folder>>> LabelSession::folders() {
  GODWIT_CO_TRY(const auto listed, co_await inner_->folders());
  GODWIT_CO_TRY(auto places, LabelPlaces::make(listed, catalogue_->rules));
  const auto snapshot = std::make_shared<LabelSnapshot>(std::move(places));
  for (std::size_t space = 0; space < snapshot->places().spaces().size(); ++space) {
    GODWIT_CO_CHECK(co_await read_space(*snapshot, space));
  }
  catalogue_->snapshot = snapshot;
  co_return snapshot->folders();
}

Task<Result<>> LabelSession::read_space(LabelSnapshot& snapshot, std::size_t space) {
  const auto view = enter(snapshot.places().spaces()[space]);
  GODWIT_CO_TRY(const FolderToken state, co_await view->state());
  if (state.messages > 0) {
    auto fetch = inner_->client().uid_fetch(UidSet::of_range(1, ~Uid{0} - 1), {.flags = true, .object_id = true, .labels = true});
    while (true) {
      GODWIT_CO_TRY(auto message, co_await fetch.next());
      if (!message) break;
      snapshot.add(space, *std::move(message));
    }
  }
  entered_ = nullptr;  // its state is of this moment
  snapshot.finish(space, state);
  co_return Result<>{};
}

std::shared_ptr<FolderView> LabelSession::enter(const endpoint::Folder& space) {
  if (!entered_ || entered_name_ != space.name) {
    entered_ = inner_->open(space);
    entered_name_ = space.name;
  }
  return entered_;
}

std::unique_ptr<FolderView> LabelSession::open(const endpoint::Folder& folder) {
  const auto& snapshot = catalogue_->snapshot;
  const auto place = snapshot ? snapshot->find(folder.name) : std::nullopt;
  if (place) return std::make_unique<LabelView>(*this, snapshot, *place);
  entered_ = nullptr;
  return inner_->open(folder);
}

}  // namespace

bool shows_labels(ImapSession& session, const endpoint::LabelRules& rules) {
  return rules.placement != endpoint::LabelRules::Placement::folders && session.client().capabilities().has("X-GM-EXT-1");
}

std::unique_ptr<endpoint::Session> make_label_session(std::unique_ptr<ImapSession> inner, std::shared_ptr<LabelCatalogue> catalogue) {
  return std::make_unique<LabelSession>(std::move(inner), std::move(catalogue));
}

}  // namespace godwit::adapters
