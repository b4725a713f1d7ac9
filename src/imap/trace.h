// SPDX-License-Identifier: Apache-2.0
// The protocol trace: what is said on the connections of an account, for finding out what a server does.
//
//   2026-03-01T02:14:07.123Z source-1 -- connected to 192.0.2.7:143
//   2026-03-01T02:14:07.125Z source-1 S: * OK ready
//   2026-03-01T02:14:07.126Z source-1 C: A0001 LOGIN ***
//   2026-03-01T02:14:07.190Z source-1 C: A0007 APPEND "INBOX" (\Seen) {12345+}
//   2026-03-01T02:14:07.190Z source-1 C: {12345 bytes}
//
// Secrets never stand in it: the arguments of LOGIN and AUTHENTICATE (RFC 9051 §6.2.2, §6.2.3, in each form of a string), all
// that both sides say inside an authentication exchange, and what a server echoes of them in its answer. Messages are cut to their
// length unless TraceOptions says otherwise. What is not printable is escaped.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/line_file.h"
#include "base/secret.h"
#include "imap/trace_lines.h"

namespace godwit::imap {

struct TraceOptions {
  bool bodies = false;  // messages too, line by line, as "C| …" and "S| …"
  std::chrono::system_clock::time_point (*now)() = std::chrono::system_clock::now;
};

// One connection. Told of all bytes in their order by whoever reads and writes; used by one thread.
class ConnectionTrace {
 public:
  // `secrets`: passwords that may be used on it, whatever their form there; see echo_of().
  ConnectionTrace(std::string name, LineSink sink, TraceOptions options, std::vector<Secret> secrets);
  ~ConnectionTrace();  // writes what has come of an unfinished line
  ConnectionTrace(const ConnectionTrace&) = delete;
  ConnectionTrace& operator=(const ConnectionTrace&) = delete;

  void sent(std::span<const std::string_view> pieces);
  void received(std::string_view bytes);
  void note(std::string_view text);  // one line about the connection

 private:
  enum class LiteralUse { text, body, secret };
  struct Direction {
    explicit Direction(std::string_view side) : mark(side) {}
    std::string_view mark;  // "C" or "S"
    TraceLineCutter cutter;
    bool continues = false;           // the last line announced a literal: the next belongs to the same command or response
    bool is_in_literal = false;
    LiteralUse use = LiteralUse::text;
    std::uint64_t literal_size = 0, literal_left = 0;
    std::string literal;              // of use `text`
    TraceLineCutter body;             // of use `body`, when bodies are shown
    std::string prefix;               // what stands for the literal in front of the rest of the line
  };
  struct Login {
    std::string tag;
    bool is_sasl = false;      // the client's lines are no commands until the server has answered
    std::vector<Secret> said;  // by the client in it
  };

  void take(Direction& direction, std::string_view bytes);
  void take_literal(Direction& direction, std::string_view& bytes);
  void end_literal(Direction& direction);
  void begin_literal(Direction& direction, std::uint64_t size, LiteralUse use);
  void on_client_line(const TraceLine& line);
  void on_server_line(const TraceLine& line);
  [[nodiscard]] std::string client_text(const TraceLine& line);
  [[nodiscard]] std::string server_text(const TraceLine& line);
  [[nodiscard]] std::string answer_to_login(const TraceLine& line);
  [[nodiscard]] std::string echo_of(const TraceLine& line) const;
  void on_tagged(std::string_view tag);
  void put(const Direction& direction, std::string_view separator, std::string_view text);
  void flush();

  const std::string name_;
  const LineSink sink_;
  const TraceOptions options_;
  const std::vector<Secret> secrets_;
  std::string time_, lines_;
  Direction client_{"C"}, server_{"S"};
  std::string tag_;             // of the client's last command
  bool is_append_ = false;      // that command
  bool awaits_plus_ = false;    // it has announced a synchronizing literal and sent nothing since
  bool is_login_command_ = false;
  std::optional<Login> login_;  // a login whose answer has not come
  bool is_status_ = false, is_fetch_ = false;  // the server's response
};

// The connections of one side of an account, numbered. Used by any thread.
class Trace {
 public:
  // `name`: "source", "target".
  Trace(std::string name, LineSink sink, TraceOptions options = {})
      : name_(std::move(name)), sink_(std::move(sink)), options_(options) {}

  [[nodiscard]] std::shared_ptr<ConnectionTrace> begin_connection(std::vector<Secret> secrets);

 private:
  const std::string name_;
  const LineSink sink_;
  const TraceOptions options_;
  std::atomic<unsigned> connections_{0};
};

}  // namespace godwit::imap
