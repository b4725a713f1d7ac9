// SPDX-License-Identifier: Apache-2.0
#include "groupware/component_scanner.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "groupware/content_lines.h"

namespace godwit::groupware {
namespace {

constexpr std::size_t step = std::size_t{1} << 20;  // bytes that are read at once

struct Line {
  std::uint64_t offset = 0;
  std::size_t number = 0;
  std::string_view bytes;  // with its end; of a longer one than an item may be, its beginning
  std::uint64_t size = 0;
};

// Lines of a file, whatever its length and theirs.
class FileLines {
 public:
  explicit FileLines(const ReadAt& read_at) : read_at_(read_at) {}

  // Valid until the next call; nothing at the end.
  Result<std::optional<Line>> next() {
    std::uint64_t dropped = 0;
    std::size_t searched = taken_;
    while (true) {
      const std::size_t end = line_end(searched);
      if (end != std::string::npos) return take(end, dropped);
      GODWIT_TRY(const bool has_more, fill());
      searched = buffer_.size() - last_fill_;
      if (buffer_.size() > largest_item + step) {  // of such a line the beginning tells enough
        if (const std::size_t found = line_end(searched); found != std::string::npos) return take(found, dropped);
        dropped += buffer_.size() - largest_item;
        buffer_.resize(largest_item);
        searched = buffer_.size();
      }
      if (has_more) continue;
      if (taken_ == buffer_.size()) return std::nullopt;
      return take(buffer_.size(), dropped);
    }
  }

 private:
  // Behind the LF. A file without any LF in its first megabyte has lines that end in CR.
  [[nodiscard]] std::size_t line_end(std::size_t from) const {
    const std::size_t end = buffer_.find(ends_lines_by_cr_ ? '\r' : '\n', from);
    return end == std::string::npos ? end : end + 1;
  }

  Result<bool> fill() {
    buffer_.erase(0, taken_);
    taken_ = 0;
    const std::size_t before = buffer_.size();
    buffer_.resize(before + step);
    GODWIT_TRY(last_fill_, read_at_(read_, std::span(buffer_).subspan(before)));
    buffer_.resize(before + last_fill_);
    if (read_ == 0) ends_lines_by_cr_ = !buffer_.contains('\n') && buffer_.contains('\r');
    read_ += last_fill_;
    return last_fill_ > 0;
  }

  std::optional<Line> take(std::size_t end, std::uint64_t dropped) {
    const std::string_view bytes = std::string_view(buffer_).substr(taken_, end - taken_);
    const Line line{line_offset_, ++number_, bytes, bytes.size() + dropped};
    line_offset_ += line.size;
    taken_ = end;
    return line;
  }

  const ReadAt& read_at_;
  std::string buffer_;
  std::size_t taken_ = 0, last_fill_ = 0, number_ = 0;
  std::uint64_t read_ = 0, line_offset_ = 0;
  bool ends_lines_by_cr_ = false;
};

std::string_view without_end(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r') || line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
  return line;
}

// "VEVENT" of "BEGIN:vevent"; empty: the line is no such.
std::string name_behind(std::string_view word, std::string_view line) {
  return starts_with_ignoring_case(line, word) ? to_upper(line.substr(word.size())) : std::string();
}

bool stands_alone(std::string_view name) {
  return name == "VEVENT" || name == "VTODO" || name == "VJOURNAL" || name == "VTIMEZONE" || name == "VFREEBUSY";
}

class Scanner {
 public:
  Scanner(CollectionKind kind, const std::function<Result<>(const Scanned&)>& found)
      : is_card_(kind == CollectionKind::address_book), found_(found) {}

