// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <span>

#include "base/text.h"
#include "groupware/card.h"
#include "groupware/card_date.h"
#include "groupware/meaning_lines.h"

namespace godwit::groupware {
namespace {

using namespace std::string_view_literals;

// What servers set or add themselves; the page calendars-and-contacts.md says why.
constexpr std::array left_out{
    "UID"sv, "PRODID"sv, "REV"sv, "FN"sv, "X-ABLABEL"sv, "X-ABADR"sv, "X-RADICALE-NAME"sv, "X-ADDRESSBOOKSERVER-PHOTO-ETAG"sv};
constexpr std::array left_out_parameters{"TYPE"sv, "PREF"sv, "PID"sv, "X-ADDRESSBOOKSERVER-REF"sv};
constexpr std::array structured{"N"sv, "ADR"sv, "ORG"sv, "GENDER"sv};
constexpr std::array lists{"CATEGORIES"sv, "NICKNAME"sv};
constexpr std::array defaults{"KIND: individual"sv, "CLASS: PUBLIC"sv, "TEL voice"sv, "EMAIL internet"sv,
                              "ADR intl"sv,         "ADR postal"sv,    "ADR parcel"sv};

bool is_among(std::span<const std::string_view> all, std::string_view one) { return std::ranges::find(all, one) != all.end(); }

// Parts and the values in them, without empty ones at the end.
std::string structure_text(std::string_view value) {
  std::vector<std::string> parts = split_value(value, ';');
  for (std::string& part : parts) {
    std::vector<std::string> values = split_value(part, ',');
    for (std::string& each : values) each = escaped(unescaped(each));
    part = fmt::format("{}", fmt::join(values, ","));
  }
  while (!parts.empty() && parts.back().empty()) parts.pop_back();
  return fmt::format("{}", fmt::join(parts, ";"));
}

// In millionths of a degree.
std::string place_text(std::string_view value) {
  const std::size_t comma = value.find(',');
  if (!value.starts_with("geo:") || comma == std::string_view::npos) return std::string(value);
  const auto degrees = [](std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? fmt::format("{:.6f}", number) : std::string(text);
  };
  return fmt::format("geo:{},{}", degrees(value.substr(4, comma - 4)), degrees(value.substr(comma + 1)));
}

class CardLines {
 public:
  explicit CardLines(const Card& card) : card_(card) {
    for (const CardProperty& property : card.properties) {
      if (!property.group.empty() && (property.name == "X-ABLABEL" || property.name == "X-ABADR")) {
        labels_[property.group].push_back(fmt::format("{}={}", property.name, unescaped(property.value)));
      }
    }
  }

  std::vector<std::string> make() {
    if (std::string name = full_name_of(card_); !name.empty()) lines_.push_back(line_of("FN", {}, name));
    for (const CardProperty& property : card_.properties) {
      if (!is_among(left_out, property.name)) add(property);
    }
    return std::move(lines_);
  }

 private:
  void add(const CardProperty& property) {
    if (is_among(lists, property.name)) {
      for (const std::string& value : split_value(property.value, ',')) add_line(property, unescaped(value));
    } else {
      add_line(property, value_of(property));
    }
  }

  static std::string value_of(const CardProperty& property) {
    if (property.is_binary) return digest_text(property.value) + (property.media_type.empty() ? "" : " " + property.media_type);
    if (is_among(structured, property.name)) return structure_text(property.value);
    if (property.name == "GEO") return place_text(unescaped(property.value));
    if (property.name == "KIND") return to_lower(property.value);
    if (is_date_property(property.name)) {
      if (const auto date = parse_card_date(property.value)) return date->basic();
    }
    return unescaped(property.value);
  }

  void add_line(const CardProperty& property, const std::string& value) {
    std::vector<std::string> parameters = parameters_of(property);
    if (value.empty() && property.parameter("LABEL") == nullptr) return;  // it says nothing
    std::string line = line_of(property.name, std::move(parameters), value);
    if (!is_among(defaults, line)) lines_.push_back(std::move(line));
  }

  [[nodiscard]] std::vector<std::string> parameters_of(const CardProperty& property) const {
    std::vector<std::string> texts;
    for (const Parameter& parameter : property.parameters) {
      if (is_among(left_out_parameters, parameter.name)) continue;
      std::vector<std::string> values = parameter.values;
      std::ranges::sort(values);
      texts.push_back(fmt::format("{}={}", parameter.name, fmt::join(values, ",")));
    }
    if (const Parameter* const type = property.parameter("TYPE")) {
      for (const std::string& each : type->values) {
        if (!is_among(defaults, property.name + ' ' + each)) texts.push_back(each);
      }
    }
    if (is_preferred(property)) texts.emplace_back("preferred");
    if (const auto labels = labels_.find(property.group); labels != labels_.end()) {
      std::ranges::copy(labels->second, std::back_inserter(texts));
    }
    return texts;
  }

  // The first choice among those of its name: 3.0 knows no second one.
  [[nodiscard]] bool is_preferred(const CardProperty& property) const {
    const auto degree = [](const CardProperty& each) { return parse_number<unsigned>(each.parameter_value("PREF")).value_or(101); };
    return property.parameter("PREF") != nullptr && std::ranges::none_of(card_.properties, [&](const CardProperty& other) {
             return other.name == property.name && degree(other) < degree(property);
           });
  }

  const Card& card_;
  std::map<std::string, std::vector<std::string>> labels_;  // by group
  std::vector<std::string> lines_;
};

}  // namespace

Result<Meaning> card_meaning(std::string_view bytes) {
  GODWIT_TRY(const Card card, read_card(bytes));
  Meaning meaning;
  meaning.kind = ItemKind::contact;
  if (const CardProperty* const uid = card.property("UID")) meaning.uid = uid->value;
  meaning.summary = full_name_of(card);
  meaning.lines = CardLines(card).make();
  finish(meaning);
  return meaning;
}

}  // namespace godwit::groupware
