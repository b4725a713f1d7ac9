// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/uid_file.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <ctime>
#include <map>
#include <random>

#include "adapters/maildir/folder_name.h"
#include "adapters/maildir/tree.h"
#include "base/fault.h"
#include "base/file_error.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

using files::Directory;

const std::string file_name = "dovecot-uidlist";

// The time, and never the same twice: a folder that is made anew within a second is another one.
std::uint32_t fresh_uid_validity() {
  static std::atomic<std::uint32_t> last = 0;
  const auto now = static_cast<std::uint32_t>(std::time(nullptr));
  std::uint32_t before = last;
  while (!last.compare_exchange_weak(before, std::max(now, before + 1))) {}
  return std::max(now, before + 1);
}

std::string fresh_guid() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

class MaildirKeyBook final : public endpoint::KeyBook {
 public:
  explicit MaildirKeyBook(std::filesystem::path root) : root_(std::move(root)) {}

  Task<Result<KeyedFolder>> open(std::string folder) override {
    std::error_code failed;
    const bool is_missing = !std::filesystem::exists(root_, failed) && !failed;
    if (folder == inbox_name && is_missing) co_return KeyedFolder{1, 1, {}};  // nothing is made by a look
    GODWIT_CO_TRY(const Directory place, open_place(folder));
    GODWIT_CO_TRY(auto list, read_uid_file(place));
    if (!list) {
      GODWIT_CO_TRY(const UidFile made, co_await UidFile::open(place));
      list = made.list();
    }
    KeyedFolder known{list->uid_validity, list->uid_next, {}};
    for (auto& [uid, name] : list->names) known.messages.push_back({uid, std::move(name)});
    co_return known;
  }

  Task<Result<std::vector<Uid>>> number(std::string folder, std::vector<std::string> keys) override {
    if (keys.empty()) co_return std::vector<Uid>{};
    GODWIT_CO_TRY(const Directory place, open_place(folder));
    GODWIT_CO_TRY(UidFile file, co_await UidFile::open(place));
    std::map<std::string, Uid> known;
    for (const auto& [uid, name] : file.list().names) known.emplace(name, uid);
    std::vector<std::string> fresh;
    for (const std::string& key : keys) {
      if (!known.contains(key)) fresh.push_back(key);
    }
    GODWIT_CO_TRY(const auto given, file.add(fresh));
    for (std::size_t i = 0; i < fresh.size(); ++i) known.emplace(fresh[i], given[i]);
    std::vector<Uid> uids;
    for (const std::string& key : keys) uids.push_back(known.at(key));
    co_return uids;
  }

  Task<Result<>> forget(std::string folder, UidSet uids) override {
    GODWIT_CO_TRY(const Directory place, open_place(folder));
    GODWIT_CO_TRY(UidFile file, co_await UidFile::open(place));
    co_return file.forget(uids);
  }

 private:
  Result<Directory> open_place(const std::string& folder) const {
    GODWIT_TRY(const Directory root, Directory::open(root_));
    return open_maildir_folder(root, folder);
  }
  const std::filesystem::path root_;
};

}  // namespace

Result<std::optional<MaildirUidList>> read_uid_file(const Directory& folder) {
  const auto text = folder.read_file(file_name);
  if (!text && text.error().kind == ErrorKind::not_found) return std::nullopt;
  if (!text) return std::unexpected(text.error());
  auto list = parse_uid_list(*text);
  if (list) return list;
  return fail(ErrorKind::storage,
              fmt::format("{}: its first line is damaged, so that no UID is certain; have Dovecot open the folder once, "
                          "or remove the file (then every message gets a new UID)",
                          printable((folder.path() / file_name).native())));
}

Task<Result<UidFile>> UidFile::open(const Directory& folder, UidFileMark known) {
  GODWIT_CO_TRY(auto lock, co_await DotLock::acquire(folder, file_name + ".lock"));
  UidFile file(folder, std::move(lock));
  GODWIT_CO_CHECK(file.read(known));
  co_return file;
}

Result<> UidFile::read(const UidFileMark& known) {
  const UidFileMark now = mark();
  if (known.uid_next != 0 && now.device == known.device && now.file == known.file && now.size == known.size) {
    list_.uid_validity = known.uid_validity;
    list_.uid_next = known.uid_next;
    list_.takes_lines = true;
    return {};
  }
  GODWIT_TRY(auto list, read_uid_file(*folder_));
  list_ = list ? *std::move(list) : MaildirUidList{fresh_uid_validity(), 1, fresh_guid(), {}, false};
  if (list_.takes_lines) return {};
  fault::step("uidlist replace");
  list_.takes_lines = true;
  return folder_->replace_file(file_name, uid_list_text(list_));
}

UidFileMark UidFile::mark() const {
  const auto status = folder_->status(file_name);
  if (!status) return {};
  return {status->st_dev, status->st_ino, static_cast<std::uint64_t>(status->st_size), list_.uid_validity, list_.uid_next};
}

Result<std::vector<Uid>> UidFile::add(std::span<const std::string> names) {
  if (names.size() >= ~Uid{0} - list_.uid_next) {
    return fail(ErrorKind::refused, "the folder has no UID left: " + printable(folder_->path().native()));
  }
  std::vector<Uid> uids;
  std::string lines;
  for (const std::string& name : names) {
    lines += uid_list_line(list_.uid_next, name);
    uids.push_back(list_.uid_next++);
  }
  if (!lines.empty()) GODWIT_CHECK(append(lines));
  return uids;
}

Result<> UidFile::append(const std::string& lines) {
  const std::filesystem::path path = folder_->path() / file_name;
  const files::Descriptor file(::openat(folder_->descriptor(), file_name.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
  if (!file) return file_error(path, "the file cannot be written", errno);
  GODWIT_CHECK(files::write_all(file.get(), lines, path));
  fault::step("uidlist sync");
  return files::sync_file(file.get(), path);
}

Result<> UidFile::forget(const UidSet& uids) {
  std::erase_if(list_.names, [&](const auto& each) { return uids.contains(each.first); });
  return folder_->replace_file(file_name, uid_list_text(list_));
}

std::shared_ptr<endpoint::KeyBook> make_maildir_key_book(std::filesystem::path root) {
  return std::make_shared<MaildirKeyBook>(std::move(root));
}

}  // namespace godwit::adapters
