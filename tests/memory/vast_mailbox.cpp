// SPDX-License-Identifier: Apache-2.0
#include "tests/memory/vast_mailbox.h"

#include <fmt/format.h>

namespace godwit::test {
namespace {

using endpoint::AppendOutcome;
using endpoint::Folder;
using endpoint::Item;
using endpoint::Message;

constexpr std::size_t items_in_a_page = 500;
constexpr std::uint32_t uid_validity = 77;

// An answer that is there already.
template <class T>
class Ready final : public endpoint::Pending<T> {
 public:
  explicit Ready(T value) : value_(std::move(value)) {}
  Task<Result<T>> get() override { co_return std::move(value_); }

 private:
  T value_;
};

class VastItems final : public endpoint::ItemReader {
 public:
  VastItems(UidSet uids, endpoint::ItemFields fields) : uids_(std::move(uids)), fields_(fields) {}
  Task<Result<std::vector<Item>>> next() override {
    std::vector<Item> page;
    const UidSet part = uids_.take_first(items_in_a_page);
    for (const UidRange& range : part.ranges()) {
      for (Uid uid = range.first; uid <= range.last; ++uid) {
        page.push_back({.uid = uid, .flags = {}, .date = fields_.date ? "01-Jan-2024 10:00:00 +0000" : "", .size = fields_.size ? uid : 0U});
      }
    }
    co_return page;
  }

 private:
  UidSet uids_;
  endpoint::ItemFields fields_;
};

class VastMessages final : public endpoint::MessageReader {
 public:
  VastMessages(VastMailbox& mailbox, UidSet uids) : mailbox_(mailbox), uids_(std::move(uids)) {}
  Task<Result<std::optional<Message>>> next() override {
    const UidSet one = uids_.take_first(1);
    if (one.empty() || one.first() > mailbox_.messages) co_return std::nullopt;
    if (mailbox_.on_message) mailbox_.on_message();
    std::string bytes = vast_message(one.first());
    const std::uint64_t size = bytes.size();
    co_return Message{one.first(), {}, "01-Jan-2024 10:00:00 +0000", size, false, std::move(bytes)};
  }
  Task<Result<std::span<const char>>> read() override { co_return fail(ErrorKind::bug, "nothing is streamed"); }

 private:
  VastMailbox& mailbox_;
  UidSet uids_;
};

class VastView final : public endpoint::FolderView {
 public:
  VastView(VastMailbox& mailbox, FolderToken state) : mailbox_(mailbox), state_(state) {}
  Task<Result<FolderToken>> state() override { co_return state_; }
  std::unique_ptr<endpoint::Pending<UidSet>> uids(Uid from) override {
    return std::make_unique<Ready<UidSet>>(from <= mailbox_.messages ? UidSet::of_range(from, mailbox_.messages) : UidSet());
  }
  std::unique_ptr<endpoint::ItemReader> list(const UidSet& uids, std::uint64_t changed_since, endpoint::ItemFields fields) override {
    return std::make_unique<VastItems>(changed_since >= state_.highest_modseq && changed_since > 0 ? UidSet() : uids, fields);
  }
  std::unique_ptr<endpoint::MessageReader> fetch(const UidSet& uids) override {
    return std::make_unique<VastMessages>(mailbox_, uids);
  }

 private:
  VastMailbox& mailbox_;
  FolderToken state_;
};

class VastSession final : public endpoint::TargetSession {
 public:
  explicit VastSession(VastMailbox& mailbox) : mailbox_(mailbox) {
    traits_.tells_changes = mailbox.tells_changes;
    traits_.batch_messages = 1000;
    traits_.pipelines_appends = true;
  }
  const endpoint::Traits& traits() const override { return traits_; }
  Task<Result<endpoint::ServerFacts>> facts() override { co_return endpoint::ServerFacts(); }
  Task<Result<std::vector<Folder>>> folders() override {
    Folder inbox;
    inbox.name = "INBOX";
    inbox.path = {{"INBOX"}};
    inbox.role = endpoint::Role::inbox;
    inbox.state = state();
    co_return std::vector<Folder>{inbox};
  }
  std::unique_ptr<endpoint::FolderView> open(const Folder&) override { return std::make_unique<VastView>(mailbox_, state()); }
  Task<Result<>> flush() override { co_return Result<>{}; }
  bool wants_to_adapt() const override { return false; }
  Task<Result<>> adapt() override { co_return Result<>{}; }
  std::chrono::nanoseconds waited() const override { return {}; }
  void close() override {}