  Result<> add(const Line& line) {
    std::string_view text = without_end(line.bytes.substr(0, std::min<std::size_t>(line.bytes.size(), 200)));
    if (line.offset == 0 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    const std::string begins = name_behind("BEGIN:", text);
    const std::string ends = name_behind("END:", text);
    if (depth_ > 0) return add_inside(line, text, begins, ends);
    if (!begins.empty()) return begin(line, begins);
    if (!ends.empty() && is_in_calendar_ && ends == "VCALENDAR") return leave_calendar(line);
    if (text.empty()) return {};
    if (is_in_calendar_) return report(Scanned::Kind::calendar_line, line);
    return fault_outside(line, text);
  }

  Result<> finish() {
    if (depth_ > 0) return break_off("the file ends before it does");
    if (!is_in_calendar_) return {};
    return found_({.kind = Scanned::Kind::fault, .name = {}, .piece = {}, .line = calendar_line_, .bytes = {},
                   .fault = "BEGIN:VCALENDAR has no END: the file is cut off"});
  }

 private:
  Result<> begin(const Line& line, const std::string& name) {
    is_outside_reported_ = false;
    if (!is_card_ && name == "VCALENDAR") {
      is_in_calendar_ = true;
      calendar_line_ = line.number;
      return report(Scanned::Kind::calendar_begins, line);
    }
    const bool is_in_place = is_card_ ? name == "VCARD" : is_in_calendar_;
    misplaced_ = is_in_place
                     ? std::string()
                     : fmt::format("BEGIN:{} stands outside of any {}", printable(name.substr(0, 40)), is_card_ ? "VCARD" : "VCALENDAR");
    name_ = name;
    depth_ = 1;
    bytes_.clear();
    piece_ = {line.offset, 0};
    line_ = line.number;
    append(line);
    return {};
  }

  Result<> add_inside(const Line& line, std::string_view text, const std::string& begins, const std::string& ends) {
    if (!begins.empty()) {
      if (cannot_be_inside(begins)) {
        GODWIT_CHECK(break_off(fmt::format("END:{} is missing before line {}", name_, line.number)));
        return add(line);
      }
      ++depth_;
    }
    if (ends == "VCALENDAR" && !is_card_) {
      GODWIT_CHECK(break_off(fmt::format("END:{} is missing before line {}", name_, line.number)));
      return add(line);
    }
    append(line);
    if (!text.empty() && !text.starts_with(' ') && !text.starts_with('\t')) is_after_agent_ = starts_with_ignoring_case(text, "AGENT");
    if (ends.empty()) return {};
    // Names that do not fit are found when the component is read.
    return --depth_ == 0 ? complete() : Result<>();
  }

  // What begins there is the next item: the one before it has lost its end. vCard 2.1 has a card inside of AGENT.
  [[nodiscard]] bool cannot_be_inside(const std::string& name) const {
    if (is_card_) return name == "VCARD" && !is_after_agent_;
    return name == "VCALENDAR" || (stands_alone(name) && stands_alone(name_));
  }

  void append(const Line& line) {
    piece_.size += line.size;
    if (depth_ > deepest_component || piece_.size > largest_item) is_too_large_ = true;
    if (is_too_large_) {
      bytes_.clear();
    } else {
      bytes_ += line.bytes;
    }
  }

  Result<> complete() {
    Scanned scanned = component();
    if (!misplaced_.empty()) {
      scanned.kind = Scanned::Kind::fault;
      scanned.fault = misplaced_;
    } else if (is_too_large_) {
      scanned.kind = Scanned::Kind::fault;
      scanned.fault = fmt::format("the {} is larger than {}, or its parts lie more than {} deep in each other", scanned.name,
                                  format_bytes(largest_item), deepest_component);
    }
    return close(scanned);
  }

  Result<> break_off(std::string why) {
    Scanned scanned = component();
    scanned.kind = Scanned::Kind::fault;
    scanned.fault = misplaced_.empty() ? std::move(why) : misplaced_;
    return close(scanned);
  }

  [[nodiscard]] Scanned component() const {
    return {.kind = Scanned::Kind::component, .name = name_, .piece = piece_, .line = line_, .bytes = bytes_, .fault = {}};
  }

  Result<> close(const Scanned& scanned) {
    GODWIT_CHECK(found_(scanned));
    depth_ = 0;
    bytes_.clear();
    is_too_large_ = is_after_agent_ = false;
    return {};
  }

  Result<> report(Scanned::Kind kind, const Line& line) {
    return found_({.kind = kind, .name = {}, .piece = {line.offset, line.size}, .line = line.number, .bytes = line.bytes, .fault = {}});
  }

  Result<> leave_calendar(const Line& line) {
    is_in_calendar_ = false;
    return report(Scanned::Kind::calendar_ends, line);
  }

  // Once for all lines that lie together.
  Result<> fault_outside(const Line& line, std::string_view text) {
    if (is_outside_reported_) return {};
    is_outside_reported_ = true;
    return found_(
        {.kind = Scanned::Kind::fault,
         .name = {},
         .piece = {line.offset, line.size},
         .line = line.number,
         .bytes = {},
         .fault = fmt::format("\"{}\" stands outside of any {}", printable(text.substr(0, 40)), is_card_ ? "VCARD" : "VCALENDAR")});
  }

  bool is_card_;
  const std::function<Result<>(const Scanned&)>& found_;
  std::string name_, bytes_, misplaced_;  // of the component that is open
  FilePiece piece_;
  std::size_t depth_ = 0, line_ = 0, calendar_line_ = 0;
  bool is_in_calendar_ = false, is_too_large_ = false, is_after_agent_ = false, is_outside_reported_ = false;
};

}  // namespace

Result<> scan_components(CollectionKind kind, const ReadAt& read_at, const std::function<Result<>(const Scanned&)>& found) {
  FileLines lines(read_at);
  Scanner scanner(kind, found);
  while (true) {
    GODWIT_TRY(const auto line, lines.next());
    if (!line) return scanner.finish();
    GODWIT_CHECK(scanner.add(*line));
  }
}

}  // namespace godwit::groupware
