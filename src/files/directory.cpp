// SPDX-License-Identifier: Apache-2.0
#include "files/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/error_code.h"
#include "base/fault.h"
#include "base/file_error.h"
#include "base/text.h"

namespace godwit::files {
namespace {

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
constexpr std::uint64_t reserve = 16 * 1024 * 1024;  // bytes that are left free for others
constexpr int deepest = 64;                          // folders in folders

// For one entry among others: the rest can be gone on with.
std::unexpected<Error> entry_error(const std::filesystem::path& path, std::string_view what, int code) {
  if (code == ENOENT || code == ENOTDIR) return fail(ErrorKind::not_found, fmt::format("{}: it is not there", printable(path.native())));
  if (code == ELOOP) return fail(ErrorKind::refused, fmt::format("{}: it is a link, and links are not followed", printable(path.native())));
  if (code == EMFILE || code == ENFILE || code == ENOMEM) return file_error(path, what, code);
  auto error = file_error(path, what, code);
  error.error().kind = ErrorKind::refused;
  return error;
}

EntryKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return EntryKind::file;
  if (S_ISDIR(mode)) return EntryKind::folder;
  return S_ISLNK(mode) ? EntryKind::link : EntryKind::other;
}

}  // namespace

std::unexpected<Error> write_error(const std::filesystem::path& file, std::string_view what, int code) {
  auto error = file_error(file, what, code);
  if (code == ENOSPC || code == EDQUOT || code == EFBIG) error.error().kind = ErrorKind::quota;
  return error;
}

bool is_entry_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

Result<Directory> Directory::open(const std::filesystem::path& path) {
  Descriptor descriptor(::open(path.c_str(), folder_flags));
  if (descriptor) return Directory(path, std::move(descriptor));
  auto error = file_error(path, "the folder cannot be opened", errno);
  if (errno == ENOENT) error.error().kind = ErrorKind::not_found;
  return error;
}

Result<Directory> Directory::open_or_make(const std::filesystem::path& path) {
  auto opened = open(path);
  if (opened || opened.error().kind != ErrorKind::not_found || !path.has_relative_path()) return opened;
  GODWIT_TRY(const Directory parent, open_or_make(path.parent_path()));
  GODWIT_CHECK(parent.make_folder(path.filename().native()));
  return open(path);
}

Result<Directory> Directory::folder(const std::string& name) const {
  const std::filesystem::path path = path_ / name;
  if (!is_entry_name(name)) return entry_error(path, "this is no name", ENOENT);
  Descriptor descriptor(::openat(descriptor_.get(), name.c_str(), folder_flags | O_NOFOLLOW));
  if (!descriptor) return entry_error(path, "the folder cannot be opened", errno);
  return Directory(path, std::move(descriptor));
}

Result<Directory> Directory::folder_at(std::string_view names) const {
  const std::size_t slash = names.find('/');
  GODWIT_TRY(Directory next, folder(std::string(names.substr(0, slash))));
  if (slash == std::string_view::npos) return next;
  return next.folder_at(names.substr(slash + 1));
}

bool Directory::has_folder(const std::string& name) const {
  const auto found = status(name);
  return found && S_ISDIR(found->st_mode);
}

Result<std::vector<Entry>> Directory::entries() const {
  const int copy = ::openat(descriptor_.get(), ".", folder_flags);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(copy < 0 ? nullptr : ::fdopendir(copy), ::closedir);
  if (!stream) {
    const int reason = errno;
    if (copy >= 0) ::close(copy);
    return entry_error(path_, "the folder cannot be read", reason);
  }
  std::vector<Entry> all;
  while (true) {
    errno = 0;
    const dirent* const found = ::readdir(stream.get());
    if (found == nullptr) break;
    Entry entry{static_cast<const char*>(found->d_name), EntryKind::other};
    if (!is_entry_name(entry.name)) continue;
    if (found->d_type != DT_UNKNOWN) {
      entry.kind = kind_of(static_cast<mode_t>(DTTOIF(found->d_type)));
    } else if (const auto known = status(entry.name)) {
      entry.kind = kind_of(known->st_mode);
    }
    all.push_back(std::move(entry));
  }
  if (errno != 0) return entry_error(path_, "the folder cannot be read", errno);
  return all;
}

