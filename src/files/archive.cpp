// SPDX-License-Identifier: Apache-2.0
#include "files/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

#include "base/file_error.h"
#include "base/text.h"

namespace godwit::files {
namespace {

constexpr std::size_t block_size = 256 * 1024;
constexpr std::uint64_t looks_at_space_every = 64 * 1024 * 1024;  // bytes
constexpr std::size_t deepest = 64;
constexpr std::string_view folder_prefix = "godwit-archive-";

using Parts = std::vector<std::string>;

// One pass over an archive.
class Reader {
 public:
  explicit Reader(std::filesystem::path file) : file_(std::move(file)), archive_(::archive_read_new(), ::archive_read_free) {}

  Result<> open() {
    archive* const handle = archive_.get();
    ::archive_read_support_format_zip(handle);
    ::archive_read_support_format_tar(handle);
    for (const auto support : {::archive_read_support_filter_gzip, ::archive_read_support_filter_bzip2, ::archive_read_support_filter_xz,
                               ::archive_read_support_filter_zstd}) {
      support(handle);
    }
    return ::archive_read_open_filename(handle, file_.c_str(), block_size) == ARCHIVE_OK ? Result<>{} : failure();
  }

  // nullptr at the end.
  Result<archive_entry*> next() {
    archive_entry* entry = nullptr;
    const int status = ::archive_read_next_header(archive_.get(), &entry);
    if (status == ARCHIVE_EOF) return nullptr;
    if (status < ARCHIVE_WARN) return failure();
    return entry;
  }

  // Of the entry; empty at its end.
  Result<std::string_view> read() {
    const la_ssize_t got = ::archive_read_data(archive_.get(), block_.data(), block_.size());
    if (got < 0) return failure();
    return std::string_view(block_.data(), static_cast<std::size_t>(got));
  }

  std::unexpected<Error> refuse(std::string_view what) const {
    return fail(ErrorKind::storage, fmt::format("{}: {}", printable(file_.native()), what));
  }

 private:
  std::unexpected<Error> failure() const {
    const char* const text = ::archive_error_string(archive_.get());
    return refuse(
        fmt::format("it cannot be read as .zip, .tar, .tar.gz, .tar.bz2, .tar.xz or .tar.zst ({}); if it is whole, unpack it yourself "
                    "and name the folder",
                    printable(text == nullptr ? "no reason given" : text)));
  }

  std::filesystem::path file_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
  std::array<char, block_size> block_{};
};

// The names on the way to an entry; nothing when it would lead out of the archive.
std::optional<Parts> parts_of(const char* utf8, const char* raw) {
  std::string_view path = utf8 != nullptr ? utf8 : raw != nullptr ? raw : "";
  Parts parts;
  if (path.starts_with('/')) return std::nullopt;
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
    if (part.empty() || part == ".") continue;
    if (!is_entry_name(part) || parts.size() >= deepest) return std::nullopt;
    parts.emplace_back(part);
  }
  return parts;
}

class Unpacking {
 public:
  Unpacking(std::filesystem::path file, const ArchiveLimits& limits, Directory root)
      : file_(std::move(file)), limits_(limits), root_(std::move(root)) {}

  // First what it says of itself, and only then its bytes: which may be more than it said.
  Result<> run() {
    std::error_code failed;
    packed_ = std::filesystem::file_size(file_, failed);
    if (failed) return file_error(file_, "the file cannot be read", failed.value());
    GODWIT_CHECK(each_entry([this](Reader& reader, archive_entry* entry) { return count(reader, entry); }));
    GODWIT_CHECK(require_space(root_, bytes_));
    bytes_ = entries_ = 0;
    return each_entry([this](Reader& reader, archive_entry* entry) { return unpack(reader, entry); });
  }

 private:
  template <class Use>
  Result<> each_entry(const Use& use) {
    const auto reader = std::make_unique<Reader>(file_);
    GODWIT_CHECK(reader->open());
    while (true) {
      GODWIT_TRY(archive_entry* const entry, reader->next());
      if (entry == nullptr) return {};
      if (++entries_ > limits_.entries) return reader->refuse(fmt::format("it has more than {} entries", grouped(limits_.entries)));
      GODWIT_CHECK(use(*reader, entry));
    }
  }

