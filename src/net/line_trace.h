// SPDX-License-Identifier: Apache-2.0
// A record of what is said on connections of POP3 and ManageSieve, for support: the lines of the protocol trace of IMAP.
//
//   2026-03-01T02:14:07.125Z source-1 S: +OK ready
//   2026-03-01T02:14:07.126Z source-1 C: PASS ***
//   2026-03-01T02:14:07.190Z source-1 S: +OK 120 octets follow
//   2026-03-01T02:14:07.191Z source-1 S: {121 bytes}
//
// Passwords, and all that is said in an authentication exchange, are left out, also where a server repeats them.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/line_file.h"
#include "base/secret.h"

namespace godwit::net {

struct TraceOptions {
  bool bodies = false;  // messages too, line by line, as "S| …"
  std::chrono::system_clock::time_point (*now)() = std::chrono::system_clock::now;
};

// One connection; used by one thread.
class ConnectionTrace {
 public:
  ConnectionTrace(std::string name, LineSink sink, TraceOptions options, std::vector<Secret> secrets);

  void sent(std::string_view line);      // as it may be shown
  void received(std::string_view line);  // a line of an answer
  void body(std::string_view bytes);     // of a message, or a script
  void body_ends();
  void note(std::string_view text);

 private:
  void put(std::string_view mark, std::string_view text);

  const std::string name_;
  const LineSink sink_;
  const TraceOptions options_;
  const std::vector<Secret> secrets_;
  std::uint64_t body_size_ = 0;
  std::string body_line_;
};

// The connections of an account, numbered. Used by any thread.
class Trace {
 public:
  Trace(std::string name, LineSink sink, TraceOptions options = {}) : name_(std::move(name)), sink_(std::move(sink)), options_(options) {}
  [[nodiscard]] std::shared_ptr<ConnectionTrace> begin_connection(std::vector<Secret> secrets);

 private:
  const std::string name_;
  const LineSink sink_;
  const TraceOptions options_;
  std::atomic<unsigned> connections_{0};
};

}  // namespace godwit::net
