// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/target_session.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <unordered_map>
#include <unordered_set>

#include "adapters/listed/listed_source.h"
#include "adapters/listed/listing.h"
#include "adapters/mbox/message_encoder.h"
#include "adapters/mbox/off_thread.h"
#include "base/fault.h"
#include "base/file_error.h"
#include "base/text.h"
#include "files/directory.h"

namespace godwit::adapters {
namespace {

namespace fs = std::filesystem;
using endpoint::AppendOutcome;
using endpoint::Folder;
using endpoint::Pending;

constexpr std::size_t batch_messages = 500;
constexpr std::size_t stream_piece = 1024 * 1024;

// Work that begins when its answer is asked for.
template <class T>
class Deferred final : public Pending<T> {
 public:
  explicit Deferred(std::function<Task<Result<T>>()> work) : work_(std::move(work)) {}
  [[nodiscard]] Task<Result<T>> get() override { return work_(); }

 private:
  const std::function<Task<Result<T>>()> work_;
};

// What was stored gets its numbers.
Task<Result<AppendOutcome>> number(std::shared_ptr<endpoint::KeyBook> book, std::string folder, std::vector<std::string> keys) {
  AppendOutcome outcome;
  GODWIT_CO_TRY(outcome.uids, co_await book->number(folder, std::move(keys)));
  GODWIT_CO_TRY(const KeyedFolder known, co_await book->open(folder));
  outcome.uid_validity = known.uid_validity;
  co_return outcome;
}

class MboxAppendStream final : public endpoint::AppendStream {
 public:
  MboxAppendStream(std::unique_ptr<MboxAppender> file, MboxHead head, std::shared_ptr<endpoint::KeyBook> book, std::string folder)
      : file_(std::move(file)), head_(std::move(head)), book_(std::move(book)), folder_(std::move(folder)),
        encoder_(head_.mark.is_quoted, false), begin_(file_->end()), out_(head_.text()) {}

  [[nodiscard]] Task<Result<>> write(std::span<const char> piece) override {
    encoder_.take({piece.data(), piece.size()}, out_);
    if (out_.size() < stream_piece) co_return Result<>{};
    co_return co_await write_out();
  }

  // The lengths are written last: without them the message counts for nothing.
  [[nodiscard]] Task<Result<std::unique_ptr<Pending<AppendOutcome>>>> finish() override {
    encoder_.finish(out_);
    if (!out_.ends_with('\n')) out_ += '\n';
    out_ += '\n';
    GODWIT_CO_CHECK(co_await write_out());
    head_.mark.length = encoder_.length();
    head_.body_length = encoder_.body_length();
    GODWIT_CO_CHECK(co_await off_thread([file = file_, begin = begin_, head = head_.text()]() -> Result<> {
      GODWIT_CHECK(file->sync());
      GODWIT_CHECK(file->overwrite(begin, head));
      return file->keep();
    }));
    file_.reset();  // and its lock
    co_return std::make_unique<Deferred<AppendOutcome>>(
        [book = book_, folder = folder_, mark = head_.mark.id] { return number(book, folder, {mark_key(mark)}); });
  }

