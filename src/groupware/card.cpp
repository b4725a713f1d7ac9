// SPDX-License-Identifier: Apache-2.0
#include "groupware/card.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>

#include "base/charset.h"
#include "base/percent_decoding.h"
#include "base/text.h"
#include "base/utf8.h"
#include "groupware/meaning_lines.h"

namespace godwit::groupware {
namespace {

using namespace std::string_view_literals;

constexpr std::array pictures{"PHOTO"sv, "LOGO"sv, "SOUND"sv, "KEY"sv};
constexpr std::array structured{"N"sv, "ADR"sv, "ORG"sv, "GEO"sv};
constexpr std::array lists{"CATEGORIES"sv, "NICKNAME"sv};
constexpr std::array dates{"BDAY"sv, "ANNIVERSARY"sv, "DEATHDATE"sv, "REV"sv};
constexpr std::array links{"URL"sv, "IMPP"sv, "MEMBER"sv, "RELATED"sv, "SOURCE"sv, "FBURL"sv, "CALURI"sv, "CALADRURI"sv, "UID"sv};
constexpr std::array encodings{"QUOTED-PRINTABLE"sv, "BASE64"sv, "B"sv, "8BIT"sv, "7BIT"sv};
constexpr std::array locations{"INLINE"sv, "URL"sv, "CONTENT-ID"sv, "CID"sv};

bool is_among(std::span<const std::string_view> all, std::string_view one) { return std::ranges::find(all, one) != all.end(); }

int hex_digit(char c) {
  const auto found = "0123456789abcdef"sv.find(ascii_lower(c));
  return found == std::string_view::npos ? -1 : static_cast<int>(found);
}

// RFC 2045 section 6.7; what is no escape stays.
std::string bytes_of_quoted_printable(std::string_view value) {
  std::string bytes;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const int high = value[i] == '=' && i + 2 < value.size() ? hex_digit(value[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(value[i + 2]) : -1;
    if (low < 0) {
      bytes += value[i];
    } else {
      bytes += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return bytes;
}

// In version 2.1 only ";" is escaped, and some escape ",".
std::string text_of_21(std::string_view value) {
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size() && (value[i + 1] == ';' || value[i + 1] == ',')) ++i;
    text += value[i];
  }
  return text;
}

std::string value_of_21(std::string_view name, std::string_view value) {
  if (is_among(lists, name)) return std::string(value);
  if (!is_among(structured, name)) return escaped(text_of_21(value));
  std::vector<std::string> parts = split_value(value, ';');
  for (std::string& part : parts) part = escaped(text_of_21(part));
  return fmt::format("{}", fmt::join(parts, ";"));
}

// Parameters with names of their own: a value alone is what its word says (vCard 2.1 section 2.1.2).
void name_parameters(CardProperty& property) {
  std::vector<Parameter> named;
  std::vector<std::string> types;
  for (Parameter& parameter : property.parameters) {
    const std::string word = parameter.name.empty() ? to_upper(parameter.values.front()) : std::string();
    if (is_among(encodings, word)) {
      named.push_back({"ENCODING", {word}});
    } else if (is_among(locations, word)) {
      named.push_back({"VALUE", {word}});
    } else if (parameter.name.empty() || parameter.name == "TYPE") {
      for (const std::string& value : parameter.values) {
        for (const std::string& type : split_value(value, ',')) types.push_back(to_lower(type));
      }
    } else {
      named.push_back(std::move(parameter));
    }
  }
  if (std::erase(types, "pref") > 0) named.push_back({"PREF", {"1"}});
  std::erase(types, "");
  std::ranges::sort(types);
  types.erase(std::ranges::unique(types).begin(), types.end());
  if (!types.empty()) named.push_back({"TYPE", std::move(types)});
  property.parameters = std::move(named);
}

std::string media_type_of(std::string_view name, std::string_view type) {
  if (type.empty() || type.contains('/')) return std::string(type);
  if (name == "KEY") return type == "x509" ? "application/pkix-cert" : type == "pgp" ? "application/pgp-keys" : std::string(type);
  return (name == "SOUND" ? "audio/" : "image/") + std::string(type);
}

void take_media_type(CardProperty& property) {
  property.media_type = media_type_of(property.name, property.parameter_value("TYPE"));
  if (property.media_type.empty()) property.media_type = to_lower(property.parameter_value("MEDIATYPE"));
  property.remove_parameter("TYPE");
  property.remove_parameter("MEDIATYPE");
  property.is_binary = true;
}

Result<> decode_base64(CardProperty& property) {
  auto bytes = bytes_of_base64(property.value);
  if (!bytes) return line_error(property.line, fmt::format("{} is not base64", property.name));
  property.value = std::move(*bytes);
  take_media_type(property);
  return {};
}

// "data:image/jpeg;base64,…" (RFC 2397).
Result<> decode_data(CardProperty& property) {
  const std::size_t comma = property.value.find(',');
  const std::string_view value = property.value;
  if (!starts_with_ignoring_case(value, "data:") || comma == std::string::npos) return {};
  const std::string_view head = value.substr(5, comma - 5);
  std::string media_type = to_lower(head.substr(0, head.find(';')));
  auto bytes = to_lower(head).ends_with(";base64") ? bytes_of_base64(value.substr(comma + 1))
                                                   : percent_decoded(value.substr(comma + 1), Plus::itself);
  if (!bytes) return line_error(property.line, fmt::format("{} is a data: URI that cannot be decoded", property.name));
  property.value = std::move(*bytes);
  take_media_type(property);
  if (!media_type.empty()) property.media_type = std::move(media_type);
  return {};
}

Result<> decode_charset(CardProperty& property) {
  const std::string charset(property.parameter_value("CHARSET"));
  if (!charset.empty() && !is_charset(charset)) {
    return line_error(property.line, fmt::format("{} has the charset {}, which is not known", property.name, printable(charset)));
  }
  if (!charset.empty() && !equals_ignoring_case(charset, "UTF-8")) property.value = to_utf8(property.value, charset);
  if (!is_utf8(property.value)) {
    return line_error(property.line, fmt::format("{} is not UTF-8 and has no CHARSET that says what it is", property.name));
  }
  return {};
}

// What the bytes are, and then what they say.
Result<> decode(CardProperty& property, CardVersion version) {
  const std::string encoding = to_upper(property.parameter_value("ENCODING"));
  if (encoding == "BASE64" || encoding == "B") {
    GODWIT_CHECK(decode_base64(property));
  } else {
    if (encoding == "QUOTED-PRINTABLE") property.value = bytes_of_quoted_printable(property.value);
    GODWIT_CHECK(decode_charset(property));
    if (version == CardVersion::v2_1) property.value = value_of_21(property.name, property.value);
    if (is_among(pictures, property.name)) GODWIT_CHECK(decode_data(property));
  }
  property.remove_parameter("ENCODING");
  property.remove_parameter("CHARSET");
  return {};
}

void drop_default_value_type(CardProperty& property) {
  const std::string type = to_lower(property.parameter_value("VALUE"));
  const bool is_link = type == "uri" || type == "url";
  const bool is_default = type == "inline" || type == "binary" ||
                          (type == "text" && property.name != "RELATED" && !is_among(dates, property.name)) ||
                          (is_link && (is_among(links, property.name) || is_among(pictures, property.name))) ||
                          (type.starts_with("date") && is_among(dates, property.name));
  if (is_default) property.remove_parameter("VALUE");
}

// The same number by another name: a URI without parameters of its own.
void simplify_telephone(CardProperty& property) {
  if (property.name != "TEL" || !equals_ignoring_case(property.parameter_value("VALUE"), "uri")) return;
  if (!starts_with_ignoring_case(property.value, "tel:") || property.value.contains(';')) return;
  property.value.erase(0, 4);
  property.remove_parameter("VALUE");
}

// "37.386013;-122.082932" in the versions before 4.0.
void turn_place_into_uri(CardProperty& property) {
  if (property.name != "GEO" || property.value.starts_with("geo:")) return;
  const std::vector<std::string> parts = split_value(property.value, ';');
  if (parts.size() == 2) property.value = fmt::format("geo:{},{}", parts[0], parts[1]);
}

// Apple's form of a birthday without a year.
void drop_omitted_year(CardProperty& property) {
  const std::string year(property.parameter_value("X-APPLE-OMIT-YEAR"));
  if (year.empty() || !property.value.starts_with(year + '-')) return;
  property.value = "--" + property.value.substr(year.size() + 1);
  property.remove_parameter("X-APPLE-OMIT-YEAR");
}

void rename(CardProperty& property) {
  constexpr std::array names{std::pair("X-ADDRESSBOOKSERVER-KIND"sv, "KIND"sv), std::pair("X-ADDRESSBOOKSERVER-MEMBER"sv, "MEMBER"sv),
                             std::pair("X-AGENT"sv, "AGENT"sv)};
  for (const auto& [from, to] : names) {
    if (property.name == from) property.name = to;
  }
}

// LABEL is a property of its own before 4.0, for the ADR with the same types.
void attach_labels(Card& card) {
  for (CardProperty& label : card.properties) {
    if (label.name != "LABEL") continue;
    const auto same_type = [&](const CardProperty& other) {
      const Parameter* const own = label.parameter("TYPE");
      const Parameter* const its = other.parameter("TYPE");
      return other.name == "ADR" && other.parameter("LABEL") == nullptr &&
             (own == nullptr ? its == nullptr : its != nullptr && own->values == its->values);
    };
    const auto found = std::ranges::find_if(card.properties, same_type);
    if (found == card.properties.end()) {
      label.set_parameter("LABEL", unescaped(label.value));
      label.name = "ADR";
      label.value = ";;;;;;";
    } else {
      found->set_parameter("LABEL", unescaped(label.value));
      label.name.clear();
    }
  }
  std::erase_if(card.properties, [](const CardProperty& each) { return each.name.empty(); });
}

void attach_sort_string(Card& card) {
  const CardProperty* const sort = card.property("SORT-STRING");
  const auto name = std::ranges::find(card.properties, "N", &CardProperty::name);
  if (sort == nullptr || name == card.properties.end()) return;
  name->set_parameter("SORT-AS", unescaped(sort->value));
  std::erase_if(card.properties, [](const CardProperty& each) { return each.name == "SORT-STRING"; });
}

Result<CardVersion> version_of(const Component& component) {
  const Property* const told = component.property("VERSION");
  if (told == nullptr) return line_error(component.line, "the card has no VERSION: write VERSION:3.0 behind BEGIN:VCARD if it is that");
  std::string_view value = told->value;
  while (value.ends_with(' ')) value.remove_suffix(1);
  for (const CardVersion version : {CardVersion::v2_1, CardVersion::v3_0, CardVersion::v4_0}) {
    if (value == name_of(version)) return version;
  }
  return line_error(told->line, fmt::format("VERSION:{} of vCard is not known: 2.1, 3.0 and 4.0 are", printable(value.substr(0, 20))));
}

Result<Card> card_of(const Component& component) {
  GODWIT_TRY(const CardVersion version, version_of(component));
  Card card{version, {}};
  for (const Property& property : component.properties) {
    if (property.name == "VERSION" || (property.name == "PROFILE" && equals_ignoring_case(property.value, "VCARD"))) continue;
    CardProperty own{property, false, {}};
    name_parameters(own);
    GODWIT_CHECK(decode(own, version));
    drop_default_value_type(own);
    simplify_telephone(own);
    turn_place_into_uri(own);
    drop_omitted_year(own);
    rename(own);
    card.properties.push_back(std::move(own));
  }
  for (const Component& agent : component.components) {  // vCard 2.1 puts the other card inside
    CardProperty own;
    own.name = "AGENT";
    own.line = agent.line;
    own.value = escaped(written(agent));
    std::erase_if(card.properties, [](const CardProperty& each) { return each.name == "AGENT" && each.value.empty(); });
    card.properties.push_back(std::move(own));
  }
  attach_labels(card);
  attach_sort_string(card);
  return card;
}

std::string joined_name(std::string_view value) {
  std::vector<std::string> parts = split_value(value, ';');
  parts.resize(5);
  std::string name;
  for (const std::size_t part : {3U, 1U, 2U, 0U, 4U}) {  // prefixes, given, additional, family, suffixes
    for (const std::string& word : split_value(parts[part], ',')) {
      if (!word.empty()) name += (name.empty() ? "" : " ") + unescaped(word);
    }
  }
  return name;
}

}  // namespace

std::string_view name_of(CardVersion version) {
  return version == CardVersion::v2_1 ? "2.1" : version == CardVersion::v3_0 ? "3.0" : "4.0";
}

const CardProperty* Card::property(std::string_view name) const {
  const auto found = std::ranges::find(properties, name, &CardProperty::name);
  return found == properties.end() ? nullptr : &*found;
}

Result<Card> read_card(std::string_view bytes) {
  GODWIT_TRY(const std::vector<Component> all, read_components(bytes, Syntax::card));
  if (all.empty()) return line_error(1, "there is no VCARD: the item is empty");
  if (all.front().name != "VCARD") {
    return line_error(all.front().line, fmt::format("BEGIN:{} where BEGIN:VCARD has to be", all.front().name));
  }
  if (all.size() > 1) return line_error(all[1].line, "there is a second VCARD: one resource holds one card");
  return card_of(all.front());
}

std::string full_name_of(const Card& card) {
  if (const CardProperty* const name = card.property("FN"); name != nullptr && !name->value.empty()) return unescaped(name->value);
  if (const CardProperty* const name = card.property("N")) {
    if (std::string joined = joined_name(name->value); !joined.empty()) return joined;
  }
  for (const std::string_view other : {"ORG"sv, "NICKNAME"sv, "EMAIL"sv, "TEL"sv}) {
    const CardProperty* const found = card.property(other);
    if (found != nullptr && !found->value.empty()) return unescaped(split_value(found->value, other == "ORG" ? ';' : '\n').front());
  }
  return {};
}

}  // namespace godwit::groupware
