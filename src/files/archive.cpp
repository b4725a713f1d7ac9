// SPDX-License-Identifier: Apache-2.0
#include "files/archive.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <span>

#include "base/file_error.h"
#include "base/text.h"
#include "files/archive_reader.h"

namespace godwit::files {
namespace {

constexpr std::uint64_t looks_at_space_every = 64 * 1024 * 1024;  // bytes
constexpr std::uint64_t disk_block = 4096;
constexpr std::string_view folder_prefix = "godwit-archive-";

std::uint64_t on_disk(std::uint64_t size) { return size / disk_block * disk_block + disk_block; }

class Unpacking {
 public:
  Unpacking(std::filesystem::path file, const ArchiveLimits& limits, Directory root)
      : file_(std::move(file)), limits_(limits), root_(std::move(root)) {}

  // First what it says of itself, and only then its bytes: which may be more than it said.
  Result<> run() {
    std::error_code failed;
    packed_ = std::filesystem::file_size(file_, failed);
    if (failed) return file_error(file_, "the file cannot be read", failed.value());
    GODWIT_CHECK(each_entry([this](ArchiveReader& reader, const ArchiveEntry& entry) { return count(reader, entry); }));
    GODWIT_CHECK(require_space(root_, on_disk_, entries_));
    bytes_ = on_disk_ = entries_ = 0;
    return each_entry([this](ArchiveReader& reader, const ArchiveEntry& entry) { return unpack(reader, entry); });
  }

 private:
  template <class Use>
  Result<> each_entry(const Use& use) {
    GODWIT_TRY(ArchiveReader reader, ArchiveReader::open(file_));
    while (true) {
      GODWIT_TRY(const auto entry, reader.next());
      if (!entry) return {};
      if (++entries_ > limits_.entries) return reader.refuse(fmt::format("it has more than {} entries", grouped(limits_.entries)));
      GODWIT_CHECK(require_plausible(reader, reader.decompressed()));
      GODWIT_CHECK(use(reader, *entry));
    }
  }

  Result<> require_plausible(const ArchiveReader& reader, std::uint64_t bytes) const {
    if (bytes <= limits_.free_of_ratio || bytes / limits_.ratio <= packed_) return {};
    return reader.refuse(
        fmt::format("{} would come out of {}: more than mail ever does; if it is right, unpack it yourself and name the folder",
                    format_bytes(bytes), format_bytes(packed_)));
  }

  Result<> take(const ArchiveReader& reader, std::uint64_t bytes) {
    bytes_ += std::min(bytes, ~bytes_);
    return require_plausible(reader, bytes_);
  }

  Result<> count(const ArchiveReader& reader, const ArchiveEntry& entry) {
    GODWIT_CHECK(take(reader, entry.size));
    on_disk_ += on_disk(entry.size);
    return {};
  }

  std::unexpected<Error> refuse_entry(const ArchiveReader& reader, std::string_view what) const {
    return reader.refuse(fmt::format("its entry {} {}; nothing of it is used", grouped(entries_), what));
  }

  Result<> unpack(ArchiveReader& reader, const ArchiveEntry& entry) {
    if (!entry.path) return refuse_entry(reader, "leads out of the archive, or too deep");
    if (entry.path->empty()) return {};
    switch (entry.kind) {
      case ArchiveEntryKind::file: return write(reader, entry);
      case ArchiveEntryKind::folder: return enter(reader, *entry.path);
      case ArchiveEntryKind::hard_link: return link(reader, *entry.path, entry.linked);
      case ArchiveEntryKind::other: return {};  // no mail is in a symbolic link or a device
    }
    return {};
  }

  // Opens the folder, and makes it where it is not there. Most entries lie in that of the one before.
  Result<> enter(const ArchiveReader& reader, std::span<const std::string> path) {
    if (folder_ && std::ranges::equal(path, entered_)) return {};
    GODWIT_TRY(Directory folder, Directory::open(root_.path()));
    for (const std::string& name : path) {
      const auto found = folder.status(name);
      if (found && !S_ISDIR(found->st_mode)) return refuse_entry(reader, "lies in a folder that is a file as well");
      if (!found) GODWIT_CHECK(folder.make_folder(name));
      GODWIT_TRY(folder, folder.folder(name));
    }
    folder_ = std::move(folder);
    entered_.assign(path.begin(), path.end());
    return {};
  }

  // Its folder is entered, and nothing is there under its name: of two entries with one name the later one counts.
  Result<> make_way(const ArchiveReader& reader, const EntryPath& path) {
    GODWIT_CHECK(enter(reader, std::span(path).first(path.size() - 1)));
    if (folder_->has_folder(path.back())) return refuse_entry(reader, "is a file and a folder");
    return folder_->remove_file(path.back());
  }

