// SPDX-License-Identifier: Apache-2.0
#include "ledger/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit::ledger {
namespace {

constexpr const char* uid_set_type = "godwit.uid_set";

// uid_in(uid, set): lets one statement take any UidSet, however many ranges it has, without a table for it.
void uid_in(sqlite3_context* context, int, sqlite3_value** arguments) {
  const auto* set = static_cast<const UidSet*>(sqlite3_value_pointer(arguments[1], uid_set_type));
  const auto uid = static_cast<Uid>(sqlite3_value_int64(arguments[0]));
  sqlite3_result_int(context, set != nullptr && set->contains(uid) ? 1 : 0);
}

std::string advice(int code, int system_error) {
  const std::string reason = system_error != 0 ? fmt::format(" ({})", std::strerror(system_error)) : std::string();
  switch (code & 0xff) {
    case SQLITE_FULL:
      return "the disk is full; make room there and run the same command again, it goes on where it stopped";
    case SQLITE_IOERR:
      return fmt::format("the disk cannot be read or written{}; see to the disk (space, quota, faults) and run the same "
                         "command again, it goes on where it stopped", reason);
    case SQLITE_CORRUPT:
      return "the file is damaged; put it back from a backup (a backup may be older: what is on the target is matched, not "
             "copied twice)";
    case SQLITE_NOTADB:
      return "the file is no ledger, or its beginning is damaged; give another name, or put it back from a backup";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return fmt::format("the file cannot be opened for writing{}; check its owner and mode, and whether the disk is mounted "
                         "read-only", reason);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another program has the file open; close it (an sqlite3 shell, a backup) and run the same command again";
    default:
      return "the ledger cannot be used";
  }
}

ErrorCode error_code_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL: return codes::disk_full;
    case SQLITE_IOERR: return codes::disk_fault;
    case SQLITE_CORRUPT: return codes::ledger_damaged;
    case SQLITE_NOTADB: return codes::no_ledger;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH: return codes::ledger_not_writable;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return codes::ledger_open_elsewhere;
    default: return codes::storage;
  }
}

}  // namespace

Statement::~Statement() {
  if (statement_ != nullptr) sqlite3_reset(statement_);
}

void Statement::bind_integer(int index, std::int64_t value) { keep(sqlite3_bind_int64(statement_, index, value)); }

void Statement::bind_one(int index, std::optional<std::int64_t> value) {
  if (value) {
    bind_integer(index, *value);
  } else {
    keep(sqlite3_bind_null(statement_, index));
  }
}

void Statement::bind_one(int index, std::string_view text) {
  // A null pointer would bind NULL.
  const char* data = text.empty() ? "" : text.data();
  keep(sqlite3_bind_text64(statement_, index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind_one(int index, Blob blob) {
  keep(sqlite3_bind_blob64(statement_, index, blob.bytes.data(), blob.bytes.size(), SQLITE_STATIC));
}

void Statement::bind_one(int index, const UidSet& set) {
  keep(sqlite3_bind_pointer(statement_, index, const_cast<UidSet*>(&set), uid_set_type, nullptr));
}

Result<bool> Statement::step() {
  errno = 0;
  const int code = failed_ != 0 ? failed_ : sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_);
    return false;
  }
  Error error = database_->error(code);
  sqlite3_reset(statement_);
  return std::unexpected(std::move(error));
}

Result<> Statement::run() {
  return each([](const Statement&) {});
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::optional<std::int64_t> Statement::optional_number(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return integer(column);
}

std::string_view Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(data), size);
}

void Database::Close::operator()(sqlite3* connection) const { sqlite3_close(connection); }
void Database::Close::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Result<Database> Database::open(const std::filesystem::path& file) {
  Database database(file);
  sqlite3* connection = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(file.c_str(), &connection, flags, nullptr);
  database.connection_.reset(connection);
  if (code != SQLITE_OK) return std::unexpected(database.error(code));
  if (sqlite3_db_readonly(connection, "main") == 1) return std::unexpected(database.error(SQLITE_READONLY));
  sqlite3_busy_timeout(connection, 2000);
  constexpr int function_flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  sqlite3_create_function_v2(connection, "uid_in", 2, function_flags, nullptr, uid_in, nullptr, nullptr, nullptr);
  return database;
}

Result<> Database::execute(const char* sql) {
  errno = 0;
  const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error(code));
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  auto& cached = statements_[sql];
  if (!cached) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return std::unexpected(error(code));
    cached.reset(statement);
  }
  return Statement(*this, cached.get());
}

std::uint64_t Database::changes() const { return static_cast<std::uint64_t>(sqlite3_changes64(connection_.get())); }
bool Database::in_transaction() const { return sqlite3_get_autocommit(connection_.get()) == 0; }

Error Database::error(int code) const {
  const int last_errno = errno;  // SQLite does not keep it when it is a COMMIT that fails
  const bool known = connection_ != nullptr && sqlite3_extended_errcode(connection_.get()) == code;
  const int kept_errno = known ? sqlite3_system_errno(connection_.get()) : 0;
  const char* message = known ? sqlite3_errmsg(connection_.get()) : sqlite3_errstr(code);
  return make_error(error_code_of(code), fmt::format("{}: {} (SQLite {}: {})", printable(file_.native()),
                                                     advice(code, kept_errno != 0 ? kept_errno : last_errno), code, message));
}

}  // namespace godwit::ledger
