// SPDX-License-Identifier: Apache-2.0
// The log: one line a fact. A Log is passed to who needs it; there is no global one. Copies are cheap and write to the same place; any
// thread may use them.
//
//   const Log log(sink_of(file));
//   const Log mine = log.of_account("alice@example.com").of_folder("Sent Items");
//   mine.info("folder copied", {{"messages", 120}, {"bytes", 48'000}});
//   mine.error("the round ended", error);
//
//   2026-03-01T02:14:07.123Z info account=alice@example.com folder="Sent Items" message="folder copied" messages=120 bytes=48000
//
// Whatever stands in a value, it cannot end the line, forge another field or move a terminal's cursor. A Secret is no value.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "base/line_file.h"

namespace godwit {

class Secret;

enum class LogLevel { debug, info, warning, error };
[[nodiscard]] std::string_view name_of(LogLevel level);

// A field's name: small letters, digits and underscores, and none of those that every line has; checked by the compiler.
class LogFieldName {
 public:
  consteval LogFieldName(const char* name) : name_(name) {  // NOLINT: a literal is what is wanted
    for (const std::string_view taken : {"time", "level", "account", "folder", "code", "message", "where", "server_text"}) {
      if (name_ == taken) throw "every line has a field of this name";
    }
    if (name_.empty()) throw "a field needs a name";
    for (const char c : name_) {
      if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_') throw "small letters, digits and underscores only";
    }
  }
  [[nodiscard]] constexpr std::string_view text() const { return name_; }

 private:
  std::string_view name_;
};

// Lives as long as the call that it is an argument of.
class LogValue {
 public:
  LogValue(std::string_view text) : value_(text) {}
  LogValue(const std::string& text) : value_(std::string_view(text)) {}
  LogValue(const char* text) : value_(std::string_view(text)) {}
  LogValue(bool truth) : value_(truth) {}
  LogValue(std::signed_integral auto number) : value_(std::int64_t{number}) {}
  template <std::unsigned_integral Number>
    requires(!std::same_as<Number, bool>)
  LogValue(Number number) : value_(std::uint64_t{number}) {}
  LogValue(double number) : value_(number) {}
  LogValue(std::chrono::milliseconds time) : value_(std::int64_t{time.count()}) {}  // as a number
  LogValue(const Secret&) = delete;
  LogValue(const void*) = delete;

  using Variant = std::variant<std::string_view, bool, std::int64_t, std::uint64_t, double>;
  [[nodiscard]] const Variant& value() const { return value_; }

 private:
  Variant value_;
};

struct LogField {
  LogFieldName name;
  LogValue value;
};
using LogFields = std::initializer_list<LogField>;

struct LogOptions {
  enum class Format {
    text,  // time, level, then key=value; values with anything but letters, digits and -_.:/@+%,~ in quotes, \" and \\ inside
    json,  // one object a line
  };
  Format format = Format::text;
  LogLevel least = LogLevel::info;
  std::chrono::system_clock::time_point (*now)() = std::chrono::system_clock::now;
};

class Log {
 public:
  Log() = default;  // writes nothing
  explicit Log(LineSink sink, LogOptions options = {});

  // The same log for lines about one account, or one folder of it.
  [[nodiscard]] Log of_account(std::string_view account) const;
  [[nodiscard]] Log of_folder(std::string_view folder) const;

  void debug(std::string_view message, LogFields fields = {}) const { write({LogLevel::debug, message, nullptr, fields}); }
  void info(std::string_view message, LogFields fields = {}) const { write({LogLevel::info, message, nullptr, fields}); }
  void warning(std::string_view message, LogFields fields = {}) const { write({LogLevel::warning, message, nullptr, fields}); }
  void error(std::string_view message, LogFields fields = {}) const { write({LogLevel::error, message, nullptr, fields}); }
  // With the error's code, place and the server's words; `message` and the error's own text are joined by a colon.
  void warning(std::string_view message, const Error& error, LogFields fields = {}) const {
    write({LogLevel::warning, message, &error, fields});
  }
  void error(std::string_view message, const Error& error, LogFields fields = {}) const {
    write({LogLevel::error, message, &error, fields});
  }

 private:
  struct Line {
    LogLevel level;
    std::string_view message;
    const Error* error;
    std::span<const LogField> fields;
  };
  void write(const Line& line) const;

  struct Output {
    LineSink sink;
    LogOptions options;
  };
  std::shared_ptr<const Output> output_;
  std::string account_, folder_;
};

// RFC 3339 in UTC with milliseconds: "2026-03-01T02:14:07.123Z".
[[nodiscard]] std::string log_time(std::chrono::system_clock::time_point time);

}  // namespace godwit
