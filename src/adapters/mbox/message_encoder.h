// SPDX-License-Identifier: Apache-2.0
// A message as it stands in an mbox that godwit writes: the reverse of MessageDecoder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/mbox/bookkeeping.h"
#include "base/internal_date.h"
#include "base/message_flags.h"

namespace godwit::adapters {

class MessageEncoder {
 public:
  MessageEncoder(bool is_quoted, bool is_verbatim) : is_quoted_(is_quoted), is_verbatim_(is_verbatim) {}
  // The next bytes of the message, in pieces of any size.
  void take(std::string_view bytes, std::string& out);
  void finish(std::string& out);
  // Of what was written: without the header and the empty line behind it.
  [[nodiscard]] std::uint64_t body_length() const { return body_length_; }
  [[nodiscard]] std::uint64_t length() const { return length_; }

 private:
  void write_line(std::string& out);
  bool is_quoted_, is_verbatim_;
  bool is_in_body_ = false, is_line_open_ = false;
  std::string line_;
  std::uint64_t length_ = 0, body_length_ = 0;
};

// What a message begins with in the file: From_ line, flags, Content-Length (cl2), mark. Of the same size for every length.
struct MboxHead {
  MboxMark mark;
  MessageFlags flags;
  InternalDate date;
  std::uint64_t body_length = 0;
  [[nodiscard]] std::string text() const;
};

// A number that no other message has.
[[nodiscard]] std::uint64_t fresh_mark();

struct NewMboxMessage {
  std::string bytes;  // with what separates it from the next
  std::uint64_t mark = 0;
};
// `rd`: lines that look like a From_ line are quoted; else they are not, and Content-Length tells. `date`: as in endpoint::Message; empty
// or malformed: now. Line feeds without CR, and CRs before CRLF, are kept by writing the whole message with its own line ends.
[[nodiscard]] NewMboxMessage encode_message(std::string_view bytes, const MessageFlags& flags, const std::string& date, bool rd);

}  // namespace godwit::adapters
