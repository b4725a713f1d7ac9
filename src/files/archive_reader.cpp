// SPDX-License-Identifier: Apache-2.0
#include "files/archive_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <locale.h>

#include <algorithm>

#include "base/text.h"
#include "files/zip_contents.h"

namespace godwit::files {
namespace {

constexpr std::int64_t last_second = 253'402'300'799;  // of the year 9999
constexpr std::uint64_t longest_zip_contents = 64 * 1024 * 1024;

// libarchive turns names that are said to be UTF-8 into those of the thread's locale, and drops the ones that it lacks.
class Utf8Names {
 public:
  Utf8Names() : before_(::uselocale(utf8())) {}
  ~Utf8Names() { ::uselocale(before_); }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  static locale_t utf8() {
    static const locale_t made = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return made;
  }
  const locale_t before_;
};

ArchiveEntryKind kind_of(archive_entry* entry) {
  if (::archive_entry_hardlink(entry) != nullptr) return ArchiveEntryKind::hard_link;
  const auto type = ::archive_entry_filetype(entry);
  if (type == AE_IFDIR) return ArchiveEntryKind::folder;
  return type == AE_IFREG ? ArchiveEntryKind::file : ArchiveEntryKind::other;
}

}  // namespace

ArchiveReader::ArchiveReader(std::filesystem::path file) : file_(std::move(file)), archive_(::archive_read_new(), ::archive_read_free) {}

Result<ArchiveReader> ArchiveReader::open(const std::filesystem::path& file) {
  ArchiveReader reader(file);
  GODWIT_TRY(const std::uint64_t contents, zip_contents_size(file));
  if (contents > longest_zip_contents) {
    return reader.refuse(fmt::format("its table of contents is larger than {}; unpack it yourself and name the folder",
                                     format_bytes(longest_zip_contents)));
  }
  archive* const handle = reader.archive_.get();
  ::archive_read_support_format_zip_seekable(handle);  // by its table of contents: without it nobody can tell whether all is there
  ::archive_read_support_format_tar(handle);
  for (const auto support : {::archive_read_support_filter_gzip, ::archive_read_support_filter_bzip2, ::archive_read_support_filter_xz,
                             ::archive_read_support_filter_zstd}) {
    support(handle);
  }
  if (::archive_read_open_filename(handle, file.c_str(), block_size) != ARCHIVE_OK) return reader.failure();
  return reader;
}

Result<std::optional<ArchiveEntry>> ArchiveReader::next() {
  const Utf8Names utf8_names;
  archive_entry* entry = nullptr;
  const int status = ::archive_read_next_header(archive_.get(), &entry);
  if (status == ARCHIVE_EOF) return std::nullopt;
  if (status < ARCHIVE_WARN) return failure();
  const char* const name = ::archive_entry_pathname(entry);
  if (name == nullptr) return refuse("it has an entry whose name is not in UTF-8 as it says; unpack it yourself and name the folder");
  ArchiveEntry found;
  found.kind = kind_of(entry);
  found.path = parse_entry_path(name);
  if (found.kind == ArchiveEntryKind::hard_link) found.linked = parse_entry_path(::archive_entry_hardlink(entry));
  if (::archive_entry_size_is_set(entry) != 0) found.size = static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_entry_size(entry), 0));
  if (::archive_entry_mtime_is_set(entry) != 0) found.modified = std::clamp<std::int64_t>(::archive_entry_mtime(entry), 0, last_second);
  return found;
}

Result<std::string_view> ArchiveReader::read() {
  const la_ssize_t got = ::archive_read_data(archive_.get(), block_->data(), block_->size());
  if (got < 0) return failure();
  return std::string_view(block_->data(), static_cast<std::size_t>(got));
}

std::uint64_t ArchiveReader::decompressed() const {
  return static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_filter_bytes(archive_.get(), 0), 0));
}

std::unexpected<Error> ArchiveReader::refuse(std::string_view what) const {
  return fail(ErrorKind::storage, fmt::format("{}: {}", printable(file_.native()), what));
}

std::unexpected<Error> ArchiveReader::failure() const {
  const char* const text = ::archive_error_string(archive_.get());
  return refuse(fmt::format("it cannot be read as .zip, .tar, .tar.gz, .tar.bz2, .tar.xz or .tar.zst ({}); if it is whole, unpack it yourself "
                            "and name the folder",
                            printable(text == nullptr ? "no reason given" : text)));
}

}  // namespace godwit::files
