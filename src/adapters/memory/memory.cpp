// SPDX-License-Identifier: Apache-2.0
#include "adapters/memory/memory.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <stdexcept>

#include "base/error_code.h"

namespace godwit::adapters {
namespace {

using endpoint::AppendOutcome;
using endpoint::Folder;
using endpoint::FolderPath;
using endpoint::Item;
using endpoint::Message;

constexpr std::size_t items_in_a_page = 500;
constexpr std::size_t piece_size = 4096;

Error lost() { return {ErrorKind::network, "the connection was lost", {}, {}}; }

FolderPath path_of(const std::string& name) {
  FolderPath path;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = name.find('/', begin);
    path.segments.push_back(name.substr(begin, end - begin));
    if (end == std::string::npos) break;
  }
  return path;
}

// Counts the calls of all sessions of a mailbox, and ends this session at the chosen one.
class Line {
 public:
  explicit Line(MemoryMailbox& mailbox) : mailbox_(mailbox), open_sessions_(mailbox.open_sessions) { ++*open_sessions_; }
  ~Line() { --*open_sessions_; }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  // Others on the thread get their turn first, as with a real connection.
  [[nodiscard]] Task<Result<>> call() {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    if (lost_) co_return std::unexpected(lost());
    if (closed_) co_return fail(ErrorKind::canceled, "the session was closed");
    ++mailbox_.calls;
    if (mailbox_.on_call) mailbox_.on_call();
    if (mailbox_.lose_session_at != 0 && --mailbox_.lose_session_at == 0) lose();
    if (lost_) co_return std::unexpected(lost());
    co_return Result<>{};
  }
  void lose() { lost_ = true; }
  void close() { closed_ = true; }
  [[nodiscard]] MemoryMailbox& mailbox() { return mailbox_; }
  // The folder that is open, as on a real connection: asking through a view behind the opening of another is a defect.
  [[nodiscard]] int open() { return ++opened_; }
  void check_open(int view) const {
    if (view != opened_) throw std::logic_error("a folder view was used after the session had opened another folder");
  }

 private:
  int opened_ = 0;
  MemoryMailbox& mailbox_;
  std::shared_ptr<int> open_sessions_;
  bool lost_ = false, closed_ = false;
};

std::uint64_t object_id_of(const MemoryMailbox& mailbox, const std::string& bytes) {
  return mailbox.tells_object_ids ? std::hash<std::string>()(bytes) >> 8U | 1U : 0;
}

// The first message above `uid`: users may remove messages while a reader is at work.
std::vector<MemoryMessage>::const_iterator message_above(const MemoryFolder& folder, Uid uid) {
  return std::ranges::upper_bound(folder.messages, uid, {}, &MemoryMessage::uid);
}

std::string header_of(const std::string& bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  return end == std::string::npos ? bytes : bytes.substr(0, end + 4);
}

class MemoryItems final : public endpoint::ItemReader {
 public:
  MemoryItems(std::shared_ptr<Line> line, const MemoryFolder& folder, UidSet uids, std::uint64_t changed_since,
              endpoint::ItemFields fields)
      : line_(std::move(line)), folder_(folder), uids_(std::move(uids)), changed_since_(changed_since), fields_(fields) {}

  [[nodiscard]] Task<Result<std::vector<Item>>> next() override {
    GODWIT_CO_CHECK(co_await line_->call());
    std::vector<Item> page;
    for (auto message = message_above(folder_, last_); message != folder_.messages.end() && page.size() < items_in_a_page;
         ++message) {
      last_ = message->uid;
      if (!uids_.contains(message->uid) || message->modseq <= changed_since_) continue;
      page.push_back({message->uid, message->flags, fields_.date ? message->date : std::string(),
                      fields_.size ? message->bytes.size() : 0, fields_.object_id ? object_id_of(line_->mailbox(), message->bytes) : 0,
                      fields_.header ? header_of(message->bytes) : std::string()});
    }
    co_return page;
  }

