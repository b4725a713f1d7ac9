// SPDX-License-Identifier: Apache-2.0
#include "mime/repair_layout.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/text.h"

namespace godwit::mime {
namespace {

constexpr int deepest_part = 20;  // what lies deeper is left as it is

std::string_view trimmed_end(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// The words of an RFC 2045 field value, comments and white space skipped.
class ParameterReader {
 public:
  ParameterReader(std::string_view text, Range value) : text_(text.substr(0, value.end)), position_(value.begin) {}

  ParameterizedValue read() {
    ParameterizedValue result;
    result.main = to_lower(token(";"));
    while (skip_to_parameter()) {
      Parameter parameter;
      parameter.place.begin = position_;
      parameter.name = to_lower(token("=;"));
      skip_space();
      if (peek() != '=') continue;
      ++position_;
      skip_space();
      parameter.value = peek() == '"' ? quoted() : token(";");
      parameter.place.end = position_;
      result.parameters.push_back(std::move(parameter));
    }
    return result;
  }

 private:
  [[nodiscard]] char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }
  [[nodiscard]] static bool is_space(char c) { return is_blank(c) || c == '\r' || c == '\n'; }
  void skip_space() {
    int depth = 0;
    for (; position_ < text_.size(); ++position_) {
      const char c = text_[position_];
      if (c == '(') ++depth;
      else if (c == ')' && depth > 0) --depth;
      else if (c == '\\' && depth > 0) ++position_;
      else if (depth == 0 && !is_space(c)) break;
    }
    position_ = std::min(position_, text_.size());
  }
  bool skip_to_parameter() {
    skip_space();
    while (position_ < text_.size() && text_[position_] != ';') ++position_;
    while (peek() == ';') {
      ++position_;
      skip_space();
    }
    return position_ < text_.size();
  }
  std::string token(std::string_view ends) {
    skip_space();
    const std::size_t begin = position_;
    while (position_ < text_.size() && !is_space(text_[position_]) && text_[position_] != '(' &&
           ends.find(text_[position_]) == std::string_view::npos) {
      ++position_;
    }
    return std::string(text_.substr(begin, position_ - begin));
  }
  std::string quoted() {
    std::string value;
    for (++position_; position_ < text_.size() && text_[position_] != '"'; ++position_) {
      if (text_[position_] == '\\' && position_ + 1 < text_.size()) ++position_;
      if (text_[position_] != '\r' && text_[position_] != '\n') value += text_[position_];
    }
    position_ = std::min(position_ + 1, text_.size());
    return value;
  }

  std::string_view text_;
  std::size_t position_;
};

class LayoutFinder {
 public:
  explicit LayoutFinder(std::string_view text) : text_(text) { layout_.newline = newline_of(text); }
  Layout find() && {
    find_part({0, text_.size()}, "text/plain", true, 0);
    return std::move(layout_);
  }

 private:
  void find_part(Range range, std::string_view default_type, bool is_whole_message, int depth) {
    Part part;
    part.is_whole_message = is_whole_message;
    read_header(part, range);
    part.type = default_type;
    std::string boundary;
    if (const Field* field = part.find(text_, "Content-Type")) {
      const auto value = parse_parameters(text_, field->value());
      if (value.main.contains('/')) part.type = value.main;
      part.charset = to_lower(value.find("charset"));
      boundary = trimmed_end(value.find("boundary"));
    }
    part.kind = kind_of(part, boundary, depth);
    const auto [body, kind, is_digest] = std::tuple(part.body, part.kind, part.type == "multipart/digest");
    layout_.parts.push_back(std::move(part));
    if (kind == Part::Kind::message) find_part(body, "text/plain", true, depth + 1);
    if (kind == Part::Kind::multipart) find_children(body, boundary, is_digest ? "message/rfc822" : "text/plain", depth);
  }

  void read_header(Part& part, Range range) {
    part.header_begin = range.begin;
    LineReader lines(text_, layout_.newline, range.begin, range.end);
    while (const auto line = lines.next()) {
      if (line->empty()) {
        part.header_end = line->begin;
        part.body = {line->next, range.end};
        return;
      }
      if (is_blank(text_[line->begin]) && !part.fields.empty() && part.fields.back().is_field()) {
        part.fields.back().end = line->next;
        continue;
      }
      const std::size_t colon = find_colon(text_.substr(line->begin, line->end - line->begin));
      part.fields.push_back({line->begin, colon == std::string_view::npos ? colon : line->begin + colon, line->next});
    }
    part.header_end = range.end;
    part.body = {range.end, range.end};
  }

