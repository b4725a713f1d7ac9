// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/mbox_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "adapters/mbox/off_thread.h"
#include "base/sha256.h"

namespace godwit::adapters {
namespace {

namespace fs = std::filesystem;
using endpoint::Folder;

std::string date_text(std::int64_t packed) {
  return packed == MboxEntry::no_date ? std::string() : InternalDate::from_packed(packed).to_string();
}

class MboxMessage final : public StoredMessage {
 public:
  MboxMessage(std::shared_ptr<const MboxFile> file, const MboxEntry& entry, MboxDialect dialect)
      : reader_(std::move(file), entry, dialect), size_(entry.size), date_(date_text(entry.date)) {}
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] const std::string& date() const override { return date_; }
  [[nodiscard]] Task<Result<std::span<const char>>> read() override {
    GODWIT_CO_TRY(const std::string_view piece, reader_.read());
    co_return std::span(piece.data(), piece.size());
  }

 private:
  MboxMessageReader reader_;
  const std::uint64_t size_;
  const std::string date_;
};

class MboxStore final : public MailStore {
 public:
  MboxStore(std::shared_ptr<MboxAccount> account, MboxKey key) : account_(std::move(account)), key_(key) {}

  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override {
    endpoint::ServerFacts facts;
    facts.software = "mbox";
    co_return facts;
  }

  [[nodiscard]] Task<Result<std::vector<Folder>>> folders() override {
    GODWIT_CO_TRY(const auto found, find_mbox_folders(account_->places()));
    std::vector<Folder> folders;
    for (const MboxFolder& each : found) {
      Folder folder;
      folder.name = each.name;
      folder.path = each.path;
      if (each.path.is_inbox()) folder.role = endpoint::Role::inbox;
      folder.selectable = !each.file.empty();
      folder.subscribed = each.subscribed;
      folders.push_back(std::move(folder));
    }
    co_return folders;
  }

  [[nodiscard]] Task<Result<std::vector<ListedMessage>>> list(const std::string& folder) override {
    GODWIT_CO_CHECK(co_await look(folder));
    std::vector<ListedMessage> messages;
    messages.reserve(index_->entries.size());
    for (std::size_t i = 0; i < index_->entries.size(); ++i) {
      const MboxEntry& entry = index_->entries[i];
      messages.push_back({keys_[i], {entry.system_flags, index_->keywords[entry.keywords]}, date_text(entry.date), entry.size, 0});
    }
    co_return messages;
  }

  [[nodiscard]] Task<Result<std::unique_ptr<StoredMessage>>> open(const std::string& folder, const ListedMessage& message) override {
    if (folder != folder_ || !index_) GODWIT_CO_CHECK(co_await look(folder));
    const MboxEntry* entry = find(message.key);
    if (!is_unchanged()) {
      GODWIT_CO_TRY(file_, account_->file(folder));
      if (!is_unchanged() && (entry == nullptr || !is_there(file_, *entry))) {
        GODWIT_CO_CHECK(co_await look(folder));
        GODWIT_CO_TRY(file_, account_->file(folder));
        entry = find(message.key);
      }
    }
    if (entry == nullptr) co_return fail(ErrorKind::not_found, "the message is not in the file any more");
    co_return std::make_unique<MboxMessage>(file_, *entry, account_->dialect());
  }

 private:
  // Reads the folder's index, where the file is another one than before.
  Task<Result<>> look(std::string folder) {
    GODWIT_CO_TRY(auto index, co_await off_thread([account = account_, folder] { return account->index(folder); }));
    if (folder_ != folder) file_.reset();
    folder_ = folder;
    if (index == index_) co_return Result<>{};
    index_ = std::move(index);
    keys_ = keys_of(*index_, key_);
    by_key_.resize(keys_.size());
    std::iota(by_key_.begin(), by_key_.end(), 0U);
    std::ranges::sort(by_key_, {}, [this](std::uint32_t place) -> std::string_view { return keys_[place]; });
    co_return Result<>{};
  }

  // The open file is the one that the index is of: one that was put in its place has taken a name from it.
  [[nodiscard]] bool is_unchanged() const {
    const auto stamp = file_ ? file_->stamp() : fail(ErrorKind::not_found, "not open");
    return stamp && *stamp == index_->stamp;
  }

  [[nodiscard]] const MboxEntry* find(const std::string& key) const {
    const auto found = std::ranges::lower_bound(by_key_, key, {}, [this](std::uint32_t place) -> std::string_view { return keys_[place]; });
    return found == by_key_.end() || keys_[*found] != key ? nullptr : &index_->entries[*found];
  }

