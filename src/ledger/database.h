// SPDX-License-Identifier: Apache-2.0
// A thin layer on sqlite3: one connection, its prepared statements, errors as values. A connection belongs to one thread at
// a time.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/uid_set.h"

struct sqlite3;
struct sqlite3_stmt;

namespace godwit::ledger {

class Database;

struct Blob {
  std::string_view bytes;
};

// The use of a prepared statement; it goes back to its database's cache when this value goes. Text and blobs that are bound,
// and views that are read, live only until the next step: nothing is copied.
class Statement {
 public:
  Statement(Database& database, sqlite3_stmt* statement) : database_(&database), statement_(statement) {}
  Statement(Statement&& other) noexcept
      : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)), failed_(other.failed_) {}
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // All parameters, in order.
  template <class... Values>
  Statement& bind(const Values&... values) {
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }
  [[nodiscard]] Result<bool> step();  // whether there is a row to read
  [[nodiscard]] Result<> run();       // to its end; it may be bound again
  template <class Row>
  [[nodiscard]] Result<> each(Row row);  // row(*this) for each row

  template <std::integral Integer>
  [[nodiscard]] Integer number(int column) const {
    return static_cast<Integer>(integer(column));
  }
  [[nodiscard]] std::optional<std::int64_t> optional_number(int column) const;  // nothing for NULL
  [[nodiscard]] std::string_view bytes(int column) const;                       // of a text or a blob

 private:
  template <std::integral Integer>
  void bind_one(int index, Integer value) {
    bind_integer(index, static_cast<std::int64_t>(value));
  }
  void bind_one(int index, std::optional<std::int64_t> value);  // nothing: NULL
  void bind_one(int index, std::string_view text);
  void bind_one(int index, Blob blob);  // without any bytes: NULL
  void bind_one(int index, const UidSet& set);  // for the SQL function uid_in(uid, ?)
  void bind_integer(int index, std::int64_t value);
  [[nodiscard]] std::int64_t integer(int column) const;
  void keep(int code) { failed_ = failed_ != 0 ? failed_ : code; }

  Database* database_;
  sqlite3_stmt* statement_;
  int failed_ = 0;  // the first binding that failed; told by step()
};

class Database {
 public:
  // Opens a file that exists, for reading and writing, with this process as its only user.
  [[nodiscard]] static Result<Database> open(const std::filesystem::path& file);
  Database(Database&&) noexcept = default;
  Database& operator=(Database&&) = delete;

  [[nodiscard]] Result<> execute(const char* sql);  // one or several statements without parameters
  // `sql` is text that lives as long as the program: its statement is kept for the next use. A statement must not be in use
  // twice.
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  // The first column of the first row as a number; 0 when there is none.
  template <class... Values>
  [[nodiscard]] Result<std::int64_t> number(std::string_view sql, const Values&... values);
  template <class... Values>
  [[nodiscard]] Result<> run(std::string_view sql, const Values&... values);

  [[nodiscard]] std::uint64_t changes() const;  // rows that the last INSERT, UPDATE or DELETE touched
  [[nodiscard]] bool in_transaction() const;
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  // Of the last call that failed: SQLite's message, the file, and what to do.
  [[nodiscard]] Error error(int code) const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Database(std::filesystem::path file) : file_(std::move(file)) {}

  std::filesystem::path file_;
  std::unique_ptr<sqlite3, Close> connection_;
  std::map<std::string_view, std::unique_ptr<sqlite3_stmt, Close>> statements_;  // declared last: finalized before the close
};

template <class Row>
Result<> Statement::each(Row row) {
  while (true) {
    GODWIT_TRY(const bool more, step());
    if (!more) return {};
    row(static_cast<const Statement&>(*this));
  }
}

template <class... Values>
Result<std::int64_t> Database::number(std::string_view sql, const Values&... values) {
  GODWIT_TRY(Statement statement, prepare(sql));
  GODWIT_TRY(const bool row, statement.bind(values...).step());
  return row ? statement.number<std::int64_t>(0) : 0;
}

template <class... Values>
Result<> Database::run(std::string_view sql, const Values&... values) {
  GODWIT_TRY(Statement statement, prepare(sql));
  return statement.bind(values...).run();
}

}  // namespace godwit::ledger