 private:
  std::shared_ptr<Line> line_;
  const MemoryFolder& folder_;
  UidSet uids_;
  std::uint64_t changed_since_;
  endpoint::ItemFields fields_;
  Uid last_ = 0;
};

class MemoryMessages final : public endpoint::MessageReader {
 public:
  MemoryMessages(std::shared_ptr<Line> line, const MemoryFolder& folder, UidSet uids)
      : line_(std::move(line)), folder_(folder), uids_(std::move(uids)) {}

  [[nodiscard]] Task<Result<std::optional<Message>>> next() override {
    GODWIT_CO_CHECK(co_await line_->call());
    for (auto stored = message_above(folder_, last_); stored != folder_.messages.end(); ++stored) {
      last_ = stored->uid;
      if (!uids_.contains(stored->uid) || stored->bytes.contains("X-Unreadable: yes")) continue;
      if (stored->uid == line_->mailbox().deadly) {
        line_->lose();
        co_return std::unexpected(lost());
      }
      if (std::size_t& faults = line_->mailbox().faults; stored->bytes.contains("X-Fault: yes") && faults > 0) {
        --faults;
        co_return std::unexpected(make_error(codes::server_fault, "the server asks to come back later", "[SERVERBUG] Server error"));
      }
      current_ = *stored;
      rest_ = current_.bytes;
      const bool is_streamed = current_.bytes.size() > line_->mailbox().streamed_above;
      ++line_->mailbox().bodies;
      co_return Message{current_.uid, current_.flags, current_.date, current_.bytes.size(), is_streamed,
                        is_streamed ? std::string() : current_.bytes, object_id_of(line_->mailbox(), current_.bytes)};
    }
    co_return std::nullopt;
  }
  [[nodiscard]] Task<Result<std::span<const char>>> read() override {
    GODWIT_CO_CHECK(co_await line_->call());
    const std::string_view piece = rest_.substr(0, piece_size);
    rest_.remove_prefix(piece.size());
    co_return std::span<const char>(piece.data(), piece.size());
  }

 private:
  std::shared_ptr<Line> line_;
  const MemoryFolder& folder_;
  UidSet uids_;
  Uid last_ = 0;
  MemoryMessage current_;
  std::string_view rest_;
};

class MemoryUids final : public endpoint::Pending<UidSet> {
 public:
  MemoryUids(std::shared_ptr<Line> line, const MemoryFolder& folder, Uid from)
      : line_(std::move(line)), folder_(folder), from_(from) {}
  [[nodiscard]] Task<Result<UidSet>> get() override {
    GODWIT_CO_CHECK(co_await line_->call());
    UidSet uids;
    for (const MemoryMessage& message : folder_.messages) {
      if (message.uid >= from_) uids.add(message.uid);
    }
    std::size_t& incomplete = line_->mailbox().incomplete_lists;
    if (incomplete > 0 && !uids.empty()) {
      --incomplete;
      static_cast<void>(uids.take_first(1));
    }
    co_return uids;
  }

 private:
  std::shared_ptr<Line> line_;
  const MemoryFolder& folder_;
  Uid from_;
};

FolderToken token_of(const MemoryMailbox& mailbox, const MemoryFolder& folder) {
  return {folder.uid_validity, mailbox.tells_uid_next ? folder.uid_next : 0, static_cast<std::uint32_t>(folder.messages.size()),
          mailbox.tells_changes ? folder.highest_modseq : 0};
}

class MemoryView final : public endpoint::FolderView {
 public:
  MemoryView(std::shared_ptr<Line> line, const MemoryFolder& folder)
      : line_(std::move(line)), folder_(folder), number_(line_->open()) {}
  [[nodiscard]] Task<Result<FolderToken>> state() override {
    GODWIT_CO_CHECK(co_await line_->call());
    if (line_->mailbox().unopenable.contains(folder_.name)) co_return fail(ErrorKind::not_found, "the server refused it", "no such folder");
    co_return token_of(line_->mailbox(), folder_);
  }
  [[nodiscard]] std::unique_ptr<endpoint::Pending<UidSet>> uids(Uid from) override {
    line_->check_open(number_);
    return std::make_unique<MemoryUids>(line_, folder_, from);
  }
  [[nodiscard]] std::unique_ptr<endpoint::ItemReader> list(const UidSet& uids, std::uint64_t changed_since,
                                                           endpoint::ItemFields fields) override {
    line_->check_open(number_);
    return std::make_unique<MemoryItems>(line_, folder_, uids, changed_since, fields);
  }
  [[nodiscard]] std::unique_ptr<endpoint::MessageReader> fetch(const UidSet& uids) override {
    line_->check_open(number_);
    return std::make_unique<MemoryMessages>(line_, folder_, uids);
  }

