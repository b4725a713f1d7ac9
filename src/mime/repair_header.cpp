// SPDX-License-Identifier: Apache-2.0
// A header whose form is broken.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "mime/repair_passes.h"

namespace godwit::mime {
namespace {

const RepairRules rules{RepairRule::header_form};

// A field that is hardly ever the beginning of a line of text.
bool is_known_field(std::string_view name) {
  constexpr std::array<std::string_view, 15> names{"From",   "To",         "Cc",          "Bcc",          "Subject",
                                                   "Date",   "Message-ID", "Received",    "Return-Path",  "Reply-To",
                                                   "Sender", "References", "In-Reply-To", "MIME-Version", "Delivered-To"};
  return std::ranges::any_of(names, [&](std::string_view known) { return equals_ignoring_case(name, known); }) ||
         starts_with_ignoring_case(name, "X-") || starts_with_ignoring_case(name, "Content-");
}

class FormRepairer {
 public:
  explicit FormRepairer(std::string_view text) : text_(text), newline_(newline_of(text)) {}

  Edits repair() && {
    read_lines();
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const std::string_view line = content(lines_[i]);
      const bool has_field_before = i > 0;
      const std::size_t colon = find_colon(line);
      if (has_field_before && is_blank(line.front())) continue;
      if (colon != std::string_view::npos) {
        drop_blanks_before(lines_[i].begin + colon);
      } else if (is_mbox_line(i)) {
        name_mbox_line(lines_[i]);
      } else if (i < end_of_fields_) {
        edits_.push_back({lines_[i].begin, "", has_field_before ? " " : "X-Unparsed: ", rules});
      } else {
        edits_.push_back({lines_[i].begin, "", std::string(newline_), rules});
        return std::move(edits_);
      }
    }
    if (!has_end_) {
      edits_.push_back({text_.size(), "", (is_open_ ? std::string(newline_) : "") + std::string(newline_), rules});
    }
    return std::move(edits_);
  }

 private:
  [[nodiscard]] std::string_view content(const Line& line) const { return text_.substr(line.begin, line.end - line.begin); }

  // The lines up to the first empty one. A line that is no field belongs to the header when one of the fields that everybody
  // knows comes after it, and an empty line after that.
  void read_lines() {
    LineReader reader(text_, newline_, 0, text_.size());
    while (const auto line = reader.next()) {
      if (line->empty()) {
        has_end_ = true;
        break;
      }
      is_open_ = line->next == line->end;
      const std::size_t colon = find_colon(content(*line));
      lines_.push_back(*line);
      if (colon != std::string_view::npos &&
          is_known_field(Field{line->begin, line->begin + colon, line->next}.name(text_))) {
        end_of_fields_ = lines_.size();
      }
    }
    if (!has_end_) end_of_fields_ = 0;
  }

  void drop_blanks_before(std::size_t colon) {
    std::size_t begin = colon;
    while (is_blank(text_[begin - 1])) --begin;
    if (begin < colon) edits_.push_back({begin, std::string(text_.substr(begin, colon - begin)), "", rules});
  }

  [[nodiscard]] bool is_mbox_line(std::size_t i) const {
    const std::string_view line = content(lines_[i]);
    const bool is_followed = i + 1 < lines_.size() && find_colon(content(lines_[i + 1])) != std::string_view::npos;
    return i == 0 && is_followed && (line.starts_with("From ") || line.starts_with(">From "));
  }
  void name_mbox_line(const Line& line) {
    const std::size_t size = text_[line.begin] == '>' ? 5 : 4;
    edits_.push_back({line.begin, std::string(text_.substr(line.begin, size)), "X-From-Line:", rules});
  }

  std::string_view text_;
  std::string_view newline_;
  std::vector<Line> lines_;
  std::size_t end_of_fields_ = 0;  // behind the last line that surely is a field
  bool has_end_ = false;
  bool is_open_ = false;  // the last line has no newline
  Edits edits_;
};

}  // namespace

Edits repair_header_form(std::string_view text) {
  if (text.empty()) return {};
  return FormRepairer(text).repair();
}

}  // namespace godwit::mime
