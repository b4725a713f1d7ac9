// SPDX-License-Identifier: Apache-2.0
#include "groupware/content_lines.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error_code.h"
#include "base/text.h"
#include "base/utf8.h"

namespace godwit::groupware {
namespace {

constexpr std::size_t longest_name = 200;  // bytes of a property's
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool is_name(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_name_character); }

// vCard 2.1 stands in the card's own words.
bool is_version_21(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of("\r\n", at), text.size());
    std::string_view line = text.substr(at, end - at);
    while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
    if (equals_ignoring_case(line, "VERSION:2.1")) return true;
    at = end + 1;
  }
  return false;
}

std::string_view beginning_of(std::string_view line) { return line.substr(0, std::min(line.find(':'), line.size())); }

bool mentions(std::string_view line, std::string_view word) { return to_upper(beginning_of(line)).contains(word); }

// RFC 6868 section 3.1.
std::string without_carets(std::string_view value) {
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char next = value[i] == '^' && i + 1 < value.size() ? value[i + 1] : '\0';
    if (next == 'n' || next == '^' || next == '\'') {
      text += next == 'n' ? '\n' : next == '^' ? '^' : '"';
      ++i;
    } else {
      text += value[i];
    }
  }
  return text;
}

// Takes a line apart: [group "."] name *(";" parameter) ":" value.
class LineParser {
 public:
  LineParser(std::string_view line, std::size_t number, Syntax syntax, bool has_caret_encoding)
      : rest_(line), number_(number), syntax_(syntax), has_caret_encoding_(has_caret_encoding) {}

  Result<Property> parse() {
    Property property;
    property.line = number_;
    GODWIT_CHECK(take_name(property));
    while (rest_.starts_with(';')) {
      rest_.remove_prefix(1);
      GODWIT_TRY(Parameter parameter, take_parameter(property.name));
      property.parameters.push_back(std::move(parameter));
    }
    if (!rest_.starts_with(':')) {
      return line_error(number_, fmt::format("{} has no value: there is no colon behind its name and parameters", property.name));
    }
    property.value = rest_.substr(1);
    return property;
  }