 private:
  std::shared_ptr<Line> line_;
  const MemoryFolder& folder_;
  int number_;
};

class MemoryAppend final : public endpoint::Pending<AppendOutcome> {
 public:
  MemoryAppend(std::shared_ptr<Line> line, Result<AppendOutcome> outcome) : line_(std::move(line)), outcome_(std::move(outcome)) {}
  [[nodiscard]] Task<Result<AppendOutcome>> get() override {
    const auto called = co_await line_->call();
    co_return called ? std::move(outcome_) : std::unexpected(called.error());
  }

 private:
  std::shared_ptr<Line> line_;
  Result<AppendOutcome> outcome_;
};

MemoryMailbox::AppendFault next_fault(MemoryMailbox& mailbox) {
  ++mailbox.appends;
  MemoryMailbox::AppendFault& fault = mailbox.append_fault;
  if (fault.skip > 0) {
    --fault.skip;
    return {};
  }
  if (fault.times == 0) return {};
  --fault.times;
  return fault;
}

Result<AppendOutcome> store(Line& line, MemoryFolder& folder, const std::vector<MemoryMessage>& messages) {
  using Kind = MemoryMailbox::AppendFault::Kind;
  MemoryMailbox& mailbox = line.mailbox();
  const MemoryMailbox::AppendFault fault = next_fault(mailbox);
  AppendOutcome outcome;
  const auto refuse = [&](std::string text) {
    outcome.kind = AppendOutcome::Kind::refused;
    outcome.uids.clear();
    outcome.error = Error{fault.error, "the server refused it", std::move(text), {}};
  };
  const auto is_marked = [](const MemoryMessage& message) { return message.bytes.contains("X-Refuse: yes"); };
  if (fault.kind == Kind::refuse_marked && std::ranges::any_of(messages, is_marked)) {
    refuse("not this one");
    return outcome;
  }
  const auto is_refused = [&](const MemoryMessage& message) { return mailbox.refuses && mailbox.refuses(message.bytes); };
  if (std::ranges::any_of(messages, is_refused)) {
    refuse("malformed message");
    return outcome;
  }
  const auto has_refused_keyword = [&](const MemoryMessage& message) {
    return !mailbox.refused_with.empty() && message.flags.has_keyword(mailbox.refused_with);
  };
  if (std::ranges::any_of(messages, has_refused_keyword)) {
    refuse("invalid keyword");
    outcome.error.code = codes::flags_refused.number;
    return outcome;
  }
  outcome.uid_validity = folder.uid_validity;
  for (const MemoryMessage& message : messages) {
    if (fault.kind == Kind::store_nothing) {
      outcome.uids.push_back(folder.uid_next++);
      continue;
    }
    if (fault.kind == Kind::keep_some_and_refuse && outcome.uids.size() >= fault.keep) break;
    std::string bytes = message.bytes;
    if (mailbox.alter) mailbox.alter(bytes);
    MessageFlags flags = message.flags;
    flags.system = static_cast<std::uint8_t>(flags.system & ~mailbox.late_flags);
    outcome.uids.push_back(folder.add(std::move(bytes), flags, mailbox.loses_dates ? "02-Feb-2026 02:02:02 +0000" : message.date));
  }
  if (fault.kind == Kind::keep_some_and_refuse) refuse("only some");
  if (fault.kind == Kind::no_uids) outcome.uids.clear();
  if (fault.kind == Kind::short_uids) outcome.uids.pop_back();
  if (fault.kind == Kind::lose_answer) {
    line.lose();
    return std::unexpected(lost());
  }
  return outcome;
}

class MemoryAppendStream final : public endpoint::AppendStream {
 public:
  MemoryAppendStream(std::shared_ptr<Line> line, MemoryFolder& folder, MemoryMessage message, std::uint64_t size)
      : line_(std::move(line)), folder_(folder), message_(std::move(message)), size_(size) {}
  [[nodiscard]] Task<Result<>> write(std::span<const char> piece) override {
    GODWIT_CO_CHECK(co_await line_->call());
    message_.bytes.append(piece.data(), piece.size());
    co_return Result<>{};
  }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Pending<AppendOutcome>>>> finish() override {
    GODWIT_CO_CHECK(co_await line_->call());
    if (message_.bytes.size() != size_) co_return fail(ErrorKind::bug, "a body of another size than announced");
    std::vector<MemoryMessage> one;
    one.push_back(std::move(message_));
    co_return std::make_unique<MemoryAppend>(line_, store(*line_, folder_, one));
  }