  Result<> take(Reader& reader, std::uint64_t bytes) {
    bytes_ += bytes;
    if (bytes_ < bytes || (bytes_ > limits_.free_of_ratio && bytes_ / limits_.ratio > packed_)) {
      return reader.refuse(
          fmt::format("{} would come out of {}: more than mail ever does; if it is right, unpack it yourself and name the folder",
                      format_bytes(bytes_), format_bytes(packed_)));
    }
    return {};
  }

  Result<> count(Reader& reader, archive_entry* entry) {
    return take(reader, ::archive_entry_size_is_set(entry) != 0
                            ? static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_entry_size(entry), 0))
                            : 0);
  }

  Result<> unpack(Reader& reader, archive_entry* entry) {
    const auto parts = parts_of(::archive_entry_pathname_utf8(entry), ::archive_entry_pathname(entry));
    if (!parts) {
      return reader.refuse(fmt::format("its entry {} leads out of the archive, or too deep; nothing of it is used", grouped(entries_)));
    }
    if (parts->empty()) return {};
    const char* const linked = ::archive_entry_hardlink(entry);
    if (linked != nullptr) return link(reader, *parts, parts_of(::archive_entry_hardlink_utf8(entry), linked));
    const auto type = ::archive_entry_filetype(entry);
    if (type == AE_IFDIR) {
      GODWIT_CHECK(folder_for(*parts, parts->size()));
      return {};
    }
    if (type != AE_IFREG) return {};  // no mail is in a symbolic link or a device
    return write(reader, *parts, entry);
  }

  // The folder of the first `count` names, made where it is not there.
  Result<Directory> folder_for(const Parts& parts, std::size_t count) {
    GODWIT_TRY(Directory folder, Directory::open(root_.path()));
    for (std::size_t i = 0; i < count; ++i) {
      GODWIT_CHECK(folder.make_folder(parts[i]));
      GODWIT_TRY(folder, folder.folder(parts[i]));
    }
    return folder;
  }

  Result<> write(Reader& reader, const Parts& parts, archive_entry* entry) {
    GODWIT_TRY(const Directory folder, folder_for(parts, parts.size() - 1));
    GODWIT_CHECK(folder.remove_file(parts.back()));  // of two entries with one name the later one counts
    GODWIT_TRY(const Descriptor file, folder.make_file(parts.back()));
    const std::filesystem::path path = folder.path() / parts.back();
    while (true) {
      GODWIT_TRY(const std::string_view piece, reader.read());
      if (piece.empty()) break;
      if (bytes_ / looks_at_space_every != (bytes_ + piece.size()) / looks_at_space_every) GODWIT_CHECK(require_space(root_, piece.size()));
      GODWIT_CHECK(take(reader, piece.size()));
      GODWIT_CHECK(write_all(file.get(), piece, path));
    }
    if (::archive_entry_mtime_is_set(entry) == 0) return {};
    const std::array<timespec, 2> times{{{0, UTIME_OMIT}, {::archive_entry_mtime(entry), 0}}};
    if (::futimens(file.get(), times.data()) != 0) return file_error(path, "the file's time cannot be set", errno);
    return {};
  }

  // Servers keep copies of one message as links to one file.
  Result<> link(Reader& reader, const Parts& parts, const std::optional<Parts>& linked) {
    if (!linked || linked->empty()) {
      return reader.refuse(fmt::format("its entry {} is a link out of the archive; nothing of it is used", grouped(entries_)));
    }
    GODWIT_TRY(const Directory from, folder_for(*linked, linked->size() - 1));
    GODWIT_TRY(const Directory to, folder_for(parts, parts.size() - 1));
    GODWIT_CHECK(to.remove_file(parts.back()));
    if (::linkat(from.descriptor(), linked->back().c_str(), to.descriptor(), parts.back().c_str(), 0) == 0) return {};
    return reader.refuse(fmt::format("its entry {} is a link to one that is not there", grouped(entries_)));
  }

  const std::filesystem::path file_;
  const ArchiveLimits limits_;
  const Directory root_;
  std::uint64_t packed_ = 0, bytes_ = 0, entries_ = 0;
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
