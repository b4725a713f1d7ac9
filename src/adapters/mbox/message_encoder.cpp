// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/message_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "adapters/mbox/from_line.h"
#include "adapters/mbox/message_decoder.h"

namespace godwit::adapters {
namespace {

constexpr std::size_t longest_piece = 64 * 1024;

// Whether "\n" for "\r\n" and back gives other bytes.
bool has_other_line_ends(std::string_view bytes) {
  for (std::size_t feed = bytes.find('\n'); feed != std::string_view::npos; feed = bytes.find('\n', feed + 1)) {
    if (feed == 0 || bytes[feed - 1] != '\r' || (feed > 1 && bytes[feed - 2] == '\r')) return true;
  }
  return false;
}

}  // namespace

void MessageEncoder::write_line(std::string& out) {
  const bool is_whole = line_.ends_with('\n');
  const bool is_crlf = line_.ends_with("\r\n");
  std::string_view text = line_;
  text.remove_suffix(is_crlf ? 2 : is_whole ? 1 : 0);
  const std::size_t before = out.size();
  const bool was_in_body = is_in_body_;
  if (!is_line_open_) {
    const bool is_from = text.substr(std::min(text.find_first_not_of('>'), text.size())).starts_with("From ");
    if (is_quoted_ && is_from) out += '>';
    if (!is_in_body_ && needs_prefix(field_name(text))) out += kept_prefix;
    if (!is_in_body_) is_in_body_ = ends_header(is_quoted_ && is_from ? ">From " : text) && (is_whole || !text.empty());
  }
  out += text;
  if (is_whole) out += is_verbatim_ && is_crlf ? "\r\n" : "\n";
  length_ += out.size() - before;
  // A line that no header can hold belongs to the body itself; the empty one does not.
  if (was_in_body || (is_in_body_ && !text.empty())) body_length_ += out.size() - before;
  is_line_open_ = !is_whole;
  line_.clear();
}

void MessageEncoder::take(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    const std::size_t feed = bytes.find('\n');
    const std::size_t size = feed == std::string_view::npos ? std::min(bytes.size(), longest_piece) : feed + 1;
    line_ += bytes.substr(0, size);
    bytes.remove_prefix(size);
    if (line_.ends_with('\n') || (line_.size() >= longest_piece && !line_.ends_with('\r'))) write_line(out);
  }
}

void MessageEncoder::finish(std::string& out) {
  if (!line_.empty()) write_line(out);
}

std::string MboxHead::text() const {
  std::string text = make_from_line(date) + '\n' + status_lines(flags);
  if (!mark.is_quoted) text += fmt::format("Content-Length: {:020}\n", body_length);
  return text + mark.to_line();
}

std::uint64_t fresh_mark() {
  thread_local std::random_device random;
  return (std::uint64_t{random()} << 32U | random()) | 1U;
}

NewMboxMessage encode_message(std::string_view bytes, const MessageFlags& flags, const std::string& date, bool rd) {
  MboxHead head;
  head.flags = flags;
  head.date = InternalDate::parse(date).value_or(InternalDate::now());
  head.mark = {fresh_mark(), rd, has_other_line_ends(bytes), head.date.zone_minutes, 0};
  MessageEncoder encoder(rd, head.mark.is_verbatim);
  std::string written;
  written.reserve(bytes.size());
  encoder.take(bytes, written);
  encoder.finish(written);
  head.mark.length = encoder.length();
  head.body_length = encoder.body_length();
  std::string text = head.text() + written;
  if (!written.ends_with('\n')) text += '\n';
  return {text + '\n', head.mark.id};
}

}  // namespace godwit::adapters
