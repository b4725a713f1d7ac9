// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/mbox_index.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "adapters/mbox/from_line.h"
#include "base/error_code.h"
#include "base/text.h"

namespace godwit::adapters {
namespace {

constexpr std::size_t piece_size = 256 * 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string_view first_line(std::string_view bytes) {
  std::string_view line = bytes.substr(0, bytes.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::array<char, 15> short_digest(const Digest& digest) {
  std::array<char, 15> bytes{};
  std::ranges::copy_n(digest.view().begin(), bytes.size(), bytes.begin());
  return bytes;
}

bool counts_lengths(MboxDialect dialect) { return dialect != MboxDialect::o && dialect != MboxDialect::rd; }

constexpr std::string_view own_from_line = "From MAILER-DAEMON ";

// What godwit has begun to write at the end of a file when it was killed: a part of its From_ line …
bool is_torn_from_line(std::string_view rest) {
  return !rest.empty() && !rest.contains('\n') && (own_from_line.starts_with(rest) || rest.starts_with(own_from_line));
}

// … or of the fields that it writes behind it, of which the mark is the last.
bool is_torn_head(std::string_view rest) {
  constexpr std::array<std::string_view, 5> own{"Status: ", "X-Status: ", "X-Keywords: ", "Content-Length: ", "X-Godwit-Mbox: "};
  while (!rest.empty()) {
    const std::size_t feed = rest.find('\n');
    const bool is_cut = feed == std::string_view::npos;
    const std::string_view line = rest.substr(0, feed);
    const bool is_own = std::ranges::any_of(
        own, [&](std::string_view field) { return line.starts_with(field) || (is_cut && field.starts_with(line)); });
    if (!is_own || (!is_cut && line.starts_with(own.back()))) return false;
    if (is_cut) return true;
    rest.remove_prefix(feed + 1);
  }
  return true;
}

class Scan {
 public:
  Scan(std::shared_ptr<const MboxFile> file, MboxDialect dialect, std::uint64_t size)
      : file_(std::move(file)), dialect_(dialect), size_(size), lines_(file_, 0, size), decoder_(dialect == MboxDialect::rd) {}

  Result<MboxIndex> run() {
    GODWIT_CHECK(pass_beginning());
    while (true) {
      GODWIT_TRY(const auto piece, lines_.next());
      if (!piece) break;
      GODWIT_CHECK(take(*piece));
    }
    if (is_in_message_) end_message(blank_ ? *blank_ : size_, false);
    GODWIT_CHECK(leave_out_torn_head());
    return std::move(index_);
  }

 private:
  // A byte order mark, and empty lines.
  Result<> pass_beginning() {
    GODWIT_TRY(std::string_view bytes, lines_.peek());
    std::size_t passed = bytes.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
    while (passed < bytes.size() && (bytes[passed] == '\n' || bytes[passed] == '\r')) ++passed;
    const auto from = parse_from_line(first_line(bytes.substr(passed)));
    const bool is_torn = passed + bytes.substr(passed).size() == size_ && is_torn_from_line(bytes.substr(passed));
    if (passed < size_ && !from && !is_torn) {
      return fail(ErrorKind::refused, printable(file_->path().native()) + ": this is no mbox: it does not begin with a line \"From …\"; "
                                          "check the path");
    }
    has_dateless_lines_ = from && !from->date;
    lines_.seek(passed, size_);
    return {};
  }

  // Of the last message.
  Result<> leave_out_torn_head() {
    constexpr std::uint64_t longest = 64 * 1024;
    if (index_.torn || !is_own_ || size_ - entry_.begin > longest) return {};
    std::vector<char> head(static_cast<std::size_t>(size_ - entry_.begin));
    GODWIT_TRY(const std::size_t got, file_->read(entry_.begin, head));
    if (!is_torn_head({head.data(), got})) return {};
    if (!index_.entries.empty() && index_.entries.back().begin == entry_.begin) index_.entries.pop_back();
    index_.torn = from_offset_;
    return {};
  }

  // What the From_ line at the beginning of `bytes` says, if it is one that ends the message before it.
  [[nodiscard]] std::optional<FromLine> separator(std::string_view bytes, bool is_blank_before) const {
    if (!bytes.starts_with("From ")) return std::nullopt;
    const auto from = parse_from_line(first_line(bytes));
    if (!from || (!from->date && !has_dateless_lines_)) return std::nullopt;
    if (from->date && is_blank_before) return from;
    const std::string_view rest = bytes.substr(std::min(bytes.find('\n'), bytes.size() - 1) + 1);
    return field_name(first_line(rest)).empty() ? std::nullopt : from;
  }

  // Behind a message that ends by its mark a few bytes are enough; another one may end in such a word itself.
  [[nodiscard]] bool is_torn_beginning(const LinePiece& piece) const {
    if (!piece.begins_line || piece.offset + piece.text.size() != size_ || !is_torn_from_line(piece.text)) return false;
    return !is_in_message_ || (blank_ && piece.text.starts_with(own_from_line));
  }

  Result<> take(LinePiece piece) {
    std::string line;  // what peek() must not take away
    if (piece.begins_line && piece.text.starts_with("From ")) {
      std::optional<FromLine> from = parse_from_line(piece.text);
      if (from && is_in_message_) {
        piece.text = line = piece.text;
        GODWIT_TRY(const std::string_view following, lines_.peek());
        from = separator(line + '\n' + std::string(following.substr(0, 1000)), blank_.has_value());
      }
      if (from) return begin_message(piece, *from);
    }
    if (is_torn_beginning(piece)) {
      if (is_in_message_) end_message(*blank_, false);
      index_.torn = piece.offset;
      return {};
    }
    if (blank_) {
      decoder_.take({*blank_, {}, blank_is_crlf_ ? "\r\n" : "\n", true}, out_);
      blank_.reset();
    }
    if (decoder_.is_in_body() && piece.is_blank()) {
      blank_ = piece.offset;
      blank_is_crlf_ = piece.end.size() == 2;
      return {};
    }
    const MessageDecoder::Part part = decoder_.take(piece, out_);
    drain(piece_size);
    if (part == MessageDecoder::Part::mark) return take_by_mark();
    if (part == MessageDecoder::Part::header_ends && piece.is_blank()) return take_by_content_length();
    return {};
  }

  Result<> begin_message(const LinePiece& piece, const FromLine& from) {
    if (is_in_message_) end_message(blank_ ? *blank_ : piece.offset, false);
    blank_.reset();
    is_in_message_ = true;
    index_.torn.reset();
    decoder_ = MessageDecoder(dialect_ == MboxDialect::rd, !from.date);
    entry_ = {};
    entry_.begin = lines_.offset();
    entry_.from_length = static_cast<std::uint16_t>(entry_.begin - piece.offset);
    from_offset_ = piece.offset;
    entry_.date = from.date ? from.date->packed() : MboxEntry::no_date;
    is_own_ = piece.text.starts_with(own_from_line);
    return {};
  }

  void drain(std::size_t at_least) {
    if (out_.size() < at_least) return;
    digest_.update(out_);
    entry_.size += out_.size();
    out_.clear();
  }

  void end_message(std::uint64_t end, bool is_exact) {
    decoder_.finish(is_exact, out_);
    drain(0);
    entry_.end = end;
    entry_.is_exact = is_exact;
    entry_.digest = short_digest(digest_.finish());
    is_in_message_ = false;
    const Bookkeeping& kept = decoder_.bookkeeping();
    const bool is_first = std::exchange(is_first_, false);
    if ((is_first && kept.is_internal_data()) || kept.is_expunged()) return;
    if (const auto date = parse_mail_date(kept.date())) entry_.date = date->packed();
    if (kept.mark()) {
      entry_.mark = kept.mark()->id;
      if (!is_exact && end - mark_end_ < kept.mark()->length) index_.torn = from_offset_;
      entry_.date = in_zone(entry_.date, kept.mark()->zone_minutes);
    }
    entry_.system_flags = kept.flags().system;
    entry_.keywords = number_of(kept.flags().keywords);
    if (index_.torn != from_offset_) index_.entries.push_back(entry_);
  }

  // godwit writes instants in UTC, without saying so in the line.
  static std::int64_t in_zone(std::int64_t packed, std::int16_t zone_minutes) {
    if (packed == MboxEntry::no_date) return packed;
    InternalDate date = InternalDate::from_packed(packed);
    date.seconds += std::int64_t{date.zone_minutes} * 60;
    date.zone_minutes = zone_minutes;
    return date.packed();
  }

  // Few sets of keywords are used by many messages.
  std::uint32_t number_of(const std::vector<std::string>& keywords) {
    const auto found = std::ranges::find(index_.keywords, keywords);
    const auto number = static_cast<std::uint32_t>(found - index_.keywords.begin());
    if (found == index_.keywords.end()) index_.keywords.push_back(keywords);
    return number;
  }

  Result<> take_by_mark() {
    mark_end_ = lines_.offset();
    const auto& mark = decoder_.bookkeeping().mark();
    if (!mark) return {};
    return take_exactly(mark->length);
  }

  Result<> take_by_content_length() {
    const auto& length = decoder_.bookkeeping().content_length();
    if (!counts_lengths(dialect_) || !length) return {};
    return take_exactly(*length);
  }

  // Where the message can end `length` bytes from here, it does.
  Result<> take_exactly(std::uint64_t length) {
    const std::uint64_t begin = lines_.offset();
    if (length > size_ - begin) return {};
    const std::uint64_t end = begin + length;
    LineReader beyond(file_, end, std::min(size_, end + 4096));
    GODWIT_TRY(const std::string_view bytes, beyond.peek());
    std::size_t blank = 0;
    for (int line = 0; line < 2 && blank < bytes.size(); ++line) {
      if (bytes.substr(blank).starts_with('\n')) blank += 1;
      else if (bytes.substr(blank).starts_with("\r\n")) blank += 2;
    }
    const bool may_be_torn = decoder_.bookkeeping().mark() && blank > 0 && end + bytes.size() == size_;
    const bool is_torn = may_be_torn && is_torn_from_line(bytes.substr(blank));
    if (blank < bytes.size() && !is_torn && !separator(bytes.substr(blank), blank > 0)) return {};
    lines_.seek(begin, size_);
    LineReader part(file_, begin, end);
    while (true) {
      GODWIT_TRY(const auto piece, part.next());
      if (!piece) break;
      decoder_.take(*piece, out_);
      drain(piece_size);
    }
    end_message(end, true);
    lines_.seek(end + blank, size_);
    return {};
  }

  const std::shared_ptr<const MboxFile> file_;
  const MboxDialect dialect_;
  const std::uint64_t size_;
  LineReader lines_;
  MessageDecoder decoder_;
  Sha256 digest_;
  std::string out_;
  MboxEntry entry_;
  MboxIndex index_;
  bool has_dateless_lines_ = false, is_in_message_ = false, is_first_ = true, blank_is_crlf_ = false;
  bool is_own_ = false;  // the last From_ line is as godwit writes it
  std::optional<std::uint64_t> blank_;  // where the empty line begins that may belong to the next From_ line
  std::uint64_t from_offset_ = 0, mark_end_ = 0;
};

}  // namespace

Result<std::shared_ptr<const MboxIndex>> index_mbox(const std::shared_ptr<const MboxFile>& file, MboxDialect dialect,
                                                    const FileStamp& before) {
  GODWIT_CHECK(file->require_content());
  GODWIT_TRY(MboxIndex index, Scan(file, dialect, before.size).run());
  GODWIT_TRY(const FileStamp after, file->stamp());
  // What was written behind all that was read does no harm, and is read the next time.
  if (after.inode != before.inode || after.size < before.size) {
    return fail(codes::mailbox_in_use, printable(file->path().native()) + ": another program wrote the file anew while it was read; "
                                       "it is read again");
  }
  index.stamp = before;
  index.entries.shrink_to_fit();
  return std::make_shared<const MboxIndex>(std::move(index));
}

MboxMessageReader::MboxMessageReader(std::shared_ptr<const MboxFile> file, const MboxEntry& entry, MboxDialect dialect)
    : entry_(entry), lines_(std::move(file), entry.begin, entry.end), decoder_(dialect == MboxDialect::rd) {}

Result<> MboxMessageReader::fill() {
  while (!is_over_ && (out_.size() < piece_size || given_ + out_.size() >= entry_.size)) {
    GODWIT_TRY(const auto piece, lines_.next());
    is_over_ = !piece;
    if (piece) decoder_.take(*piece, out_);
    else decoder_.finish(entry_.is_exact, out_);
    if (given_ + out_.size() > entry_.size) break;
  }
  return {};
}

Result<std::string_view> MboxMessageReader::read() {
  out_.clear();
  if (is_over_) return std::string_view();
  GODWIT_CHECK(fill());
  digest_.update(out_);
  given_ += out_.size();
  const bool is_right = is_over_ ? given_ == entry_.size && short_digest(digest_.finish()) == entry_.digest : given_ <= entry_.size;
  if (is_right) return out_;
  return fail(ErrorKind::refused, "another program changed the file while it was read; the next round reads it again");
}

}  // namespace godwit::adapters