std::optional<struct stat> Directory::status(const std::string& name) const {
  struct stat found{};
  if (!is_entry_name(name) || ::fstatat(descriptor_.get(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return found;
}

Result<Descriptor> Directory::open_file(const std::string& name) const {
  const std::filesystem::path path = path_ / name;
  if (!is_entry_name(name)) return entry_error(path, "this is no name", ENOENT);
  // O_NONBLOCK: a pipe without a writer would never open.
  Descriptor descriptor(::openat(descriptor_.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!descriptor) return entry_error(path, "the file cannot be read", errno);
  struct stat found{};
  if (::fstat(descriptor.get(), &found) != 0) return entry_error(path, "the file cannot be read", errno);
  if (!S_ISREG(found.st_mode)) return fail(ErrorKind::refused, fmt::format("{}: it is not an ordinary file", printable(path.native())));
  return descriptor;
}

Result<std::string> Directory::read_file(const std::string& name, std::uint64_t limit) const {
  GODWIT_TRY(const Descriptor file, open_file(name));
  std::string text;
  constexpr std::size_t step = 64 * 1024;
  while (true) {
    const std::size_t before = text.size();
    text.resize(before + step);
    const ssize_t got = ::read(file.get(), text.data() + before, step);
    if (got < 0 && errno != EINTR) return entry_error(path_ / name, "the file cannot be read", errno);
    text.resize(before + static_cast<std::size_t>(got < 0 ? 0 : got));
    if (got == 0) return text;
    if (text.size() > limit) {
      return fail(ErrorKind::refused, fmt::format("{}: it is larger than {}", printable((path_ / name).native()), format_bytes(limit)));
    }
  }
}

Result<> Directory::give_to_owner(int descriptor, const std::string& name) const {
  struct stat own{};
  if (::geteuid() != 0) return {};
  if (::fstat(descriptor_.get(), &own) != 0 || ::fchown(descriptor, own.st_uid, own.st_gid) != 0) {
    return file_error(path_ / name, "it cannot be given to the folder's owner", errno);
  }
  return {};
}

Result<> Directory::make_folder(const std::string& name) const {
  const std::filesystem::path path = path_ / name;
  if (!is_entry_name(name)) return file_error(path, "this is no name", EINVAL);
  if (::mkdirat(descriptor_.get(), name.c_str(), 0700) != 0) {
    if (errno == EEXIST) return {};
    return write_error(path, "the folder cannot be made", errno);
  }
  GODWIT_TRY(const Directory made, folder(name));
  return give_to_owner(made.descriptor(), name);
}

Result<Descriptor> Directory::make_file(const std::string& name) const {
  const std::filesystem::path path = path_ / name;
  if (!is_entry_name(name)) return file_error(path, "this is no name", EINVAL);
  Descriptor descriptor(::openat(descriptor_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!descriptor && errno == EEXIST) return fail(ErrorKind::exists, fmt::format("{}: there is a file already", printable(path.native())));
  if (!descriptor) return write_error(path, "the file cannot be made", errno);
  GODWIT_CHECK(give_to_owner(descriptor.get(), name));
  return descriptor;
}

Result<> Directory::replace_file(const std::string& name, std::string_view text) const {
  const std::string fresh = name + ".godwit";
  GODWIT_CHECK(remove_file(fresh));  // a kill may have left it
  {
    GODWIT_TRY(const Descriptor file, make_file(fresh));
    GODWIT_CHECK(write_all(file.get(), text, path_ / fresh));
    GODWIT_CHECK(sync_file(file.get(), path_ / fresh));
  }
  fault::step("file replace");
  GODWIT_CHECK(rename(fresh, *this, name));
  return sync();
}

Result<> Directory::rename(const std::string& name, const Directory& to, const std::string& new_name) const {
  if (::renameat(descriptor_.get(), name.c_str(), to.descriptor(), new_name.c_str()) == 0) return {};
  if (errno == ENOENT) return entry_error(path_ / name, "", ENOENT);
  return write_error(to.path() / new_name, "the name cannot be given", errno);
}

Result<> Directory::remove_file(const std::string& name) const {
  if (::unlinkat(descriptor_.get(), name.c_str(), 0) == 0 || errno == ENOENT) return {};
  return file_error(path_ / name, "the file cannot be removed", errno);
}

namespace {
Result<> remove_all(const Directory& parent, const std::string& name, int depth) {
  if (depth > deepest) return file_error(parent.path() / name, "folders lie too deep in each other", ELOOP);
  GODWIT_TRY(const Directory folder, parent.folder(name));
  GODWIT_TRY(const auto entries, folder.entries());
  for (const Entry& entry : entries) {
    GODWIT_CHECK(entry.kind == EntryKind::folder ? remove_all(folder, entry.name, depth + 1) : folder.remove_file(entry.name));
  }
  if (::unlinkat(parent.descriptor(), name.c_str(), AT_REMOVEDIR) == 0) return {};
  return file_error(folder.path(), "the folder cannot be removed", errno);
}
}  // namespace

Result<> Directory::remove_tree(const std::string& name) const { return remove_all(*this, name, 0); }

Result<> Directory::sync() const { return sync_file(descriptor_.get(), path_); }

Result<> Directory::sync_disk() const {
  if (::syncfs(descriptor_.get()) != 0) return write_error(path_, "the disk did not take it", errno);
  return {};
}

Result<> write_all(int descriptor, std::string_view bytes, const std::filesystem::path& file) {
  const std::size_t size = bytes.size();
  bytes = bytes.substr(0, fault::step_writing("file write", size));
  const bool dies = bytes.size() < size;
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return write_error(file, "the file cannot be written", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (dies) fault::die();
  return {};
}

Result<> sync_file(int descriptor, const std::filesystem::path& file) {
  if (::fsync(descriptor) != 0) return write_error(file, "the disk did not take it", errno);
  return {};
}

Result<> require_space(const Directory& folder, std::uint64_t bytes, std::uint64_t new_files) {
  struct statvfs disk{};
  if (::fstatvfs(folder.descriptor(), &disk) != 0) return file_error(folder.path(), "the disk's free space is not told", errno);
  const std::uint64_t available = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  const bool has_room_for_files = disk.f_files == 0 || new_files <= disk.f_favail;  // file systems that need no inodes tell of none
  if (bytes <= available && available - bytes >= reserve && has_room_for_files) return {};
  if (!has_room_for_files) {
    return fail(ErrorKind::quota,
                fmt::format("{}: {} files are to be made, and the disk has inodes for {}; make room there, then try again",
                            printable(folder.path().native()), grouped(new_files), grouped(disk.f_favail)));
  }
  return fail(ErrorKind::quota,
              fmt::format("{}: {} are to be written, and the disk has {} left ({} stay free); make room there, then try again",
                          printable(folder.path().native()), format_bytes(bytes), format_bytes(available), format_bytes(reserve)));
}

}  // namespace godwit::files
