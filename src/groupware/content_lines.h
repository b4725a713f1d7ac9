// SPDX-License-Identifier: Apache-2.0
// What iCalendar (RFC 5545 section 3.1) and vCard (RFC 6350 section 3.3, RFC 2426, vCard 2.1) share: content lines, folded, and components
// of them. Bytes are checked here and nowhere else; each error says its line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace godwit::groupware {

enum class Syntax : std::uint8_t { calendar, card };

struct Parameter {
  std::string name;                 // in capital letters; empty: vCard 2.1 wrote the value alone
  std::vector<std::string> values;  // without quotes, RFC 6868 undone
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

struct Property {
  std::string group;  // of vCards: "item1"
  std::string name;   // in capital letters
  std::vector<Parameter> parameters;
  std::string value;         // unfolded, and else as it stands there
  std::size_t line = 0;      // 1 is the first
  std::size_t offset = 0, size = 0;  // of its bytes in the text, with the end of its last line
  // Nothing where it is not there; `name` in capital letters.
  [[nodiscard]] const Parameter* parameter(std::string_view name) const;
  // Its first value; empty where there is none.
  [[nodiscard]] std::string_view parameter_value(std::string_view name) const;
  void set_parameter(std::string_view name, std::string value);
  void remove_parameter(std::string_view name);
};

struct Component {
  std::string name;  // in capital letters: "VEVENT"
  std::size_t line = 0;
  std::vector<Property> properties;
  std::vector<Component> components;
  // The first of that name; nothing where there is none.
  [[nodiscard]] const Property* property(std::string_view name) const;
};

inline constexpr std::size_t deepest_component = 16;
inline constexpr std::size_t largest_item = std::size_t{64} << 20;  // bytes of one resource

// Error of kind syntax: in `line`, and what to do about it.
[[nodiscard]] std::unexpected<Error> line_error(std::size_t line, std::string what);

// One content line: where it ends is where the next one begins. Nothing at the end of the text; empty lines are passed over.
// Line ends are CRLF, LF, or CR where the text has no LF at all.
class ContentLines {
 public:
  // `first_line`: the number of its first line, where the text is a part of a file.
  ContentLines(std::string_view text, Syntax syntax, std::size_t first_line = 1);
  [[nodiscard]] Result<std::optional<Property>> next();
  [[nodiscard]] std::size_t line() const { return line_; }  // of what next() reads

 private:
  struct RawLine {
    std::string_view text;    // without its end
    std::size_t end = 0;      // offset of what follows
  };
  [[nodiscard]] RawLine raw_line_at(std::size_t offset) const;
  void skip_empty_lines();
  // Unfolded; the offset stands behind it.
  [[nodiscard]] std::string take_logical_line();
  [[nodiscard]] bool continues(const std::string& so_far, const RawLine& next) const;

  std::string_view text_;
  Syntax syntax_;
  bool ends_lines_by_cr_ = false;
  bool is_21_ = false;  // vCard 2.1: other folding, quoted-printable
  bool has_caret_encoding_ = true;  // RFC 6868
  std::size_t offset_ = 0, line_;
};

// All components at the top. Error of kind syntax: what is wrong, and in which line; more than largest_item bytes.
[[nodiscard]] Result<std::vector<Component>> read_components(std::string_view text, Syntax syntax, std::size_t first_line = 1);

// The content line with CRLF, folded at 75 bytes. `has_caret_encoding`: RFC 6868, which vCard 3.0 does not know.
[[nodiscard]] std::string written(const Property& property, bool has_caret_encoding = true);
[[nodiscard]] std::string written(const Component& component, bool has_caret_encoding = true);

// Of a TEXT value: \n, \, \; and \\ undone (RFC 5545 section 3.3.11).
[[nodiscard]] std::string unescaped(std::string_view value);
[[nodiscard]] std::string escaped(std::string_view text);
// At each `separator` that has no backslash before it; the parts still escaped.
[[nodiscard]] std::vector<std::string> split_value(std::string_view value, char separator);

}  // namespace godwit::groupware