 private:
  std::shared_ptr<Line> line_;
  MemoryFolder& folder_;
  MemoryMessage message_;
  std::uint64_t size_;
};

class MemoryAnswer final : public endpoint::Pending<void> {
 public:
  explicit MemoryAnswer(std::shared_ptr<Line> line) : line_(std::move(line)) {}
  [[nodiscard]] Task<Result<>> get() override { return line_->call(); }

 private:
  std::shared_ptr<Line> line_;
};

class MemoryStores final : public endpoint::Pending<void> {
 public:
  using FlagChange = endpoint::TargetSession::FlagChange;
  MemoryStores(std::shared_ptr<Line> line, MemoryFolder& folder, std::vector<FlagChange> changes)
      : line_(std::move(line)), folder_(folder), changes_(std::move(changes)) {}
  [[nodiscard]] Task<Result<>> get() override {
    GODWIT_CO_CHECK(co_await line_->call());
    const std::string& refused = line_->mailbox().refused_keyword;
    bool is_refused = false;
    for (const FlagChange& change : changes_) {
      const auto message = std::ranges::find(folder_.messages, change.uid, &MemoryMessage::uid);
      if (message == folder_.messages.end()) continue;
      if (!refused.empty() && change.add.has_keyword(refused)) {
        is_refused = true;
        continue;
      }
      folder_.set_flags(change.uid, changed(message->flags, change));
    }
    if (is_refused) co_return fail(ErrorKind::refused, "the server refused it", "no such keyword here");
    co_return Result<>{};
  }

 private:
  static MessageFlags changed(const MessageFlags& before, const FlagChange& change) {
    MessageFlags flags;
    flags.system = static_cast<std::uint8_t>((before.system | change.add.system) & ~change.remove.system);
    for (const auto& keywords : {std::as_const(before.keywords), change.add.keywords}) {
      for (const std::string& keyword : keywords) {
        if (!change.remove.has_keyword(keyword)) flags.add(keyword);
      }
    }
    return flags;
  }

  std::shared_ptr<Line> line_;
  MemoryFolder& folder_;
  std::vector<FlagChange> changes_;
};

class MemoryRemoval final : public endpoint::Pending<void> {
 public:
  MemoryRemoval(std::shared_ptr<Line> line, MemoryFolder& folder, UidSet uids)
      : line_(std::move(line)), folder_(folder), uids_(std::move(uids)) {}
  [[nodiscard]] Task<Result<>> get() override {
    GODWIT_CO_CHECK(co_await line_->call());
    if (line_->mailbox().refuses_removals) co_return fail(ErrorKind::refused, "the server refused it", "no right to delete");
    for (const MemoryMessage& message : std::vector(folder_.messages)) {
      if (uids_.contains(message.uid)) folder_.remove(message.uid);
    }
    co_return Result<>{};
  }

