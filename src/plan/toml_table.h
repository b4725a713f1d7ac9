// SPDX-License-Identifier: Apache-2.0
// Strict access to the tables of a TOML file: whatever nobody asks for is an error, as is every value of another type. Only for
// this folder.
#pragma once

#include <toml++/toml.h>

#include <concepts>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "plan/problems.h"

namespace godwit::plan {

// What comes of reading one file.
struct Reading {
  struct UnknownKey {
    Place place;
    std::string table, key;
    std::vector<std::string> known;
  };

  std::string file;
  Problems problems{};
  std::vector<UnknownKey> unknown{};
  std::set<std::pair<std::string, std::string>> keys{};  // table and key, whatever was asked for

  [[nodiscard]] Place place_of(const toml::source_region& region) const;
};

// Throws nothing; the error has the place.
[[nodiscard]] Result<toml::table> parse_toml(std::string_view text, const std::string& file);

struct PlacedText {
  std::string text;
  Place place;
};

// Every faulty value is a problem of the reading, and then as good as absent. When it goes, keys that were not asked for go into
// Reading::unknown.
class TableReader {
 public:
  // `table` and `reading` must outlive it; nullptr is an absent table. `name`: "source.limits".
  TableReader(const toml::table* table, std::string name, Reading& reading);
  ~TableReader();
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;

  [[nodiscard]] bool has(std::string_view key) const;
  // Not empty, no control characters.
  [[nodiscard]] std::optional<std::string> text(std::string_view key);
  [[nodiscard]] std::string text_or(std::string_view key, std::string_view otherwise);
  // The same, and missing it is a problem that shows `example`.
  [[nodiscard]] std::string required_text(std::string_view key, std::string_view example);
  // A text, or a number or date as it would stand in one: "2024-01-31".
  [[nodiscard]] std::optional<std::string> text_of_any(std::string_view key, std::string_view example);
  [[nodiscard]] std::vector<PlacedText> texts(std::string_view key);  // one text or a list
  [[nodiscard]] bool flag(std::string_view key);                      // absent: false
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view key, std::uint64_t least, std::uint64_t most);
  [[nodiscard]] const toml::table* table(std::string_view key);
  [[nodiscard]] std::vector<const toml::table*> tables(std::string_view key);  // [key], or [[key]] several times
  // Every key of the table with its text; for tables whose keys are free.
  [[nodiscard]] std::vector<std::pair<std::string, PlacedText>> entries();

  // The text of a key as `parse` reads it; an error of `parse` is a problem at its place.
  template <std::invocable<const std::string&> Parse>
  [[nodiscard]] auto parsed(std::string_view key, Parse parse)
      -> std::optional<typename std::invoke_result_t<Parse, const std::string&>::value_type> {
    const auto value = text(key);
    return value ? checked(key, parse(*value)) : std::nullopt;
  }
  template <class T>
  [[nodiscard]] std::optional<T> checked(std::string_view key, Result<T> result) {
    if (result) return std::move(*result);
    add_problem(key, result.error().what);
    return std::nullopt;
  }

  // A key that people write, and that has no place here.
  void refuse(std::string_view key, std::string_view why);
  // At the key's value, or at the table where it is absent. `what` goes behind the key.
  void add_problem(std::string_view key, std::string_view what);
  void add_problem(const Place& place, std::string what) { reading_.problems.add(place, std::move(what)); }
  [[nodiscard]] Place place_of(std::string_view key) const;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  [[nodiscard]] const toml::node* ask(std::string_view key);
  [[nodiscard]] std::optional<PlacedText> text_of(std::string_view key, const toml::node& node);
  void add_type_problem(std::string_view key, const toml::node& node, std::string_view wanted);

  const toml::table* table_;
  std::string name_;
  Reading& reading_;
  std::set<std::string, std::less<>> asked_, refused_;
  bool is_free_ = false;
};

}  // namespace godwit::plan
