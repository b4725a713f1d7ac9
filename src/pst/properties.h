// SPDX-License-Identifier: Apache-2.0
// The properties of an item, a recipient or an attachment as MAPI has them: a number of 16 bits, a type, a value ([MS-OXCDATA] 2.11,
// [MS-OXPROPS]). Numbers from 0x8000 on are called differently in each file: those are asked for by their names.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace godwit::pst {

// The sets that names belong to ([MS-OXPROPS] 1.3.2).
enum class NameSet : std::uint8_t { other, appointment, task, address, common, log, note, meeting, public_strings };

struct Name {
  NameSet set = NameSet::other;
  std::uint32_t number = 0;       // PidLid…
  std::string_view text{};        // PidName…: then the number is 0
};

// Which numbers the names of one file stand for.
class PropertyNames {
 public:
  PropertyNames() = default;
  // The three streams that a PST file and a .msg file have of them ([MS-PST] 2.4.7, [MS-OXMSG] 2.2.3.1).
  PropertyNames(std::string_view sets, std::string_view entries, std::string_view texts);
  [[nodiscard]] std::optional<std::uint16_t> find(const Name& name) const;

 private:
  std::map<std::pair<NameSet, std::uint32_t>, std::uint16_t> numbers_;
  std::map<std::pair<NameSet, std::string>, std::uint16_t> texts_;  // in lower case
};

// How many bytes a value of a fixed type has; 0: it has no fixed width of at most eight bytes.
[[nodiscard]] std::size_t width_of(std::uint16_t type);
[[nodiscard]] inline bool is_fixed(std::uint16_t type) { return width_of(type) > 0; }

class Properties {
 public:
  static constexpr std::uint16_t string8 = 0x001E, unicode = 0x001F, binary = 0x0102, object = 0x000D, several = 0x1000;

  void add_number(std::uint16_t property, std::uint16_t type, std::uint64_t number);
  // `bytes` as a PST file has them: of several values, with their places before them.
  void add_bytes(std::uint16_t property, std::uint16_t type, std::string bytes);
  void add_values(std::uint16_t property, std::uint16_t type, std::vector<std::string> values);
  // Names of the file, and the code page of texts that are not Unicode, where the item does not tell its own.
  void belong_to(std::shared_ptr<const PropertyNames> names, std::uint32_t code_page);
  // It is there, and its value is lost.
  void add_unreadable(std::uint16_t property) { unreadable_.insert(property); }
  [[nodiscard]] bool is_unreadable(std::uint16_t property) const { return unreadable_.contains(property); }
  [[nodiscard]] bool is_object(std::uint16_t property) const;
  // The bytes of a large value, which is gone from here then.
  [[nodiscard]] std::string take_bytes(std::uint16_t property);

  [[nodiscard]] bool empty() const { return values_.empty(); }
  [[nodiscard]] bool has(std::uint16_t property) const { return values_.contains(property); }
  [[nodiscard]] std::string text(std::uint16_t property) const;  // UTF-8, without NULs
  [[nodiscard]] std::vector<std::string> texts(std::uint16_t property) const;
  [[nodiscard]] std::optional<std::string_view> bytes(std::uint16_t property) const;
  [[nodiscard]] std::vector<std::string> all_bytes(std::uint16_t property) const;
  [[nodiscard]] std::optional<std::uint64_t> number(std::uint16_t property) const;
  [[nodiscard]] std::optional<std::uint64_t> ticks(std::uint16_t property) const;    // of 100 ns, since 1601; not 0
  [[nodiscard]] std::optional<std::int64_t> seconds(std::uint16_t property) const;  // since 1970
  [[nodiscard]] bool is_true(std::uint16_t property) const { return number(property).value_or(0) != 0; }
  [[nodiscard]] double real(std::uint16_t property) const;

  // By name; where the file does not know the name there is no such property.
  [[nodiscard]] std::uint16_t number_of(const Name& name) const;
  [[nodiscard]] std::string text(const Name& name) const { return text(number_of(name)); }
  [[nodiscard]] std::vector<std::string> texts(const Name& name) const { return texts(number_of(name)); }
  [[nodiscard]] std::optional<std::string_view> bytes(const Name& name) const { return bytes(number_of(name)); }
  [[nodiscard]] std::vector<std::string> all_bytes(const Name& name) const { return all_bytes(number_of(name)); }
  [[nodiscard]] std::optional<std::uint64_t> number(const Name& name) const { return number(number_of(name)); }
  [[nodiscard]] std::optional<std::int64_t> seconds(const Name& name) const { return seconds(number_of(name)); }
  [[nodiscard]] bool is_true(const Name& name) const { return is_true(number_of(name)); }
  [[nodiscard]] double real(const Name& name) const { return real(number_of(name)); }

  [[nodiscard]] std::uint32_t code_page() const;       // of texts
  [[nodiscard]] std::uint32_t html_code_page() const;  // of an HTML body

 private:
  struct Value {
    std::uint16_t type = 0;
    std::uint64_t number = 0;
    std::vector<std::string> bytes{};
  };
  [[nodiscard]] const Value* find(std::uint16_t property) const;
  [[nodiscard]] std::string as_text(const Value& value, const std::string& bytes) const;

  std::map<std::uint16_t, Value> values_;
  std::set<std::uint16_t> unreadable_;
  std::shared_ptr<const PropertyNames> names_;
  std::uint32_t default_code_page_ = 1252;
};

}  // namespace godwit::pst