 private:
  Task<Result<>> write_out() {
    std::string bytes = std::exchange(out_, {});
    co_return co_await off_thread([file = file_, bytes = std::move(bytes)] { return file->append(bytes); });
  }
  std::shared_ptr<MboxAppender> file_;
  MboxHead head_;
  const std::shared_ptr<endpoint::KeyBook> book_;
  const std::string folder_;
  MessageEncoder encoder_;
  const std::uint64_t begin_;
  std::string out_;
};

struct Rewrite {
  std::shared_ptr<MboxAccount> account;
  std::string folder;
  std::unordered_map<std::string, endpoint::TargetSession::FlagChange> changes;  // by key
  std::unordered_set<std::string> removed;
};

MessageFlags changed_flags(const MessageFlags& before, const endpoint::TargetSession::FlagChange& change) {
  MessageFlags flags;
  flags.system = static_cast<std::uint8_t>((before.system | change.add.system) & ~change.remove.system);
  for (const auto* keywords : {&before.keywords, &change.add.keywords}) {
    for (const std::string& keyword : *keywords) {
      if (!change.remove.has_keyword(keyword)) flags.add(keyword);
    }
  }
  return flags;
}

Result<> carry_out(const Rewrite& wanted) {
  GODWIT_TRY(const auto index, wanted.account->index(wanted.folder));
  const std::vector<std::string> keys = keys_of(*index, MboxKey::mark);
  std::vector<bool> changed(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) changed[i] = wanted.removed.contains(keys[i]) || wanted.changes.contains(keys[i]);
  if (std::ranges::find(changed, true) == changed.end()) return {};
  return rewrite_mbox(wanted.account->file_of(wanted.folder), *index, changed, [&](std::size_t i) -> std::optional<MessageFlags> {
    const auto change = wanted.changes.find(keys[i]);
    if (change == wanted.changes.end()) return std::nullopt;
    const MboxEntry& entry = index->entries[i];
    return changed_flags({entry.system_flags, index->keywords[entry.keywords]}, change->second);
  });
}

Result<> forget_subscription(const fs::path& file, const std::string& name) {
  std::ifstream lines(file);
  std::string rest, line;
  bool is_there = false;
  while (std::getline(lines, line)) {
    is_there = is_there || line == name;
    if (line != name) rest += line + '\n';
  }
  if (!is_there) return {};
  const fs::path fresh = fs::path(file) += ".godwit-new";
  if (!(std::ofstream(fresh, std::ios::trunc) << rest).flush()) return files::write_error(fresh, "cannot be written", errno);
  fault::step("mbox.subscriptions");
  if (::rename(fresh.c_str(), file.c_str()) != 0) return files::write_error(file, "cannot be replaced", errno);
  return {};
}

Result<> make_file(const fs::path& file) {
  std::error_code failed;
  fs::create_directories(file.parent_path(), failed);
  if (failed) return files::write_error(file.parent_path(), "cannot be made", failed.value());
  fault::step("mbox.make");
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (descriptor < 0) return files::write_error(file, "cannot be made", errno);
  ::close(descriptor);
  return sync_folder(file.parent_path());
}

}  // namespace

MboxTargetSession::MboxTargetSession(std::shared_ptr<MboxAccount> account, std::shared_ptr<endpoint::KeyBook> book, bool is_quoted)
    : account_(std::move(account)),
      is_quoted_(is_quoted),
      book_(std::move(book)),
      store_(make_mbox_store(account_, MboxKey::mark)),
      reading_(make_listed_session(make_mbox_store(account_, MboxKey::mark), book_, "mbox")) {
  traits_.server = "mbox";
  traits_.batch_messages = batch_messages;
  traits_.pipelines_appends = true;
  traits_.removes_messages = true;
}

Task<Result<Folder>> MboxTargetSession::make(endpoint::NewFolder wanted) {
  Folder folder;
  folder.name = name_for(wanted.path);
  folder.path = wanted.path;
  folder.role = wanted.path.is_inbox() ? endpoint::Role::inbox : wanted.role;
  folder.subscribed = wanted.subscribe;
  GODWIT_CO_CHECK(co_await off_thread([file = account_->file_of(folder.name)] { return make_file(file); }));
  GODWIT_CO_TRY(const Listing listing, co_await list_numbered(*store_, *book_, folder.name));
  folder.state = listing.state;
  if (wanted.subscribe) GODWIT_CO_CHECK(co_await subscribe({&folder, 1})->get());
  co_return folder;
}

Task<Result<std::vector<Result<Folder>>>> MboxTargetSession::create_folders(std::span<const endpoint::NewFolder> folders) {
  std::vector<Result<Folder>> made;
  for (const endpoint::NewFolder& wanted : folders) made.push_back(co_await make(wanted));
  co_return made;
}

std::unique_ptr<Pending<void>> MboxTargetSession::subscribe(std::span<const Folder> folders) {
  std::string lines;
  for (const Folder& folder : folders) lines += folder.name + '\n';
  return std::make_unique<Deferred<void>>([root = account_->places().root, lines]() -> Task<Result<>> {
    fault::step("mbox.subscriptions");
    std::ofstream file(root / ".subscriptions", std::ios::app);
    if (!(file << lines).flush()) co_return files::write_error(root / ".subscriptions", "cannot be written", errno);
    co_return Result<>{};
  });
}

// With the empty folders around it, and its subscription.
Task<Result<>> MboxTargetSession::remove_folder(const Folder& folder) {
  const fs::path& root = account_->places().root;
  const fs::path file = account_->file_of(folder.name);
  fault::step("mbox.remove");
  if (::unlink(file.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) co_return file_error(file, "cannot be removed", errno);
  fs::path above = fs::path(file) += ".sbd";
  const bool is_below = ::rmdir(above.c_str()) != 0 && errno == ENOTEMPTY;
  for (above = file.parent_path(); !is_below && above != root && ::rmdir(above.c_str()) == 0;) above = above.parent_path();
  GODWIT_CO_CHECK(forget_subscription(root / ".subscriptions", folder.name));
  co_return sync_folder(above);
}

Task<Result<>> MboxTargetSession::rename_folder(const Folder& folder, const endpoint::FolderPath& path) {
  const fs::path from = account_->file_of(folder.name), to = account_->file_of(name_for(path));
  std::error_code failed;
  if (fs::exists(to, failed) || fs::exists(fs::path(to) += ".sbd", failed)) {
    co_return fail(ErrorKind::exists, printable(to.native()) + ": there is such a file already");
  }
  fs::create_directories(to.parent_path(), failed);
  fault::step("mbox.rename folder");
  if (!failed) fs::rename(from, to, failed);
  if (failed) co_return file_error(from, "cannot be renamed", failed.value());
  const fs::path below = fs::path(from) += ".sbd";
  fault::step("mbox.rename below");
  if (fs::exists(below, failed)) fs::rename(below, fs::path(to) += ".sbd", failed);
  if (failed) co_return file_error(below, "cannot be renamed", failed.value());
  GODWIT_CO_CHECK(sync_folder(from.parent_path()));
  co_return sync_folder(to.parent_path());
}

// As large messages are written: line ends that are none of CRLF are found not to be kept.
Task<Result<std::unique_ptr<Pending<std::vector<std::string>>>>> MboxTargetSession::try_out(
    const endpoint::NewFolder& folder, std::span<const endpoint::NewMessage> messages) {
  GODWIT_CO_TRY(const Folder made, co_await make({folder.path, folder.role, false}));
  for (const endpoint::NewMessage& message : messages) {
    GODWIT_CO_TRY(auto stream, co_await append_stream(made, message.flags, message.date, message.bytes.size()));
    GODWIT_CO_CHECK(co_await stream->write(message.bytes));
    GODWIT_CO_TRY(auto stored, co_await stream->finish());
    GODWIT_CO_CHECK(co_await stored->get());
  }
  std::vector<std::string> bodies;
  auto reader = open(made)->fetch(UidSet::of_range(1, ~Uid{0} - 1));
  while (true) {
    GODWIT_CO_TRY(auto message, co_await reader->next());
    if (!message) break;
    bodies.push_back(std::move(message->bytes));
  }
  GODWIT_CO_CHECK(co_await remove_folder(made));
  co_return std::make_unique<Deferred<std::vector<std::string>>>(
      [bodies = std::move(bodies)]() -> Task<Result<std::vector<std::string>>> { co_return bodies; });
}

Task<Result<std::unique_ptr<MboxAppender>>> MboxTargetSession::appender_of(std::string folder) {
  co_return co_await off_thread([account = account_, folder]() -> Result<std::unique_ptr<MboxAppender>> {
    GODWIT_TRY(const auto torn, account->torn(folder));
    return MboxAppender::open(account->file_of(folder), torn);
  });
}

Task<Result<std::unique_ptr<Pending<AppendOutcome>>>> MboxTargetSession::append(const Folder& folder,
                                                                                std::span<const endpoint::NewMessage> messages) {
  std::string bytes;
  std::vector<std::string> keys;
  for (const endpoint::NewMessage& message : messages) {
    const NewMboxMessage encoded = encode_message(message.bytes, message.flags, message.date, is_quoted_);
    bytes += encoded.bytes;
    keys.push_back(mark_key(encoded.mark));
  }
  GODWIT_CO_TRY(std::shared_ptr<MboxAppender> file, co_await appender_of(folder.name));
  GODWIT_CO_CHECK(co_await off_thread([file, bytes = std::move(bytes)]() -> Result<> {
    GODWIT_CHECK(file->check_space(bytes.size()));
    GODWIT_CHECK(file->append(bytes));
    return file->keep();
  }));
  co_return std::make_unique<Deferred<AppendOutcome>>(
      [book = book_, name = folder.name, keys = std::move(keys)] { return number(book, name, keys); });
}

Task<Result<std::unique_ptr<endpoint::AppendStream>>> MboxTargetSession::append_stream(const Folder& folder, const MessageFlags& flags,
                                                                                       const std::string& date, std::uint64_t size) {
  GODWIT_CO_TRY(auto file, co_await appender_of(folder.name));
  GODWIT_CO_CHECK(file->check_space(size));
  MboxHead head;
  head.flags = flags;
  head.date = InternalDate::parse(date).value_or(InternalDate::now());
  head.mark = {fresh_mark(), is_quoted_, false, head.date.zone_minutes, MboxMark::unfinished};
  co_return std::make_unique<MboxAppendStream>(std::move(file), std::move(head), book_, folder.name);
}

std::unique_ptr<Pending<void>> MboxTargetSession::change_flags(const Folder& folder, std::span<const FlagChange> changes) {
  std::vector<FlagChange> wanted(changes.begin(), changes.end());
  return std::make_unique<Deferred<void>>([account = account_, book = book_, name = folder.name, wanted]() -> Task<Result<>> {
    GODWIT_CO_TRY(const KeyedFolder known, co_await book->open(name));
    Rewrite rewrite{account, name, {}, {}};
    for (const FlagChange& change : wanted) {
      const auto message = std::ranges::lower_bound(known.messages, change.uid, {}, &KeyedMessage::uid);
      if (message != known.messages.end() && message->uid == change.uid) rewrite.changes.emplace(message->key, change);
    }
    co_return co_await off_thread([rewrite = std::move(rewrite)] { return carry_out(rewrite); });
  });
}

Task<Result<endpoint::TargetSession::Moved>> MboxTargetSession::move(const Folder&, const UidSet&, const Folder&) {
  co_return fail(ErrorKind::refused, "messages are not moved between mbox files: they are written anew");
}

std::unique_ptr<Pending<void>> MboxTargetSession::remove(const Folder& folder, const UidSet& uids) {
  return std::make_unique<Deferred<void>>([account = account_, book = book_, name = folder.name, uids]() -> Task<Result<>> {
    GODWIT_CO_TRY(const KeyedFolder known, co_await book->open(name));
    Rewrite rewrite{account, name, {}, {}};
    for (const KeyedMessage& message : known.messages) {
      if (uids.contains(message.uid)) rewrite.removed.insert(message.key);
    }
    co_return co_await off_thread([rewrite = std::move(rewrite)] { return carry_out(rewrite); });
  });
}

}  // namespace godwit::adapters