 private:
  std::shared_ptr<Line> line_;
  MemoryFolder& folder_;
  UidSet uids_;
};

class MemoryTrial final : public endpoint::Pending<std::vector<std::string>> {
 public:
  MemoryTrial(std::shared_ptr<Line> line, std::vector<std::string> stored) : line_(std::move(line)), stored_(std::move(stored)) {}
  [[nodiscard]] Task<Result<std::vector<std::string>>> get() override {
    GODWIT_CO_CHECK(co_await line_->call());
    co_return std::move(stored_);
  }

 private:
  std::shared_ptr<Line> line_;
  std::vector<std::string> stored_;
};

class MemorySession final : public endpoint::TargetSession {
 public:
  explicit MemorySession(MemoryMailbox& mailbox) : line_(std::make_shared<Line>(mailbox)), mailbox_(mailbox) {
    traits_.server = "memory";
    traits_.tells_changes = mailbox.tells_changes;
    traits_.tells_object_ids = mailbox.tells_object_ids;
    traits_.batch_messages = mailbox.batch_messages;
    traits_.pipelines_appends = true;
    traits_.moves_messages = mailbox.moves_messages;
    traits_.removes_messages = mailbox.removes_messages;
    traits_.append_limit = mailbox.append_limit;
    traits_.late_flags = mailbox.late_flags;
    traits_.folder_case_matters = mailbox.folder_case_matters;
  }
  [[nodiscard]] const endpoint::Traits& traits() const override { return traits_; }
  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override {
    GODWIT_CO_CHECK(co_await line_->call());
    endpoint::ServerFacts facts = mailbox_.facts;
    facts.append_limit = mailbox_.append_limit;
    co_return facts;
  }
  [[nodiscard]] Task<Result<std::vector<Folder>>> folders() override {
    GODWIT_CO_CHECK(co_await line_->call());
    std::vector<Folder> folders;
    for (const auto& [name, folder] : mailbox_.folders) folders.push_back(describe_folder(folder));
    co_return folders;
  }
  [[nodiscard]] std::unique_ptr<endpoint::FolderView> open(const Folder& folder) override {
    return std::make_unique<MemoryView>(line_, mailbox_.folder(folder.name));
  }
  [[nodiscard]] Task<Result<>> flush() override { return line_->call(); }
  [[nodiscard]] bool wants_to_adapt() const override { return false; }
  [[nodiscard]] Task<Result<>> adapt() override { co_return Result<>{}; }
  [[nodiscard]] std::chrono::nanoseconds waited() const override { return {}; }
  void close() override { line_->close(); }

