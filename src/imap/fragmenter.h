// SPDX-License-Identifier: Apache-2.0
// Stage 1 of reading: finds lines, literals and the end of a response in a stream of bytes that may be cut anywhere. Knows no
// grammar beyond that. RFC 9051 §4.3 (literal, literal8), RFC 7888 (non-synchronising form, tolerated from a server).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace godwit::imap {

struct FragmenterLimits {
  std::size_t line = 64 * 1024;                          // one response without its literals
  std::size_t number_line = 16 * 1024 * 1024;            // the same for SEARCH, ESEARCH, VANISHED: lists of numbers
  std::uint64_t literal = std::uint64_t{1} << 40;        // any literal; the reader has a smaller limit for those it keeps
  std::size_t literals = 4096;                           // in one response
};

class Fragmenter {
 public:
  enum class Event {
    need_more,  // no whole line yet; call again with the same bytes and more behind them
    literal,    // `text` is followed by a literal of `literal_size` bytes
    complete,   // `text` ends the response
  };
  struct Fragment {
    Event event = Event::need_more;
    std::string_view text;           // points into the input; without the literal's announcement and without CRLF
    std::uint64_t literal_size = 0;
    std::size_t consumed = 0;        // bytes of the input that are done with
  };

  explicit Fragmenter(FragmenterLimits limits = {}) : limits_(limits) {}

  // `input`: the bytes that were not consumed yet. After `literal` the caller takes the literal's bytes itself and goes on with
  // what follows them. Errors: syntax (a limit was exceeded).
  [[nodiscard]] Result<Fragment> next(std::string_view input);

 private:
  [[nodiscard]] std::size_t line_limit(std::string_view input) const;
  void begin_response();

  FragmenterLimits limits_;
  std::size_t scanned_ = 0;       // bytes of the input without LF, so that bytewise arrival is not quadratic
  std::size_t response_size_ = 0;  // earlier fragments of this response
  std::size_t literals_ = 0;
  bool number_list_ = false;      // decided by the first fragment
  bool status_line_ = false;      // human-readable text: "{5}" at its end announces nothing
};

struct LiteralAnnouncement {
  std::size_t begin = 0;  // where "{n}" or "~{n}" begins
  std::uint64_t size = 0;
  bool is_synchronizing = true;  // no '+': a client sends the bytes after the server's "+ …"
};

// "{n}", "{n+}", "~{n}" at the end of a line without its CRLF.
[[nodiscard]] std::optional<LiteralAnnouncement> literal_at_end(std::string_view line);

// A response that ends in resp-text, where "{5}" announces nothing: "+ …", "* OK …", and every tagged one.
[[nodiscard]] bool is_status_line(std::string_view line);

}  // namespace godwit::imap
