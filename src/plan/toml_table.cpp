// SPDX-License-Identifier: Apache-2.0
#include "plan/toml_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/text.h"

namespace godwit::plan {
namespace {

std::string_view type_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "a list";
    case toml::node_type::string: return "a text";
    case toml::node_type::integer: return "a whole number";
    case toml::node_type::floating_point: return "a number with a point";
    case toml::node_type::boolean: return "true or false";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time: return "a date or time";
    case toml::node_type::none: return "nothing";
  }
  return "nothing";
}

}  // namespace

Place Reading::place_of(const toml::source_region& region) const { return {file, region.begin.line, region.begin.column}; }

Result<toml::table> parse_toml(std::string_view text, const std::string& file) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    const auto begin = error.source().begin;
    return std::unexpected(Error{ErrorKind::usage,
                                 fmt::format("this is not TOML: {}. Texts stand in quotes: name = \"text\"; a backslash in one is "
                                             "written twice, or the text stands in single quotes: 'text'",
                                             printable(error.description())),
                                 {},
                                 describe({file, begin.line, begin.column})});
  }
}

TableReader::TableReader(const toml::table* table, std::string name, Reading& reading)
    : table_(table), name_(std::move(name)), reading_(reading) {}

TableReader::~TableReader() {
  if (table_ == nullptr || is_free_) return;
  const std::vector<std::string> known(asked_.begin(), asked_.end());
  for (auto&& [key, node] : *table_) {
    if (asked_.contains(key.str()) || refused_.contains(key.str())) continue;
    reading_.unknown.push_back({reading_.place_of(key.source()), name_, std::string(key.str()), known});
  }
}

const toml::node* TableReader::ask(std::string_view key) {
  asked_.emplace(key);
  reading_.keys.emplace(name_, key);
  return table_ == nullptr ? nullptr : table_->get(key);
}

bool TableReader::has(std::string_view key) const { return table_ != nullptr && table_->contains(key); }

Place TableReader::place_of(std::string_view key) const {
  if (table_ == nullptr) return {.file = reading_.file};
  const toml::node* const node = table_->get(key);
  return reading_.place_of(node == nullptr ? table_->source() : node->source());
}

void TableReader::add_problem(std::string_view key, std::string_view what) {
  reading_.problems.add(place_of(key), fmt::format("{}: {}", printable(key), what));
}

void TableReader::add_type_problem(std::string_view key, const toml::node& node, std::string_view wanted) {
  reading_.problems.add(reading_.place_of(node.source()), fmt::format("{}: this is {}; write {}", printable(key), type_of(node), wanted));
}

void TableReader::refuse(std::string_view key, std::string_view why) {
  refused_.emplace(key);
  if (has(key)) add_problem(key, why);
}

std::optional<PlacedText> TableReader::text_of(std::string_view key, const toml::node& node) {
  const auto* const value = node.as_string();
  if (value == nullptr) {
    add_type_problem(key, node, "a text in quotes");
    return std::nullopt;
  }
  const Place place = reading_.place_of(node.source());
  const std::string& text = value->get();
  const bool has_control = std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (!text.empty() && !has_control) return PlacedText{text, place};
  reading_.problems.add(place, fmt::format("{}: {}", printable(key),
                                           text.empty() ? "the text is empty; write one, or remove it"
                                                        : "there is a control character in the text; write a backslash "
                                                          "twice, or put the text in single quotes"));
  return std::nullopt;
}

std::optional<std::string> TableReader::text(std::string_view key) {
  const toml::node* const node = ask(key);
  if (node == nullptr) return std::nullopt;
  auto text = text_of(key, *node);
  return text ? std::optional(std::move(text->text)) : std::nullopt;
}

std::string TableReader::text_or(std::string_view key, std::string_view otherwise) { return text(key).value_or(std::string(otherwise)); }

std::string TableReader::required_text(std::string_view key, std::string_view example) {
  auto value = text(key);
  if (!has(key)) add_problem(key, fmt::format("it is missing in [{}]; write {} = \"{}\"", name_, key, example));
  return std::move(value).value_or(std::string());
}

std::optional<std::string> TableReader::text_of_any(std::string_view key, std::string_view example) {
  const toml::node* const node = ask(key);
  if (node == nullptr) return std::nullopt;
  if (node->is_string()) return text(key);
  if (!node->is_integer() && !node->is_date() && !node->is_date_time()) {
    add_type_problem(key, *node, example);
    return std::nullopt;
  }
  std::ostringstream written;
  if (const auto* const number = node->as_integer()) written << number->get();
  if (const auto* const date = node->as_date()) written << date->get();
  if (const auto* const date_time = node->as_date_time()) written << date_time->get();
  return written.str();
}

std::vector<PlacedText> TableReader::texts(std::string_view key) {
  std::vector<PlacedText> result;
  const auto add = [&](const toml::node& node) {
    if (auto text = text_of(key, node)) result.push_back(std::move(*text));
  };
  const toml::node* const node = ask(key);
  if (node == nullptr) return result;
  const toml::array* const list = node->as_array();
  if (list == nullptr) add(*node);
  else if (list->empty()) add_problem(key, "the list is empty; write something in it, or remove it");
  else for (const toml::node& element : *list) add(element);
  return result;
}

bool TableReader::flag(std::string_view key) {
  const toml::node* const node = ask(key);
  if (node == nullptr) return false;
  if (const auto* const value = node->as_boolean()) return value->get();
  add_type_problem(key, *node, "true or false without quotes");
  return false;
}

std::optional<std::uint64_t> TableReader::number(std::string_view key, std::uint64_t least, std::uint64_t most) {
  const toml::node* const node = ask(key);
  if (node == nullptr) return std::nullopt;
  const auto* const value = node->as_integer();
  const bool fits = value != nullptr && value->get() >= 0 && static_cast<std::uint64_t>(value->get()) >= least &&
                    static_cast<std::uint64_t>(value->get()) <= most;
  if (fits) return static_cast<std::uint64_t>(value->get());
  const std::string wanted = fmt::format("a whole number from {} to {}, without quotes", least, most);
  if (value == nullptr) add_type_problem(key, *node, wanted);
  else add_problem(key, fmt::format("{} is out of bounds; write {}", value->get(), wanted));
  return std::nullopt;
}

const toml::table* TableReader::table(std::string_view key) {
  const toml::node* const node = ask(key);
  if (node == nullptr || node->is_table()) return node == nullptr ? nullptr : node->as_table();
  add_type_problem(key, *node, name_.empty() ? fmt::format("it as a table: [{}]", key) : fmt::format("it as a table: [{}.{}]", name_, key));
  return nullptr;
}

std::vector<const toml::table*> TableReader::tables(std::string_view key) {
  std::vector<const toml::table*> result;
  const toml::node* const node = ask(key);
  if (node == nullptr) return result;
  if (node->is_table()) return {node->as_table()};
  const toml::array* const list = node->as_array();
  const bool are_tables = list != nullptr && std::ranges::all_of(*list, [](const toml::node& one) { return one.is_table(); });
  if (!are_tables) add_type_problem(key, *node, fmt::format("it as a table: [[{}]]", key));
  else for (const toml::node& one : *list) result.push_back(one.as_table());
  return result;
}

std::vector<std::pair<std::string, PlacedText>> TableReader::entries() {
  std::vector<std::pair<std::string, PlacedText>> result;
  is_free_ = true;
  if (table_ == nullptr) return result;
  for (auto&& [key, node] : *table_) {
    if (auto text = text_of(key.str(), node)) result.emplace_back(key.str(), std::move(*text));
  }
  return result;
}

}  // namespace godwit::plan
