// SPDX-License-Identifier: Apache-2.0
// Lines that are too long, in headers and bodies, and how a body is encoded.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "mime/repair_passes.h"
#include "mime/repair_words.h"

namespace godwit::mime {
namespace {

constexpr std::size_t npos = std::string_view::npos;
const RepairRules long_line_rules{RepairRule::long_line};

bool is_text_field(std::string_view name) {
  constexpr std::array<std::string_view, 3> names{"Subject", "Comments", "Content-Description"};
  return std::ranges::any_of(names, [&](std::string_view text_name) { return equals_ignoring_case(name, text_name); });
}

struct FoldPlace {
  std::size_t position = npos;
  bool needs_space = false;  // behind a separator that has no white space after it
};

// Where a line may be folded without a change of meaning: in front of white space between other bytes; failing that behind a
// separator outside of a quoted string. The last such place within the limit, or else the first.
FoldPlace find_fold(std::string_view text, Range line, std::size_t value_begin) {
  FoldPlace blank, separator;
  const std::size_t limit = line.begin + longest_line;
  const std::size_t last_word_end = text.substr(0, line.end).find_last_not_of(" \t\r\n") + 1;
  std::size_t i = std::max(line.begin, value_begin);
  while (i < line.end && is_blank(text[i])) ++i;
  bool is_quoted = false;
  for (++i; i < last_word_end; ++i) {
    if (i > limit && (blank.position != npos || separator.position != npos)) break;
    if (is_blank(text[i]) && !is_blank(text[i - 1])) blank = {i, false};
    const char before = text[i - 1];
    if (before == '"') is_quoted = !is_quoted;
    const bool is_separator = (before == ',' || before == ';' || before == '>') && !is_quoted && !is_blank(text[i]);
    if (is_separator) separator = {i, true};
  }
  return blank.position != npos ? blank : separator;
}

// One word as long as this cannot be folded; as RFC 2047 words, the text of a few fields can.
void encode_text_field(std::string_view text, std::string_view newline, const Field& field, Edits& edits) {
  std::string_view value = field.value().of(text);
  const std::size_t begin = std::min(value.find_first_not_of(" \t\r\n"), value.size());
  const std::size_t end = value.find_last_not_of(" \t\r\n") + 1;
  if (begin >= end) return;
  value = value.substr(begin, end - begin);
  if (value.find_first_of("\r\n") != npos || value.contains("=?")) return;
  const Charset charset = guess_charset(value, {});
  const std::size_t used = field.value().begin + begin - field.begin;
  edits.push_back({field.value().begin + begin, std::string(value),
                   encode_words(value, charset, 76 - std::min<std::size_t>(used, 40), std::string(newline) + ' '),
                   long_line_rules});
}

// Lines of an encoded body, broken anew.
void break_line(std::string_view text, std::string_view newline, Range line, Part::Encoding encoding, Edits& edits) {
  const bool is_quoted = encoding == Part::Encoding::quoted_printable;
  const std::size_t width = is_quoted ? 75 : 76;
  // Not within "=C3"; and no line may become a delimiter.
  const auto is_bad = [&](std::size_t at) {
    return text[at] == '-' || (is_quoted && (text[at - 1] == '=' || text[at - 2] == '='));
  };
  std::size_t begin = line.begin;
  while (line.end - begin > width) {
    std::size_t at = begin + width;
    while (at > begin + 2 && is_bad(at)) --at;
    if (at == begin + 2) return;
    edits.push_back({at, "", (is_quoted ? "=" : "") + std::string(newline), long_line_rules});
    begin = at;
  }
}

void repair_body(std::string_view text, std::string_view newline, const Part& part, Edits& edits) {
  if (part.kind != Part::Kind::leaf || !has_long_line(part.body.of(text))) return;
  if (part.encoding != Part::Encoding::identity) {
    LineReader lines(text, newline, part.body.begin, part.body.end);
    while (const auto line = lines.next()) {
      if (line->end - line->begin > longest_line) break_line(text, newline, {line->begin, line->end}, part.encoding, edits);
    }
    return;
  }
  const std::string_view body = part.body.of(text);
  const auto plain = [](char c) { return (c >= ' ' && c < '\x7f' && c != '=') || c == '\r' || c == '\n' || c == '\t'; };
  const bool is_mostly_plain = static_cast<std::size_t>(std::ranges::count_if(body, plain)) > body.size() / 6 * 5;
  const bool is_text = part.type.starts_with("text/") && !part.is_data(text);
  encode_body(text, newline, part, is_text && is_mostly_plain ? BodyEncoding::quoted_printable : BodyEncoding::base64,
              RepairRule::long_line, edits);
}

void repair_filler(std::string_view text, std::string_view newline, Range filler, Edits& edits) {
  LineReader lines(text, newline, filler.begin, filler.end);
  while (const auto line = lines.next()) {
    for (std::size_t begin = line->begin; line->end - begin > longest_line;) {
      std::size_t at = begin + longest_line;
      while (at > begin && text[at] == '-') --at;
      if (at == begin) break;
      edits.push_back({at, "", std::string(newline), long_line_rules});
      begin = at;
    }
  }
}

}  // namespace

bool has_long_line(std::string_view text) {
  while (text.size() > longest_line) {
    const std::size_t end = text.find('\n');
    const std::size_t length = end == npos ? text.size() : end > 0 && text[end - 1] == '\r' ? end - 1 : end;
    if (length > longest_line) return true;
    text.remove_prefix(end + 1);
  }
  return false;
}

void fold_field(std::string_view text, std::string_view newline, const Field& field, Edits& edits) {
  LineReader lines(text, newline, field.begin, field.end);
  while (const auto physical = lines.next()) {
    for (Range line{physical->begin, physical->end}; line.size() > longest_line;) {
      const FoldPlace place = find_fold(text, line, field.colon + 1);
      if (place.position == npos) {
        if (line.begin == field.begin && is_text_field(field.name(text))) encode_text_field(text, newline, field, edits);
        break;
      }
      edits.push_back({place.position, "", std::string(newline) + (place.needs_space ? " " : ""), long_line_rules});
      line.begin = place.position;
    }
  }
}

void encode_body(std::string_view text, std::string_view newline, const Part& part, BodyEncoding encoding, RepairRule rule,
                 Edits& edits) {
  const bool to_base64 = encoding == BodyEncoding::base64;
  const std::string name = to_base64 ? "base64" : "quoted-printable";
  std::string added;
  if (part.is_whole_message && part.find(text, "MIME-Version") == nullptr) {
    added += "MIME-Version: 1.0" + std::string(newline);
  }
  if (const Field* field = part.find(text, "Content-Transfer-Encoding")) {
    std::string_view value = field->value().of(text);
    value = value.substr(0, value.find_last_not_of("\r\n") + 1);
    edits.push_back({field->value().begin, std::string(value), " " + name, {rule}});
  } else {
    added += "Content-Transfer-Encoding: " + name + std::string(newline);
  }
  if (!added.empty()) edits.push_back({part.header_end, "", added, {rule}});
  const std::string_view body = part.body.of(text);
  std::string encoded = to_base64 ? to_base64_lines(body, newline) : to_quoted_printable(body, newline);
  if (part.body.end == text.size()) {
    // The last line of the message keeps its end: behind base64 it is no content, and neither is a soft line break.
    if (to_base64) encoded += newline;
    else if (body.ends_with('\n') && !encoded.ends_with('\n')) encoded += "=" + std::string(newline);
  }
  edits.push_back({part.body.begin, std::string(body), std::move(encoded), {rule}});
}

Edits repair_long_line(std::string_view text) {
  if (!has_long_line(text) || newline_of(text) == "\r") return {};
  const Layout layout = find_layout(text);
  Edits edits;
  for (const Part& part : layout.parts) {
    const std::size_t before = edits.size();
    repair_body(text, layout.newline, part, edits);
    const bool is_encoded = edits.size() > before;  // then that field has been dealt with
    for (const Field& field : part.fields) {
      const bool is_short = field.end - field.begin <= longest_line;
      if (!field.is_field() || is_short || (is_encoded && field.is_named(text, "Content-Transfer-Encoding"))) continue;
      fold_field(text, layout.newline, field, edits);
    }
  }
  for (const Range filler : layout.fillers) repair_filler(text, layout.newline, filler, edits);
  std::ranges::sort(edits, {}, &Edit::offset);
  return edits;
}

}  // namespace godwit::mime
