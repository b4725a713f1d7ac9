// SPDX-License-Identifier: Apache-2.0
#include "tests/support/faulty_endpoint.h"

#include <algorithm>
#include <ranges>

namespace godwit::test {
namespace {

using namespace endpoint;

class FaultyUids final : public Pending<UidSet> {
 public:
  explicit FaultyUids(std::unique_ptr<Pending<UidSet>> inner) : inner_(std::move(inner)) {}
  [[nodiscard]] Task<Result<UidSet>> get() override {
    GODWIT_CO_TRY(const UidSet uids, co_await inner_->get());
    co_return uids.empty() ? uids : uids.without(UidSet::of_range(uids.last(), uids.last()));
  }

 private:
  std::unique_ptr<Pending<UidSet>> inner_;
};

class FaultyItems final : public ItemReader {
 public:
  FaultyItems(std::unique_ptr<ItemReader> inner, const Faults& faults, bool are_changes)
      : inner_(std::move(inner)), faults_(faults), are_changes_(are_changes) {}
  [[nodiscard]] Task<Result<std::vector<Item>>> next() override {
    GODWIT_CO_TRY(auto items, co_await inner_->next());
    for (Item& item : items) item.size += faults_.tells_wrong_sizes && item.size > 0 ? 1 : 0;
    if (are_changes_ && faults_.hides_changes) items.clear();
    co_return items;
  }

 private:
  std::unique_ptr<ItemReader> inner_;
  const Faults& faults_;
  bool are_changes_;
};

class FaultyView final : public FolderView {
 public:
  FaultyView(std::unique_ptr<FolderView> inner, const Faults& faults, std::uint32_t shift)
      : inner_(std::move(inner)), faults_(faults), shift_(shift) {}
  [[nodiscard]] Task<Result<FolderToken>> state() override {
    GODWIT_CO_TRY(auto state, co_await inner_->state());
    state.uid_validity += shift_;
    state.messages += faults_.counts_wrong ? 1 : 0;
    co_return state;
  }
  [[nodiscard]] std::unique_ptr<Pending<UidSet>> uids(Uid from) override {
    if (faults_.misses_uids) return std::make_unique<FaultyUids>(inner_->uids(from));
    return inner_->uids(from);
  }
  [[nodiscard]] std::unique_ptr<ItemReader> list(const UidSet& uids, std::uint64_t changed_since, ItemFields fields) override {
    return std::make_unique<FaultyItems>(inner_->list(uids, changed_since, fields), faults_, changed_since != 0);
  }
  [[nodiscard]] std::unique_ptr<MessageReader> fetch(const UidSet& uids) override {
    const bool is_beyond = faults_.gives_others && !uids.empty() && uids.first() > 1'000;
    return inner_->fetch(is_beyond ? UidSet::of_range(1, 1) : uids);
  }

 private:
  std::unique_ptr<FolderView> inner_;
  const Faults& faults_;
  std::uint32_t shift_;
};

class FaultyAppend final : public Pending<AppendOutcome> {
 public:
  FaultyAppend(std::unique_ptr<Pending<AppendOutcome>> inner, const Faults& faults, std::uint32_t shift)
      : inner_(std::move(inner)), faults_(faults), shift_(shift) {}
  FaultyAppend(AppendOutcome outcome, const Faults& faults) : outcome_(std::move(outcome)), faults_(faults) {}
  [[nodiscard]] Task<Result<AppendOutcome>> get() override {
    if (!inner_) co_return outcome_;
    GODWIT_CO_TRY(auto outcome, co_await inner_->get());
    outcome.uid_validity += shift_;
    for (Uid& uid : outcome.uids) uid += faults_.shifts_uids ? 1 : 0;
    co_return outcome;
  }

 private:
  std::unique_ptr<Pending<AppendOutcome>> inner_;
  AppendOutcome outcome_;
  const Faults& faults_;
  std::uint32_t shift_ = 0;
};

// Keeps what it is given until the end: then it is one message like others.
class FaultyStream final : public AppendStream {
 public:
  using Finish = std::function<Task<Result<std::unique_ptr<Pending<AppendOutcome>>>>(std::string)>;
  explicit FaultyStream(Finish finish) : finish_(std::move(finish)) {}
  [[nodiscard]] Task<Result<>> write(std::span<const char> piece) override {
    bytes_.append(piece.data(), piece.size());
    co_return Result<>{};
  }
  [[nodiscard]] Task<Result<std::unique_ptr<Pending<AppendOutcome>>>> finish() override { co_return co_await finish_(std::move(bytes_)); }