 private:
  std::string_view take_until(std::string_view ends) {
    const std::string_view taken = rest_.substr(0, std::min(rest_.find_first_of(ends), rest_.size()));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  Result<> take_name(Property& property) {
    std::string_view name = take_until(":;");
    if (const std::size_t dot = name.find('.'); syntax_ == Syntax::card && dot != std::string_view::npos) {
      property.group = name.substr(0, dot);
      name.remove_prefix(dot + 1);
    }
    if (!is_name(name) || name.size() > longest_name) {
      return line_error(number_, fmt::format("\"{}\" is no property: a name of A-Z, 0-9 and \"-\" has to come first, then a colon",
                                             printable(name.substr(0, 40))));
    }
    property.name = to_upper(name);
    return {};
  }

  Result<Parameter> take_parameter(std::string_view of) {
    Parameter parameter;
    const std::string_view name = take_until("=:;,\"");
    if (rest_.starts_with('=')) {
      rest_.remove_prefix(1);
      parameter.name = to_upper(name);
    } else if (syntax_ == Syntax::card && !name.empty()) {
      parameter.values.emplace_back(name);
      return parameter;
    }
    if (!is_name(parameter.name)) {
      return line_error(number_,
                        fmt::format("{} has a parameter \"{}\" that is not written NAME=value", of, printable(name.substr(0, 40))));
    }
    while (true) {
      GODWIT_TRY(std::string value, take_parameter_value(of));
      parameter.values.push_back(has_caret_encoding_ ? without_carets(value) : std::move(value));
      if (!rest_.starts_with(',')) return parameter;
      rest_.remove_prefix(1);
    }
  }

  Result<std::string> take_parameter_value(std::string_view of) {
    if (!rest_.starts_with('"')) return std::string(take_until(";:,"));
    rest_.remove_prefix(1);
    std::string value(take_until("\""));
    if (rest_.empty()) return line_error(number_, fmt::format("{} has a parameter whose quotation mark is not closed", of));
    rest_.remove_prefix(1);
    if (!rest_.empty() && !rest_.starts_with(';') && !rest_.starts_with(':') && !rest_.starts_with(',')) {
      return line_error(number_, fmt::format("{} has a parameter with text behind its quotation mark", of));
    }
    return value;
  }

  std::string_view rest_;
  std::size_t number_;
  Syntax syntax_;
  bool has_caret_encoding_;
};

// vCard 2.1 says itself what its bytes are; all else is UTF-8 (RFC 5545 section 3.1.4, RFC 6350 section 3.1).
bool tells_charset(const Property& property) { return property.parameter("CHARSET") != nullptr; }

Result<> check_text(std::string_view line, std::size_t number, bool may_be_other_charset) {
  if (line.contains('\0')) return line_error(number, "there is a NUL: the file is damaged");
  if (line.contains('\r')) return line_error(number, "there is a CR that ends no line: the file is damaged");
  if (!may_be_other_charset && !is_utf8(line)) {
    return line_error(number, fmt::format("\"{}\" is not UTF-8: convert the file, for example with iconv", printable(line.substr(0, 60))));
  }
  return {};
}

Result<std::string> component_name(const Property& line) {
  std::string name = to_upper(line.value);
  while (name.ends_with(' ') || name.ends_with('\t')) name.pop_back();
  if (!is_name(name)) return line_error(line.line, fmt::format("\"{}\" is no name of a component", printable(line.value.substr(0, 40))));
  return name;
}

// Puts components into each other as their BEGIN and END stand.
class TreeBuilder {
 public:
  Result<> add(Property line) {
    if (line.name == "BEGIN") return begin(line);
    if (line.name == "END") return end(line);
    if (open_.empty()) return line_error(line.line, fmt::format("{} stands outside of any BEGIN and END", line.name));
    open_.back().properties.push_back(std::move(line));
    return {};
  }
  Result<std::vector<Component>> finish() && {
    if (open_.empty()) return std::move(all_);
    return line_error(open_.back().line, fmt::format("BEGIN:{} has no END: the file is cut off", open_.back().name));
  }

 private:
  Result<> begin(const Property& line) {
    if (open_.size() == deepest_component) {
      return line_error(line.line, fmt::format("components lie more than {} deep in each other", deepest_component));
    }
    GODWIT_TRY(std::string name, component_name(line));
    open_.push_back({.name = std::move(name), .line = line.line, .properties = {}, .components = {}});
    return {};
  }
  Result<> end(const Property& line) {
    GODWIT_TRY(const std::string name, component_name(line));
    if (open_.empty()) return line_error(line.line, fmt::format("END:{} has no BEGIN", name));
    if (open_.back().name != name) {
      return line_error(line.line, fmt::format("END:{} where END:{} is missing (it begins in line {})", name, open_.back().name,
                                               open_.back().line));
    }
    Component done = std::move(open_.back());
    open_.pop_back();
    (open_.empty() ? all_ : open_.back().components).push_back(std::move(done));
    return {};
  }

  std::vector<Component> open_, all_;
};

}  // namespace

const Parameter* Property::parameter(std::string_view wanted) const {
  const auto found = std::ranges::find(parameters, wanted, &Parameter::name);
  return found == parameters.end() ? nullptr : &*found;
}

std::string_view Property::parameter_value(std::string_view wanted) const {
  const Parameter* const found = parameter(wanted);
  return found == nullptr || found->values.empty() ? std::string_view() : std::string_view(found->values.front());
}

void Property::set_parameter(std::string_view wanted, std::string text) {
  remove_parameter(wanted);
  parameters.push_back({std::string(wanted), {std::move(text)}});
}

void Property::remove_parameter(std::string_view wanted) {
  std::erase_if(parameters, [&](const Parameter& each) { return each.name == wanted; });
}

