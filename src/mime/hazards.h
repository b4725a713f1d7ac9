// SPDX-License-Identifier: Apache-2.0
// Bytes in a message that some servers alter although they say OK to it, and digests that see past the alterations.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/sha256.h"

namespace godwit::mime {

struct Hazards {
  enum Kind : std::uint8_t {
    nul = 1,           // NUL anywhere (Dovecot gives 0x80 back)
    header_8bit = 2,   // bytes above 127 in the header (Cyrus writes X)
    bare_newline = 4,  // CR without LF or LF without CR (Courier drops CR, others add)
    no_final_newline = 8,
    many_parts = 16,   // more lines that look like boundaries than some servers read: Courier then gives the beginning alone
  };
  std::uint8_t kinds = 0;
  [[nodiscard]] bool any() const { return kinds != 0; }
  friend bool operator==(const Hazards&, const Hazards&) = default;
};
[[nodiscard]] std::string describe(Hazards hazards);  // "NUL bytes, 8-bit header"

// Scans a message that comes in pieces.
class HazardScanner {
 public:
  void update(std::string_view piece);
  [[nodiscard]] Hazards finish();

 private:
  void mark(Hazards::Kind kind) { found_.kinds = static_cast<std::uint8_t>(found_.kinds | kind); }
  void scan_header(std::string_view piece);
  void scan_bytes(std::string_view piece);
  void count_boundaries(std::string_view piece);

  Hazards found_;
  bool in_header_ = true;
  bool line_is_empty_ = true;  // nothing but one CR since the last LF
  char last_ = 0;
  bool any_byte_ = false;
  std::string seam_;            // the last bytes, where a boundary may have begun
  std::size_t boundaries_ = 0;  // lines that begin as one does; no more are counted than are worth mentioning
};
[[nodiscard]] Hazards find_hazards(std::string_view message);

// Digest of the message in which everything that the hazards let a server alter is made equal: CR dropped, bytes that are NUL, above
// 127 or 'X' made 'X'. Two messages with equal loose digests are one message before and after such an alteration; it is asked only
// where an exact digest found nothing and the message has hazards. A newline that a server adds at the end is not seen past: who
// looks for a message without one looks for it with one, too; a message that lost its last byte is another message.
class LooseDigest {
 public:
  void update(std::string_view piece);
  [[nodiscard]] Digest finish();

 private:
  Sha256 hasher_;
  std::string buffer_;
};
[[nodiscard]] Digest loose_digest(std::string_view message);

// The value of the first header field of this name, unfolded, at most 200 bytes; empty when there is none. For reports.
[[nodiscard]] std::string header_value(std::string_view message, std::string_view name);

}  // namespace godwit::mime