  [[nodiscard]] std::string name_for(const FolderPath& path) const override {
    std::string name;
    for (const std::string& segment : path.segments) name += (name.empty() ? "" : "/") + segment;
    std::ranges::replace_if(name, [this](char c) { return mailbox_.forbidden.contains(c); }, '_');
    return name;
  }
  [[nodiscard]] Task<Result<std::vector<Result<Folder>>>> create_folders(std::span<const endpoint::NewFolder> folders) override {
    GODWIT_CO_CHECK(co_await line_->call());
    std::vector<Result<Folder>> made;
    for (const endpoint::NewFolder& wanted : folders) {
      MemoryFolder& folder = mailbox_.folder(name_for(wanted.path));
      folder.role = wanted.role;
      folder.subscribed = wanted.subscribe;
      made.emplace_back(describe_folder(folder));
    }
    co_return made;
  }
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> subscribe(std::span<const Folder> folders) override {
    for (const Folder& folder : folders) mailbox_.folder(folder.name).subscribed = true;
    return std::make_unique<MemoryAnswer>(line_);
  }
  [[nodiscard]] Task<Result<>> remove_folder(const Folder& folder) override {
    GODWIT_CO_CHECK(co_await line_->call());
    mailbox_.folders.erase(folder.name);
    co_return Result<>{};
  }
  [[nodiscard]] Task<Result<>> rename_folder(const Folder& folder, const FolderPath& path) override {
    GODWIT_CO_CHECK(co_await line_->call());
    if (!mailbox_.rename(folder.name, name_for(path))) co_return fail(ErrorKind::exists, "there is such a folder");
    co_return Result<>{};
  }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Pending<std::vector<std::string>>>>> try_out(
      const endpoint::NewFolder& folder, std::span<const endpoint::NewMessage> messages) override {
    const std::string name = name_for(folder.path);
    GODWIT_CO_CHECK(co_await line_->call());
    mailbox_.folder(name);
    GODWIT_CO_CHECK(co_await line_->call());
    std::vector<std::string> stored;
    for (const endpoint::NewMessage& message : messages) {
      stored.emplace_back(message.bytes);
      if (mailbox_.alter) mailbox_.alter(stored.back());
    }
    GODWIT_CO_CHECK(co_await line_->call());
    mailbox_.folders.erase(name);
    co_return std::make_unique<MemoryTrial>(line_, std::move(stored));
  }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Pending<AppendOutcome>>>> append(
      const Folder& folder, std::span<const endpoint::NewMessage> messages) override {
    GODWIT_CO_CHECK(co_await line_->call());
    std::vector<MemoryMessage> copies;
    for (const endpoint::NewMessage& message : messages) {
      copies.push_back({0, message.flags, message.date, std::string(message.bytes), 0});
    }
    co_return std::make_unique<MemoryAppend>(line_, store(*line_, mailbox_.folder(folder.name), copies));
  }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::AppendStream>>> append_stream(const Folder& folder, const MessageFlags& flags,
                                                                                    const std::string& date,
                                                                                    std::uint64_t size) override {
    GODWIT_CO_CHECK(co_await line_->call());
    co_return std::make_unique<MemoryAppendStream>(line_, mailbox_.folder(folder.name), MemoryMessage{0, flags, date, {}, 0}, size);
  }
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> change_flags(const Folder& folder,
                                                                      std::span<const FlagChange> changes) override {
    static_cast<void>(line_->open());
    return std::make_unique<MemoryStores>(line_, mailbox_.folder(folder.name), std::vector(changes.begin(), changes.end()));
  }
  [[nodiscard]] Task<Result<Moved>> move(const Folder& from, const UidSet& uids, const Folder& to) override {
    GODWIT_CO_CHECK(co_await line_->call());
    static_cast<void>(line_->open());
    if (mailbox_.refuses_moves) co_return fail(ErrorKind::refused, "the server refused it", "not there");
    MemoryFolder& source = mailbox_.folder(from.name);
    MemoryFolder& place = mailbox_.folder(to.name);
    Moved moved;
    moved.uid_validity = place.uid_validity;
    for (const MemoryMessage& message : std::vector(source.messages)) {
      if (!uids.contains(message.uid)) continue;
      moved.uids.emplace_back(message.uid, place.add(message.bytes, message.flags, message.date));
      source.remove(message.uid);
    }
    GODWIT_CO_CHECK(co_await line_->call());
    co_return moved;
  }
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> remove(const Folder& folder, const UidSet& uids) override {
    static_cast<void>(line_->open());
    return std::make_unique<MemoryRemoval>(line_, mailbox_.folder(folder.name), uids);
  }

 private:
  Folder describe_folder(const MemoryFolder& folder) const {
    Folder described;
    described.name = folder.name;
    described.path = path_of(folder.name);
    described.owner = folder.owner;
    described.role = folder.name == "INBOX" ? endpoint::Role::inbox : folder.role;
    described.subscribed = folder.subscribed;
    described.state = token_of(mailbox_, folder);
    return described;
  }
  std::shared_ptr<Line> line_;
  MemoryMailbox& mailbox_;
  endpoint::Traits traits_;
};

class MemoryNames final : public endpoint::UniqueIdList {
 public:
  explicit MemoryNames(MemoryMailbox& mailbox) : mailbox_(mailbox), named_(*mailbox.named) {
    for (const MemoryMailbox::Named& each : named_) messages_.push_back({each.id, each.size});
  }
  [[nodiscard]] const std::vector<endpoint::UniqueId>& messages() const override { return messages_; }
  [[nodiscard]] Task<Result<>> read_headers(std::vector<std::size_t> places, Take take) override {
    for (const std::size_t place : places) {
      if (named_.at(place).header.empty()) continue;
      ++mailbox_.named_headers;
      take(place, named_.at(place).header);
    }
    co_return Result<>{};
  }