  // Whether the file still has the message at its old place, though it was written to.
  [[nodiscard]] bool is_there(const std::shared_ptr<const MboxFile>& file, const MboxEntry& entry) const {
    MboxMessageReader reader(file, entry, account_->dialect());
    while (true) {
      const auto piece = reader.read();
      if (!piece) return false;
      if (piece->empty()) return true;
    }
  }

  const std::shared_ptr<MboxAccount> account_;
  const MboxKey key_;
  std::string folder_;
  std::shared_ptr<const MboxFile> file_;  // of the folder, once a message was read
  std::shared_ptr<const MboxIndex> index_;
  std::vector<std::string> keys_;
  std::vector<std::uint32_t> by_key_;  // places in keys_, in the order of the keys
};

}  // namespace

boost::asio::thread_pool& file_threads() {
  // OpenSSL ends what it keeps for a thread with the thread: the threads must end before OpenSSL does, whose end is ordered by its first use.
  [[maybe_unused]] static const Digest first = sha256("");
  static boost::asio::thread_pool threads(4);
  return threads;
}

std::filesystem::path MboxAccount::file_of(const std::string& folder) const {
  std::error_code ignored;
  const bool is_tree = fs::is_directory(places_.root, ignored);
  if (folder == "INBOX" && !is_tree) return places_.root;
  if (folder == "INBOX" && !places_.inbox.empty()) return places_.inbox;
  return places_.root / folder;
}

Result<std::shared_ptr<const MboxFile>> MboxAccount::open_file(const std::string& folder) const {
  const fs::path file = file_of(folder);
  if (file == places_.root || file == places_.inbox) return MboxFile::open(file);
  GODWIT_TRY(files::Directory place, files::Directory::open(places_.root));
  const fs::path above = fs::path(folder).parent_path();
  if (!above.empty()) {
    GODWIT_TRY(place, place.folder_at(above.native()));
  }
  return MboxFile::open_in(place, file.filename().native());
}

std::shared_ptr<MboxAccount::Known> MboxAccount::known(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  auto& place = known_[folder];
  if (!place) place = std::make_shared<Known>();
  return place;
}

Result<std::shared_ptr<const MboxFile>> MboxAccount::open(Known& known, const std::string& folder) const {
  GODWIT_TRY(auto file, open_file(folder));
  if (!file->is_packed()) return file;
  GODWIT_TRY(const FileStamp packed, file->stamp_at_rest());
  if (!known.unpacked || packed != known.packed) {
    GODWIT_TRY(known.unpacked, file->unpacked());
    known.packed = packed;
  }
  return known.unpacked;
}

Result<std::shared_ptr<const MboxFile>> MboxAccount::file(const std::string& folder) {
  const auto place = known(folder);
  const std::lock_guard reading(place->reading);
  return open(*place, folder);
}

Result<std::shared_ptr<const MboxIndex>> MboxAccount::index(const std::string& folder) {
  const auto place = known(folder);
  const std::lock_guard reading(place->reading);
  GODWIT_TRY(const auto file, open(*place, folder));
  GODWIT_TRY(const FileStamp stamp, file->stamp_at_rest());
  if (place->index && place->index->stamp == stamp) return place->index;
  GODWIT_TRY(place->index, index_mbox(file, dialect_, stamp));
  return place->index;
}

Result<std::optional<std::uint64_t>> MboxAccount::torn(const std::string& folder) {
  {
    const std::lock_guard lock(mutex_);
    if (!written_to_.insert(folder).second) return std::nullopt;
  }
  GODWIT_TRY(const auto read, index(folder));
  return read->torn;
}

std::string mark_key(std::uint64_t mark) { return fmt::format("{:x}", mark); }

std::vector<std::string> keys_of(const MboxIndex& index, MboxKey key) {
  std::vector<std::string> keys;
  keys.reserve(index.entries.size());
  std::unordered_map<std::string, std::uint32_t> equal;
  equal.reserve(index.entries.size());
  for (const MboxEntry& entry : index.entries) {
    const bool is_marked = key == MboxKey::mark && entry.mark != 0;
    std::string own = is_marked ? mark_key(entry.mark) : std::string(entry.digest.begin(), entry.digest.end());
    const std::uint32_t number = ++equal[own];
    if (number > 1) own += fmt::format("#{}", number);
    keys.push_back(std::move(own));
  }
  return keys;
}

std::unique_ptr<MailStore> make_mbox_store(std::shared_ptr<MboxAccount> account, MboxKey key) {
  return std::make_unique<MboxStore>(std::move(account), key);
}

}  // namespace godwit::adapters