  std::string name_for(const endpoint::FolderPath& path) const override { return path.display(); }
  Task<Result<std::vector<Result<Folder>>>> create_folders(std::span<const endpoint::NewFolder> wanted) override {
    // The probe finds no place, and that is all right.
    std::vector<Result<Folder>> none;
    for (std::size_t i = 0; i < wanted.size(); ++i) none.emplace_back(fail(ErrorKind::refused, "no more folders"));
    co_return none;
  }
  std::unique_ptr<endpoint::Pending<void>> subscribe(std::span<const Folder>) override { return nullptr; }
  Task<Result<std::unique_ptr<endpoint::Pending<std::vector<std::string>>>>> try_out(
      const endpoint::NewFolder&, std::span<const endpoint::NewMessage>) override {
    co_return fail(ErrorKind::refused, "no more folders");
  }
  Task<Result<>> remove_folder(const Folder&) override { co_return Result<>{}; }
  Task<Result<>> rename_folder(const Folder&, const endpoint::FolderPath&) override { co_return Result<>{}; }
  Task<Result<std::unique_ptr<endpoint::Pending<AppendOutcome>>>> append(
      const Folder&, std::span<const endpoint::NewMessage> messages) override {
    AppendOutcome outcome;
    outcome.uid_validity = uid_validity;
    for (const endpoint::NewMessage& message : messages) {
      outcome.uids.push_back(++mailbox_.messages);
      if (message.bytes != vast_message(mailbox_.messages)) ++mailbox_.out_of_order;
      if (mailbox_.on_message) mailbox_.on_message();
    }
    co_return std::make_unique<Ready<AppendOutcome>>(std::move(outcome));
  }
  Task<Result<std::unique_ptr<endpoint::AppendStream>>> append_stream(const Folder&, const MessageFlags&, const std::string&,
                                                                      std::uint64_t) override {
    co_return fail(ErrorKind::bug, "nothing is streamed");
  }
  std::unique_ptr<endpoint::Pending<void>> change_flags(const Folder&, std::span<const FlagChange>) override { return nullptr; }
  Task<Result<Moved>> move(const Folder&, const UidSet&, const Folder&) override { co_return Moved{}; }
  std::unique_ptr<endpoint::Pending<void>> remove(const Folder&, const UidSet&) override { return nullptr; }

 private:
  FolderToken state() const {
    return {uid_validity, mailbox_.messages + 1, mailbox_.messages, mailbox_.tells_changes ? mailbox_.messages + 1 : 0};
  }
  VastMailbox& mailbox_;
  endpoint::Traits traits_;
};

class VastSource final : public endpoint::Source {
 public:
  explicit VastSource(VastMailbox& mailbox) : mailbox_(mailbox) {}
  std::string identity() const override { return "vast://source"; }
  Task<Result<std::unique_ptr<endpoint::Session>>> connect() override { co_return std::make_unique<VastSession>(mailbox_); }

 private:
  VastMailbox& mailbox_;
};

class VastTarget final : public endpoint::Target {
 public:
  explicit VastTarget(VastMailbox& mailbox) : mailbox_(mailbox) {}
  std::string identity() const override { return "vast://target"; }
  std::string host() const override { return "vast"; }
  Task<Result<std::unique_ptr<endpoint::TargetSession>>> connect() override { co_return std::make_unique<VastSession>(mailbox_); }

 private:
  VastMailbox& mailbox_;
};

}  // namespace

std::string vast_message(Uid uid) { return fmt::format("Subject: {}\r\n\r\nbody of {}\r\n", uid, uid); }
std::unique_ptr<endpoint::Source> make_vast_source(VastMailbox& mailbox) { return std::make_unique<VastSource>(mailbox); }
std::unique_ptr<endpoint::Target> make_vast_target(VastMailbox& mailbox) { return std::make_unique<VastTarget>(mailbox); }

}  // namespace godwit::test