const Property* Component::property(std::string_view wanted) const {
  const auto found = std::ranges::find(properties, wanted, &Property::name);
  return found == properties.end() ? nullptr : &*found;
}

std::unexpected<Error> line_error(std::size_t line, std::string what) {
  auto error = fail(codes::item_not_valid, std::move(what));
  error.error().where = fmt::format("line {}", line);
  return error;
}

ContentLines::ContentLines(std::string_view text, Syntax syntax, std::size_t first_line)
    : text_(text), syntax_(syntax), ends_lines_by_cr_(!text.contains('\n')), line_(first_line) {
  if (text_.starts_with(byte_order_mark)) offset_ = byte_order_mark.size();
  if (syntax == Syntax::calendar) return;
  is_21_ = is_version_21(text);
  has_caret_encoding_ = text.contains("VERSION:4");
}

ContentLines::RawLine ContentLines::raw_line_at(std::size_t offset) const {
  const std::size_t end = std::min(text_.find(ends_lines_by_cr_ ? '\r' : '\n', offset), text_.size());
  std::string_view line = text_.substr(offset, end - offset);
  while (line.ends_with('\r')) line.remove_suffix(1);  // more than one: a file that was sent as text by FTP
  return {line, std::min(end + 1, text_.size())};
}

void ContentLines::skip_empty_lines() {
  while (offset_ < text_.size()) {
    const RawLine raw = raw_line_at(offset_);
    if (raw.text.find_first_not_of(" \t") != std::string_view::npos) return;
    offset_ = raw.end;
    ++line_;
  }
}

bool ContentLines::continues(const std::string& so_far, const RawLine& next) const {
  if (is_21_ && so_far.ends_with('=') && mentions(so_far, "QUOTED-PRINTABLE")) return true;
  if (next.text.starts_with(' ') || next.text.starts_with('\t')) return true;
  // Some writers of vCard 2.1 do not indent base64, which an empty line ends.
  return is_21_ && mentions(so_far, "BASE64") && !next.text.empty() && next.text.find_first_of(":;") == std::string_view::npos;
}

std::string ContentLines::take_logical_line() {
  const RawLine first = raw_line_at(offset_);
  std::string line(first.text);
  offset_ = first.end;
  ++line_;
  while (offset_ < text_.size()) {
    const RawLine next = raw_line_at(offset_);
    if (!continues(line, next)) break;
    const bool is_soft = is_21_ && line.ends_with('=') && mentions(line, "QUOTED-PRINTABLE");
    if (is_soft) line.pop_back();
    // vCard 2.1 folds where a blank is already, and keeps it (section 2.1.3).
    line += is_soft || is_21_ ? next.text : next.text.substr(1);
    offset_ = next.end;
    ++line_;
  }
  return line;
}

Result<std::optional<Property>> ContentLines::next() {
  skip_empty_lines();
  if (offset_ >= text_.size()) return std::nullopt;
  const std::size_t begins = offset_;
  const std::size_t number = line_;
  const std::string line = take_logical_line();
  GODWIT_CHECK(check_text(line, number, is_21_));
  GODWIT_TRY(Property property, LineParser(line, number, syntax_, has_caret_encoding_).parse());
  if (is_21_ && !tells_charset(property)) GODWIT_CHECK(check_text(line, number, false));
  property.offset = begins;
  property.size = offset_ - begins;
  return property;
}

Result<std::vector<Component>> read_components(std::string_view text, Syntax syntax, std::size_t first_line) {
  if (text.size() > largest_item) {
    return line_error(
        first_line, fmt::format("the item has {}, and {} is the most that is read", format_bytes(text.size()), format_bytes(largest_item)));
  }
  ContentLines lines(text, syntax, first_line);
  TreeBuilder tree;
  while (true) {
    GODWIT_TRY(auto line, lines.next());
    if (!line) return std::move(tree).finish();
    GODWIT_CHECK(tree.add(std::move(*line)));
  }
}

}  // namespace godwit::groupware
