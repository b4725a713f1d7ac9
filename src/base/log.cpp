// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "base/error_code.h"
#include "base/text.h"

namespace godwit {
namespace {

// One of them may be empty.
std::string joined(std::string_view message, std::string_view error) {
  return fmt::format("{}{}{}", message, message.empty() || error.empty() ? "" : ": ", error);
}

bool is_bare(std::string_view text) {
  constexpr std::string_view others = "-_.:/@+%,~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
  });
}

// A backslash is doubled before printable() makes its own, so that each text can be read back.
std::string quoted(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return '"' + printable(escaped) + '"';
}

class TextLine {
 public:
  TextLine(std::string_view time, std::string_view level) : line_(fmt::format("{} {}", time, level)) {}
  void add(std::string_view name, std::string_view text) { put(name, is_bare(text) ? std::string(text) : quoted(text)); }
  void add_raw(std::string_view name, std::string_view value) { put(name, value); }
  [[nodiscard]] std::string finish() && { return std::move(line_) + "\n"; }

 private:
  void put(std::string_view name, std::string_view value) { line_.append(" ").append(name).append("=").append(value); }
  std::string line_;
};

class JsonLine {
 public:
  JsonLine(std::string_view time, std::string_view level) : line_("{") {
    add("time", time);
    add("level", level);
  }
  void add(std::string_view name, std::string_view text) { add_raw(name, json_string(text)); }
  void add_raw(std::string_view name, std::string_view value) {
    line_.append(line_.size() > 1 ? ",\"" : "\"").append(name).append("\":").append(value);
  }
  [[nodiscard]] std::string finish() && { return std::move(line_) + "}\n"; }

 private:
  std::string line_;
};

template <class Line>
void add_field(Line& line, const LogField& field) {
  std::visit(
      [&]<class T>(const T& value) {
        if constexpr (std::is_same_v<T, std::string_view>) {
          line.add(field.name.text(), value);
        } else if constexpr (std::is_same_v<T, double>) {
          // JSON has no word for what is not a number.
          line.add_raw(field.name.text(), std::isfinite(value) ? fmt::format("{}", value) : "null");
        } else {
          line.add_raw(field.name.text(), fmt::format("{}", value));
        }
      },
      field.value.value());
}

}  // namespace

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return "error";
}

std::string log_time(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<milliseconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

Log::Log(LineSink sink, LogOptions options) : output_(std::make_shared<Output>(std::move(sink), options)) {}

Log Log::of_account(std::string_view account) const {
  Log log = *this;
  log.account_ = account;
  log.folder_.clear();
  return log;
}

Log Log::of_folder(std::string_view folder) const {
  Log log = *this;
  log.folder_ = folder;
  return log;
}

void Log::write(const Line& line) const {
  if (!output_ || line.level < output_->options.least) return;
  const auto build = [&]<class Format>(Format text) {
    if (!account_.empty()) text.add("account", account_);
    if (!folder_.empty()) text.add("folder", folder_);
    if (line.error == nullptr) {
      text.add("message", line.message);
    } else {
      text.add("code", code_text(code_of(*line.error)));
      text.add("message", joined(line.message, line.error->what));
      if (!line.error->where.empty()) text.add("where", line.error->where);
      if (!line.error->server_text.empty()) text.add("server_text", line.error->server_text);
    }
    for (const LogField& field : line.fields) add_field(text, field);
    return std::move(text).finish();
  };
  const std::string time = log_time(output_->options.now());
  const bool is_json = output_->options.format == LogOptions::Format::json;
  output_->sink(is_json ? build(JsonLine(time, name_of(line.level))) : build(TextLine(time, name_of(line.level))));
}

}  // namespace godwit