 private:
  Finish finish_;
  std::string bytes_;
};

class FaultySession final : public TargetSession {
 public:
  FaultySession(std::unique_ptr<TargetSession> inner, Faults& faults)
      : inner_(std::move(inner)), faults_(faults), shift_(faults.renumbers ? static_cast<std::uint32_t>(++faults.connected) : 0) {
    ++faults_.sessions;
  }
  ~FaultySession() override { --faults_.sessions; }
  FaultySession(const FaultySession&) = delete;
  FaultySession& operator=(const FaultySession&) = delete;

  [[nodiscard]] const Traits& traits() const override { return inner_->traits(); }
  [[nodiscard]] Task<Result<ServerFacts>> facts() override { return inner_->facts(); }
  [[nodiscard]] Task<Result<std::vector<Folder>>> folders() override {
    GODWIT_CO_TRY(auto folders, co_await inner_->folders());
    for (Folder& folder : folders) folder.subscribed = folder.subscribed && !faults_.ignores_subscriptions;
    co_return folders;
  }
  [[nodiscard]] std::unique_ptr<FolderView> open(const Folder& folder) override {
    return std::make_unique<FaultyView>(inner_->open(folder), faults_, shift_);
  }
  [[nodiscard]] Task<Result<>> flush() override { return inner_->flush(); }
  [[nodiscard]] bool wants_to_adapt() const override { return inner_->wants_to_adapt(); }
  [[nodiscard]] Task<Result<>> adapt() override { return inner_->adapt(); }
  [[nodiscard]] std::chrono::nanoseconds waited() const override { return inner_->waited(); }
  void close() override { inner_->close(); }
  [[nodiscard]] std::string name_for(const FolderPath& path) const override { return inner_->name_for(path); }

