// SPDX-License-Identifier: Apache-2.0
#include "files/archive_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <locale.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "base/text.h"
#include "files/zip_contents.h"

namespace godwit::files {
namespace {

constexpr std::int64_t last_second = 253'402'300'799;  // of the year 9999
constexpr std::uint64_t longest_zip_contents = 64 * 1024 * 1024;
constexpr std::uint64_t longest_headers = 16 * 1024 * 1024;  // of one entry of a tar

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

bool begins_as_zip(const std::filesystem::path& file) {
  std::array<char, 2> begin{};
  std::ifstream(file, std::ios::binary).read(begin.data(), begin.size());
  return std::string_view(begin.data(), begin.size()) == "PK";
}

}  // namespace

// The bytes that come out of compression. libarchive holds all of an entry's headers in memory, and would read them for ever.
struct ArchiveReader::Unpacked {
  std::unique_ptr<archive, int (*)(archive*)> packed{::archive_read_new(), ::archive_read_free};
  std::uint64_t given = 0, most = ~std::uint64_t{0};

  static la_ssize_t read(archive* reader, void* own, const void** block) {
    auto& self = *static_cast<Unpacked*>(own);
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int status = ::archive_read_data_block(self.packed.get(), block, &size, &offset);
    if (status == ARCHIVE_EOF) return 0;
    self.given += size;
    if (status < ARCHIVE_WARN) ::archive_copy_error(reader, self.packed.get());
    else if (self.given > self.most) ::archive_set_error(reader, EFBIG, "the headers of an entry have no end");
    else return static_cast<la_ssize_t>(size);
    return -1;
  }
};

ArchiveReader::ArchiveReader(std::filesystem::path file) : file_(std::move(file)), archive_(::archive_read_new(), ::archive_read_free) {}

Result<ArchiveReader> ArchiveReader::open(const std::filesystem::path& file) {
  ArchiveReader reader(file);
  GODWIT_CHECK(begins_as_zip(file) ? reader.open_zip() : reader.open_tar());
  return reader;
}

// By its table of contents: without it nobody can tell whether all is there.
Result<> ArchiveReader::open_zip() {
  GODWIT_TRY(const std::uint64_t contents, zip_contents_size(file_));
  if (contents > longest_zip_contents) {
    return refuse(fmt::format("its table of contents is larger than {}; unpack it yourself and name the folder",
                              format_bytes(longest_zip_contents)));
  }
  ::archive_read_support_format_zip_seekable(archive_.get());
  return ::archive_read_open_filename(archive_.get(), file_.c_str(), block_size) == ARCHIVE_OK ? Result<>{} : failure();
}

Result<> ArchiveReader::open_tar() {
  unpacked_ = std::make_shared<Unpacked>();
  archive* const packed = unpacked_->packed.get();
  ::archive_read_support_format_raw(packed);
  for (const auto support : {::archive_read_support_filter_gzip, ::archive_read_support_filter_bzip2, ::archive_read_support_filter_xz,
                             ::archive_read_support_filter_zstd}) {
    support(packed);
  }
  archive_entry* all = nullptr;
  const bool is_open = ::archive_read_open_filename(packed, file_.c_str(), block_size) == ARCHIVE_OK &&
                       ::archive_read_next_header(packed, &all) == ARCHIVE_OK;
  if (!is_open) ::archive_copy_error(archive_.get(), packed);
  ::archive_read_support_format_tar(archive_.get());
  const bool is_tar = is_open && ::archive_read_open(archive_.get(), unpacked_.get(), nullptr, Unpacked::read, nullptr) == ARCHIVE_OK;
  return is_tar ? Result<>{} : failure();
}

Result<std::optional<ArchiveEntry>> ArchiveReader::next() {
  const Utf8Names utf8_names;
  archive_entry* entry = nullptr;
  if (has_entry_ && ::archive_read_data_skip(archive_.get()) < ARCHIVE_WARN) return failure();
  if (unpacked_) unpacked_->most = unpacked_->given + longest_headers;
  const int status = ::archive_read_next_header(archive_.get(), &entry);
  if (unpacked_) unpacked_->most = ~std::uint64_t{0};
  has_entry_ = status >= ARCHIVE_WARN && status != ARCHIVE_EOF;
  if (status == ARCHIVE_EOF) return std::nullopt;
  if (status < ARCHIVE_WARN) return failure();
  const char* const name = ::archive_entry_pathname(entry);
  if (name == nullptr) return refuse("it has an entry whose name is not in UTF-8 as it says; unpack it yourself and name the folder");
  ArchiveEntry found;
  found.kind = kind_of(entry);
  found.path = parse_entry_path(name);
  if (found.kind == ArchiveEntryKind::hard_link) found.linked = parse_entry_path(::archive_entry_hardlink(entry));
  if (::archive_entry_size_is_set(entry) != 0) {
    found.size = static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_entry_size(entry), 0));
  }
  if (::archive_entry_mtime_is_set(entry) != 0) found.modified = std::clamp<std::int64_t>(::archive_entry_mtime(entry), 0, last_second);
  return found;
}

Result<std::string_view> ArchiveReader::read() {
  const la_ssize_t got = ::archive_read_data(archive_.get(), block_->data(), block_->size());
  if (got < 0) return failure();
  return std::string_view(block_->data(), static_cast<std::size_t>(got));
}

std::uint64_t ArchiveReader::decompressed() const {
  return unpacked_ ? unpacked_->given : 0;
}

std::unexpected<Error> ArchiveReader::refuse(std::string_view what) const {
  return fail(ErrorKind::storage, fmt::format("{}: {}", printable(file_.native()), what));
}

std::unexpected<Error> ArchiveReader::failure() const {
  const char* const text = ::archive_error_string(archive_.get());
  return refuse(fmt::format("it cannot be read as .zip, .tar, .tar.gz, .tar.bz2, .tar.xz or .tar.zst ({}); if it is whole, unpack it "
                            "yourself and name the folder",
                            printable(text == nullptr ? "no reason given" : text)));
}

}  // namespace godwit::files