  Result<> write(ArchiveReader& reader, const ArchiveEntry& entry) {
    GODWIT_CHECK(make_way(reader, *entry.path));
    GODWIT_TRY(const Descriptor file, folder_->make_file(entry.path->back()));
    const std::filesystem::path path = folder_->path() / entry.path->back();
    GODWIT_CHECK(require_room(0));
    while (true) {
      GODWIT_TRY(const std::string_view piece, reader.read());
      if (piece.empty()) break;
      GODWIT_CHECK(take(reader, piece.size()));
      GODWIT_CHECK(require_room(piece.size()));
      GODWIT_CHECK(write_all(file.get(), piece, path));
    }
    if (!entry.modified) return {};
    const std::array<timespec, 2> times{{{0, UTIME_OMIT}, {*entry.modified, 0}}};
    if (::futimens(file.get(), times.data()) != 0) return file_error(path, "the file's time cannot be set", errno);
    return {};
  }

  // What is announced may be less than what comes, and others write to the disk as well.
  Result<> require_room(std::uint64_t bytes) {
    const std::uint64_t before = std::exchange(on_disk_, on_disk_ + (bytes == 0 ? disk_block : bytes));
    if (before / looks_at_space_every == on_disk_ / looks_at_space_every) return {};
    return require_space(root_, looks_at_space_every);
  }

  // Servers keep copies of one message as links to one file. Each is read as a message of its own.
  Result<> link(const ArchiveReader& reader, const EntryPath& path, const std::optional<EntryPath>& linked) {
    if (!linked || linked->empty()) return refuse_entry(reader, "is a link out of the archive");
    GODWIT_CHECK(enter(reader, std::span(*linked).first(linked->size() - 1)));
    const auto status = folder_->status(linked->back());
    if (!status || !S_ISREG(status->st_mode) || path == *linked) return refuse_entry(reader, "is a link to one that is not there");
    GODWIT_CHECK(take(reader, static_cast<std::uint64_t>(status->st_size)));
    const Directory from = *std::exchange(folder_, std::nullopt);
    GODWIT_CHECK(make_way(reader, path));
    if (::linkat(from.descriptor(), linked->back().c_str(), folder_->descriptor(), path.back().c_str(), 0) == 0) return {};
    return file_error(folder_->path() / path.back(), "the link cannot be made", errno);
  }

  const std::filesystem::path file_;
  const ArchiveLimits limits_;
  const Directory root_;
  std::uint64_t packed_ = 0, bytes_ = 0, on_disk_ = 0, entries_ = 0;
  std::optional<Directory> folder_;  // the one that is entered
  EntryPath entered_;
};

// What a process left that was killed.
void remove_left_behind(const Directory& place) {
  const auto entries = place.entries();
  if (!entries) return;
  for (const Entry& entry : *entries) {
    if (entry.kind != EntryKind::folder || !entry.name.starts_with(folder_prefix)) continue;
    const std::string_view rest = std::string_view(entry.name).substr(folder_prefix.size());
    const auto pid = parse_number<std::uint32_t>(rest.substr(0, rest.find('-')));
    const auto status = place.status(entry.name);
    const bool is_left = pid && status && status->st_uid == ::geteuid() && ::kill(static_cast<pid_t>(*pid), 0) != 0 && errno == ESRCH;
    if (is_left) static_cast<void>(place.remove_tree(entry.name));
  }
}

}  // namespace

Result<std::shared_ptr<const SourceTree>> SourceTree::open(const std::filesystem::path& path, const ArchiveLimits& limits,
                                                           std::filesystem::path place) {
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (status.type() == std::filesystem::file_type::not_found) return file_error(path, "there is nothing", ENOENT);
  if (status.type() != std::filesystem::file_type::regular) return std::shared_ptr<const SourceTree>(new SourceTree(path, false));
  if (place.empty()) place = std::filesystem::temp_directory_path(failed);
  GODWIT_TRY(const Directory parent, Directory::open(place));
  remove_left_behind(parent);
  std::string name = (place / fmt::format("{}{}-XXXXXX", folder_prefix, ::getpid())).native();
  if (::mkdtemp(name.data()) == nullptr) {
    return file_error(place, "no folder can be made in it; set TMPDIR to one where that is possible", errno);
  }
  std::shared_ptr<const SourceTree> tree(new SourceTree(name, true));
  GODWIT_TRY(Directory root, Directory::open(name));
  GODWIT_CHECK(Unpacking(path, limits, std::move(root)).run());
  return tree;
}

SourceTree::~SourceTree() {
  if (!is_unpacked_) return;
  const auto parent = Directory::open(root_.parent_path());
  if (parent) static_cast<void>(parent->remove_tree(root_.filename().native()));
}

Result<std::filesystem::path> SourceTree::find(const std::function<bool(const Directory&)>& is_it) const {
  GODWIT_TRY(Directory folder, Directory::open(root_));
  while (is_unpacked_ && !is_it(folder)) {
    GODWIT_TRY(const auto entries, folder.entries());
    if (entries.size() != 1 || entries.front().kind != EntryKind::folder) break;
    GODWIT_TRY(folder, folder.folder(entries.front().name));
  }
  return folder.path();
}

}  // namespace godwit::files