  // Also reads the encoding.
  Part::Kind kind_of(Part& part, std::string_view boundary, int depth) const {
    const auto is_encoding = [&](const Field& field) { return field.is_named(text_, "Content-Transfer-Encoding"); };
    const auto stated = std::ranges::count_if(part.fields, is_encoding);
    std::string encoding;
    if (stated > 0) encoding = parse_parameters(text_, std::ranges::find_if(part.fields, is_encoding)->value()).main;
    if (part.type.starts_with("multipart/")) {
      return boundary.empty() || depth >= deepest_part ? Part::Kind::fixed : Part::Kind::multipart;
    }
    if (encoding == "base64") part.encoding = Part::Encoding::base64;
    else if (encoding == "quoted-printable") part.encoding = Part::Encoding::quoted_printable;
    else if (!encoding.empty() && encoding != "7bit" && encoding != "8bit" && encoding != "binary") return Part::Kind::fixed;
    if (stated > 1) return Part::Kind::fixed;
    if (!part.type.starts_with("message/")) return Part::Kind::leaf;
    const bool is_message = part.type == "message/rfc822" || part.type == "message/global";
    const bool is_plain = part.encoding == Part::Encoding::identity;
    return is_message && is_plain && depth < deepest_part ? Part::Kind::message : Part::Kind::fixed;
  }

  void find_children(Range body, std::string_view boundary, std::string_view default_type, int depth) {
    std::size_t begin = body.begin;  // of the child, or of the preamble
    std::size_t end = body.begin;    // of the line before
    bool is_inside = false;
    LineReader lines(text_, layout_.newline, body.begin, body.end);
    while (const auto line = lines.next()) {
      std::string_view content = trimmed_end(text_.substr(line->begin, line->end - line->begin));
      if (content.starts_with("--") && content.substr(2).starts_with(boundary)) {
        content.remove_prefix(2 + boundary.size());
        if (content.empty() || content == "--") {
          // The newline in front of a delimiter belongs to it.
          add_child({begin, std::max(begin, end)}, is_inside, default_type, depth);
          begin = line->next;
          is_inside = content.empty();
          if (!is_inside) break;
        }
      }
      end = line->end;
    }
    if (begin > body.begin) add_child({begin, body.end}, is_inside, default_type, depth);  // else there is no delimiter
  }

  void add_child(Range range, bool is_inside, std::string_view default_type, int depth) {
    if (is_inside) find_part(range, default_type, false, depth + 1);
    else if (range.size() > 0) layout_.fillers.push_back(range);
  }

  std::string_view text_;
  Layout layout_;
};

}  // namespace

std::string_view newline_of(std::string_view text) {
  const auto lf = text.find('\n');
  if (lf == std::string_view::npos) return text.contains('\r') ? "\r" : "\r\n";
  return lf > 0 && text[lf - 1] == '\r' ? "\r\n" : "\n";
}

std::optional<Line> LineReader::next() {
  if (position_ >= text_.size()) return std::nullopt;
  Line line{position_, text_.find(mark_, position_), 0};
  if (line.end == std::string_view::npos) {
    line.end = line.next = text_.size();
  } else {
    line.next = line.end + 1;
    if (mark_ == '\n' && line.end > line.begin && text_[line.end - 1] == '\r') --line.end;
  }
  position_ = line.next;
  return line;
}

std::size_t find_colon(std::string_view line) {
  std::size_t position = 0;
  while (position < line.size() && line[position] > ' ' && line[position] < '\x7f' && line[position] != ':') ++position;
  if (position == 0) return std::string_view::npos;
  while (position < line.size() && is_blank(line[position])) ++position;
  return position < line.size() && line[position] == ':' ? position : std::string_view::npos;
}

std::string_view Field::name(std::string_view text) const {
  return is_field() ? trimmed_end(text.substr(begin, colon - begin)) : std::string_view();
}

bool Field::is_named(std::string_view text, std::string_view wanted) const {
  return equals_ignoring_case(name(text), wanted);
}

std::string_view ParameterizedValue::find(std::string_view name) const {
  const auto hit = std::ranges::find(parameters, name, &Parameter::name);
  return hit == parameters.end() ? std::string_view() : std::string_view(hit->value);
}

ParameterizedValue parse_parameters(std::string_view text, Range value) { return ParameterReader(text, value).read(); }

const Field* Part::find(std::string_view text, std::string_view name) const {
  const auto hit = std::ranges::find_if(fields, [&](const Field& field) { return field.is_named(text, name); });
  return hit == fields.end() ? nullptr : &*hit;
}

bool Part::is_data(std::string_view text) const {
  if (kind != Kind::leaf || encoding != Encoding::identity) return false;
  if (type.starts_with("text/")) {
    return (charset.starts_with("utf-16") || charset.starts_with("utf-32")) && body.of(text).contains('\0');
  }
  const auto is_no_text = [](char c) { return c == '\0' || static_cast<unsigned char>(c) > 127; };
  return std::ranges::any_of(body.of(text), is_no_text);
}

Layout find_layout(std::string_view text) { return LayoutFinder(text).find(); }

}  // namespace godwit::mime
