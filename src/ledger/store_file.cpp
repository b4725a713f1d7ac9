// SPDX-License-Identifier: Apache-2.0
#include "ledger/store_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::ledger {
namespace {

using std::filesystem::path;

// The ledger's bounds: 2 MiB of pages in memory per store; the write-ahead log goes into the file every 8 MiB and is cut
// back to that after a large transaction. No mmap: a fault of the disk must be an error, not SIGBUS. The lock of the whole
// ledger makes this process the only user, so SQLite may keep its own locks and needs no shared memory file.
constexpr const char* settings =
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA cache_size = -2048;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA mmap_size = 0;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = NORMAL;"
    "PRAGMA wal_autocheckpoint = 2048;"
    "PRAGMA journal_size_limit = 8388608;";

std::unexpected<Error> refuse(ErrorCode code, const path& file, std::string_view why) {
  return fail(code, fmt::format("{}: {}", printable(file.native()), why));
}

std::unexpected<Error> refuse_by_errno(const path& file, std::string_view what, int code) {
  const std::string_view hint = code == ENOENT || code == ENOTDIR ? "; its directory must exist"
                                : code == EROFS || code == EACCES || code == EPERM
                                    ? "; check owner and mode, and whether the disk is mounted read-only"
                                : code == ENOSPC || code == EDQUOT ? "; make room there"
                                                                   : "";
  const ErrorCode error_code = code == ENOSPC || code == EDQUOT ? codes::disk_full : codes::ledger_not_writable;
  return refuse(error_code, file, fmt::format("{} ({}){}", what, std::strerror(code), hint));
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  [[nodiscard]] int value() const { return value_; }

 private:
  int value_;
};

// https://sqlite.org/fileformat2.html §1.3: the magic string, user_version at 60, application_id at 68, big-endian.
struct Header {
  std::array<unsigned char, 100> bytes{};
  [[nodiscard]] std::uint32_t number(std::size_t at) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | bytes[at + i];
    return value;
  }
  [[nodiscard]] bool is_sqlite() const { return std::memcmp(bytes.data(), "SQLite format 3", 16) == 0; }
};

Result<> check_version(const path& file, const FileKind& kind, std::uint32_t version) {
  if (version == kind.schema_version) return {};
  if (version > kind.schema_version) {
    return refuse(codes::ledger_of_another_version, file, fmt::format("{} written by a newer godwit (schema {}, this one knows {}); use that version",
                                                         kind.noun, version, kind.schema_version));
  }
  if (version > 0) {
    return refuse(codes::ledger_of_another_version, file, fmt::format("{} written by an older godwit (schema {}, this one knows {}); use that version, or a "
                                                         "new ledger: what is on the target already is recognised",
                                                         kind.noun, version, kind.schema_version));
  }
  return refuse(codes::ledger_damaged, file, fmt::format("the file is damaged (schema {}); put it back from a backup", version));
}

void remove_side_files(const path& file) {
  for (const char* suffix : {"-wal", "-shm", "-journal"}) ::unlink((file.native() + suffix).c_str());
}

Result<> sync_directory(const path& directory) {
  const Descriptor descriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.value() < 0 || ::fsync(descriptor.value()) != 0) {
    return refuse_by_errno(directory, "the directory cannot be written", errno);
  }
  return {};
}

Result<> fill_new_file(const path& file, const FileKind& kind, const std::function<Result<>(Database&)>& fill) {
  GODWIT_TRY(Database database, Database::open(file));
  GODWIT_CHECK(database.execute(settings));
  GODWIT_CHECK(database.execute("PRAGMA synchronous = FULL; BEGIN"));
  GODWIT_CHECK(database.execute(kind.schema));
  const std::string marks =
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kind.application_id, kind.schema_version);
  GODWIT_CHECK(database.execute(marks.c_str()));
  GODWIT_CHECK(fill(database));
  return database.execute("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
}

Result<> check_structure(Database& database) {
  GODWIT_TRY(Statement check, database.prepare("PRAGMA quick_check(1)"));
  GODWIT_TRY(const bool row, check.step());
  const std::string found(row ? check.bytes(0) : std::string_view("no answer"));
  if (found == "ok") return {};
  return refuse(codes::ledger_damaged, database.file(),
                fmt::format("the file is damaged ({}); put it back from a backup (a backup may be older: what is on the target is "
                            "matched, not copied twice)", printable(found)));
}

}  // namespace

Result<FileState> recognise(const path& file, const FileKind& kind) {
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.value() < 0 && errno == ENOENT) return FileState::missing;
  if (descriptor.value() < 0) return refuse_by_errno(file, "the file cannot be read", errno);
  Header header;
  const ssize_t size = ::pread(descriptor.value(), header.bytes.data(), header.bytes.size(), 0);
  if (size < 0) return refuse_by_errno(file, "the file cannot be read", errno);
  if (size == 0) return FileState::empty;
  if (!header.is_sqlite()) {
    return refuse(codes::no_ledger, file,
                  fmt::format("this is not {} of godwit, or its beginning is damaged; nothing was changed. Give another name, or put "
                              "the file back from a backup", kind.noun));
  }
  if (header.number(68) != kind.application_id) {
    return refuse(codes::no_ledger, file, fmt::format("this is a database, but not {} of godwit; nothing was changed. Give another name",
                                                      kind.noun));
  }
  GODWIT_CHECK(check_version(file, kind, header.number(60)));
  return FileState::present;
}

Result<> make_store_file(const path& file, const FileKind& kind, const std::function<Result<>(Database&)>& fill) {
  const path fresh = path(file) += ".new";
  remove_side_files(fresh);
  ::unlink(fresh.c_str());
  {
    // SQLite gives its side files the mode of the main one.
    const Descriptor made(::open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (made.value() < 0) return refuse_by_errno(file, "the file cannot be made", errno);
  }
  GODWIT_CHECK(fill_new_file(fresh, kind, fill));
  remove_side_files(file);  // of a file that was removed without them: SQLite would play the old log into the new file
  if (::rename(fresh.c_str(), file.c_str()) != 0) return refuse_by_errno(file, "the file cannot be made", errno);
  return sync_directory(file.parent_path());
}

Result<Database> open_store_file(const path& file, const FileKind& kind) {
  // SQLite removes the log when it closes a database cleanly.
  struct stat log{};
  const bool unclean = ::stat((file.native() + "-wal").c_str(), &log) == 0 && log.st_size > 0;
  GODWIT_TRY(Database database, Database::open(file));
  GODWIT_CHECK(database.execute(settings));
  GODWIT_TRY(const std::int64_t version, database.number("PRAGMA user_version"));
  GODWIT_CHECK(check_version(file, kind, static_cast<std::uint32_t>(version)));
  if (unclean) GODWIT_CHECK(check_structure(database));
  return database;
}

Result<> make_directory(const path& directory) {
  if (::mkdir(directory.c_str(), 0700) == 0) return sync_directory(directory.parent_path());
  if (errno != EEXIST) return refuse_by_errno(directory, "the directory cannot be made", errno);
  std::error_code ignored;
  if (std::filesystem::is_directory(directory, ignored)) return {};
  return refuse(codes::no_ledger, directory, "there is a file where a directory is needed");
}

}  // namespace godwit::ledger