 private:
  MemoryMailbox& mailbox_;
  const std::vector<MemoryMailbox::Named> named_;
  std::vector<endpoint::UniqueId> messages_;
};

class MemorySource final : public endpoint::Source {
 public:
  explicit MemorySource(MemoryMailbox& mailbox) : mailbox_(mailbox) {}
  [[nodiscard]] bool has_unique_ids() const override { return mailbox_.named.has_value(); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::UniqueIdList>>> list_unique_ids() override {
    if (mailbox_.named_fault) co_return std::unexpected(*mailbox_.named_fault);
    if (*mailbox_.open_sessions > 0) co_return fail(ErrorKind::unavailable, "another session is open");
    if (mailbox_.on_names) mailbox_.on_names();
    co_return std::make_unique<MemoryNames>(mailbox_);
  }
  [[nodiscard]] std::string identity() const override { return "memory://source@" + mailbox_.host; }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Session>>> connect() override {
    co_return std::make_unique<MemorySession>(mailbox_);
  }

 private:
  MemoryMailbox& mailbox_;
};

class MemoryTarget final : public endpoint::Target {
 public:
  explicit MemoryTarget(MemoryMailbox& mailbox) : mailbox_(mailbox) {}
  [[nodiscard]] std::string identity() const override { return "memory://target@" + mailbox_.host; }
  [[nodiscard]] std::string host() const override { return "memory://" + mailbox_.host; }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::TargetSession>>> connect() override {
    co_return std::make_unique<MemorySession>(mailbox_);
  }

 private:
  MemoryMailbox& mailbox_;
};

}  // namespace

Uid MemoryFolder::add(std::string bytes, MessageFlags flags, std::string date) {
  messages.push_back({uid_next, std::move(flags), std::move(date), std::move(bytes), ++highest_modseq});
  return uid_next++;
}

void MemoryFolder::set_flags(Uid uid, MessageFlags flags) {
  const auto message = std::ranges::find(messages, uid, &MemoryMessage::uid);
  if (message == messages.end()) return;
  message->flags = std::move(flags);
  message->modseq = ++highest_modseq;
}

void MemoryFolder::remove(Uid uid) {
  if (std::erase_if(messages, [uid](const MemoryMessage& message) { return message.uid == uid; }) > 0) ++highest_modseq;
}

MemoryFolder& MemoryMailbox::folder(const std::string& name) {
  auto [place, is_new] = folders.try_emplace(name);
  if (is_new) {
    place->second.name = name;
    place->second.uid_validity = ++last_uid_validity;
  }
  return place->second;
}

bool MemoryMailbox::rename(const std::string& name, const std::string& new_name) {
  if (folders.contains(new_name)) return false;
  std::vector<std::string> renamed;
  for (const auto& [each, folder] : folders) {
    if (each == name || each.starts_with(name + "/")) renamed.push_back(each);
  }
  for (const std::string& each : renamed) {
    auto node = folders.extract(each);
    node.key() = node.mapped().name = new_name + each.substr(name.size());
    folders.insert(std::move(node));
  }
  return true;
}

std::unique_ptr<endpoint::Source> make_memory_source(MemoryMailbox& mailbox) { return std::make_unique<MemorySource>(mailbox); }
std::unique_ptr<endpoint::Target> make_memory_target(MemoryMailbox& mailbox) { return std::make_unique<MemoryTarget>(mailbox); }

}  // namespace godwit::adapters