  [[nodiscard]] Task<Result<std::vector<Result<Folder>>>> create_folders(std::span<const NewFolder> folders) override {
    std::vector<Result<Folder>> made;
    for (NewFolder folder : folders) {
      const auto refusal = faults_.refuse_folder ? faults_.refuse_folder(folder.path) : std::nullopt;
      if (refusal) {
        made.emplace_back(std::unexpected(*refusal));
        continue;
      }
      if (faults_.rename) faults_.rename(folder.path);
      GODWIT_CO_TRY(auto one, co_await inner_->create_folders({&folder, 1}));
      if (one.front()) one.front()->state.uid_validity += shift_;
      made.push_back(std::move(one.front()));
    }
    co_return made;
  }
  [[nodiscard]] std::unique_ptr<Pending<void>> subscribe(std::span<const Folder> folders) override { return inner_->subscribe(folders); }
  [[nodiscard]] Task<Result<>> remove_folder(const Folder& folder) override { return inner_->remove_folder(folder); }
  [[nodiscard]] Task<Result<>> rename_folder(const Folder& folder, const FolderPath& path) override {
    GODWIT_CO_CHECK(co_await inner_->rename_folder(folder, path));
    if (!faults_.renumbers_renamed) co_return Result<>{};
    Folder renamed = folder;
    renamed.name = inner_->name_for(path);
    const auto moved = co_await inner_->move(renamed, UidSet::of_range(1, 1'000), renamed);
    co_return moved ? Result<>{} : std::unexpected(moved.error());
  }
  [[nodiscard]] Task<Result<std::unique_ptr<Pending<std::vector<std::string>>>>> try_out(const NewFolder& folder,
                                                                                         std::span<const NewMessage> messages) override {
    return inner_->try_out(folder, messages);
  }

  [[nodiscard]] Task<Result<std::unique_ptr<Pending<AppendOutcome>>>> append(const Folder& folder,
                                                                            std::span<const NewMessage> messages) override {
    std::vector<std::string> bodies;
    std::vector<NewMessage> spoiled;
    bodies.reserve(messages.size());
    for (const NewMessage& message : messages) {
      const auto refusal = faults_.refuse_message ? faults_.refuse_message(message.bytes) : std::nullopt;
      if (refusal && refusal->kind == ErrorKind::network) co_return std::unexpected(*refusal);
      if (refusal && faults_.keeps_part && !spoiled.empty()) {
        GODWIT_CO_TRY(const auto kept, co_await inner_->append(folder, spoiled));
        GODWIT_CO_CHECK(co_await kept->get());
      }
      if (refusal) co_return std::make_unique<FaultyAppend>(AppendOutcome{AppendOutcome::Kind::refused, {}, 0, *refusal}, faults_);
      const bool is_known = std::ranges::find(faults_.stored, message.bytes) != faults_.stored.end();
      faults_.stored.emplace_back(message.bytes);
      if (is_known && faults_.merges_duplicates) {
        co_return std::make_unique<FaultyAppend>(AppendOutcome{AppendOutcome::Kind::stored, {}, 0, {}}, faults_);
      }
      spoiled.push_back(message);
      bodies.emplace_back(message.bytes);
      if (faults_.alter) faults_.alter(bodies.back());
      if (faults_.lose_flags) faults_.lose_flags(spoiled.back().flags);
      if (faults_.alter_date) faults_.alter_date(spoiled.back().date);
      spoiled.back().bytes = bodies.back();
    }
    if (faults_.reverses_batches) std::ranges::reverse(spoiled);
    GODWIT_CO_TRY(auto pending, co_await inner_->append(folder, spoiled));
    co_return std::make_unique<FaultyAppend>(std::move(pending), faults_, shift_);
  }
  [[nodiscard]] Task<Result<std::unique_ptr<AppendStream>>> append_stream(const Folder& folder, const MessageFlags& flags,
                                                                         const std::string& date, std::uint64_t) override {
    using Answer = Result<std::unique_ptr<Pending<AppendOutcome>>>;
    co_return std::make_unique<FaultyStream>([this, folder, flags, date](std::string bytes) -> Task<Answer> {
      const NewMessage one{flags, date, bytes};
      co_return co_await append(folder, {&one, 1});
    });
  }
  [[nodiscard]] std::unique_ptr<Pending<void>> change_flags(const Folder& folder, std::span<const FlagChange> changes) override {
    std::vector<FlagChange> spoiled(changes.begin(), changes.end());
    if (faults_.ignores_flag_changes) spoiled.clear();
    for (Uid uid = 1; faults_.marks_all && uid < 10; ++uid) spoiled.push_back({uid, changes.front().add, changes.front().remove});
    return inner_->change_flags(folder, spoiled);
  }
  [[nodiscard]] Task<Result<Moved>> move(const Folder& from, const UidSet& uids, const Folder& to) override {
    co_return co_await inner_->move(from, faults_.moves_all ? UidSet::of_range(1, 1'000) : uids, to);
  }
  [[nodiscard]] std::unique_ptr<Pending<void>> remove(const Folder& folder, const UidSet& uids) override {
    return inner_->remove(folder, faults_.removes_all ? UidSet::of_range(1, 1'000) : uids);
  }

 private:
  std::unique_ptr<TargetSession> inner_;
  Faults& faults_;
  std::uint32_t shift_;
};

Task<Result<std::unique_ptr<FaultySession>>> open_session(Target& inner, Faults& faults) {
  if (faults.sessions >= faults.most_sessions) {
    co_return std::unexpected(Error{ErrorKind::unavailable, "the server refused the login", "too many connections", {}});
  }
  GODWIT_CO_TRY(auto session, co_await inner.connect());
  co_return std::make_unique<FaultySession>(std::move(session), faults);
}

class FaultySource final : public Source {
 public:
  FaultySource(Target& inner, Faults& faults) : inner_(inner), faults_(faults) {}
  [[nodiscard]] std::string identity() const override { return inner_.identity(); }
  [[nodiscard]] Task<Result<std::unique_ptr<Session>>> connect() override { co_return co_await open_session(inner_, faults_); }

 private:
  Target& inner_;
  Faults& faults_;
};

class FaultyTarget final : public Target {
 public:
  FaultyTarget(Target& inner, Faults& faults) : inner_(inner), faults_(faults) {}
  [[nodiscard]] std::string identity() const override { return inner_.identity(); }
  [[nodiscard]] std::string host() const override { return inner_.host(); }
  [[nodiscard]] Task<Result<std::unique_ptr<TargetSession>>> connect() override { co_return co_await open_session(inner_, faults_); }

 private:
  Target& inner_;
  Faults& faults_;
};

}  // namespace

std::unique_ptr<Source> make_faulty_source(Target& inner, Faults& faults) { return std::make_unique<FaultySource>(inner, faults); }
std::unique_ptr<Target> make_faulty_target(Target& inner, Faults& faults) { return std::make_unique<FaultyTarget>(inner, faults); }

}  // namespace godwit::test
