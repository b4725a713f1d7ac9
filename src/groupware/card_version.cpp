// SPDX-License-Identifier: Apache-2.0
// Cards written in version 3.0 (RFC 2426) or 4.0 (RFC 6350).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "groupware/card.h"
#include "groupware/card_date.h"

namespace godwit::groupware {
namespace {

using namespace std::string_view_literals;

constexpr std::array types_of_30{"internet"sv, "intl"sv, "postal"sv, "parcel"sv};  // defaults there; 4.0 does not know them

bool is_picture(std::string_view name) { return name == "PHOTO" || name == "LOGO" || name == "SOUND" || name == "KEY"; }

// "JPEG" of "image/jpeg", as 3.0 writes it.
std::string type_of(std::string_view media_type) {
  if (media_type == "application/pkix-cert") return "X509";
  if (media_type == "application/pgp-keys") return "PGP";
  const std::size_t slash = media_type.find('/');
  return to_upper(slash == std::string_view::npos ? media_type : media_type.substr(slash + 1));
}

class CardWriter {
 public:
  CardWriter(const Card& card, CardVersion version) : card_(card), is_4_(version == CardVersion::v4_0) {}

  std::string write() {
    text_ = fmt::format("BEGIN:VCARD\r\nVERSION:{}\r\n", is_4_ ? "4.0" : "3.0");
    if (const CardProperty* const name = card_.property("FN"); name == nullptr || name->value.empty()) {
      put("FN", escaped(full_name_of(card_)));
    }
    if (!is_4_ && card_.property("N") == nullptr) put("N", ";;;;");
    is_group_ = card_.property("KIND") != nullptr && equals_ignoring_case(card_.property("KIND")->value, "group");
    for (const CardProperty& property : card_.properties) {
      if (property.name != "FN" || !property.value.empty()) add(property);
    }
    return text_ + "END:VCARD\r\n";
  }

 private:
  void put(std::string name, std::string value) {
    Property property;
    property.name = std::move(name);
    property.value = std::move(value);
    text_ += written(property, is_4_);
  }

  void add(const CardProperty& property) {
    Property out = property;
    if (is_picture(property.name)) set_picture(property, out);
    if (is_4_) {
      set_types_of_4(out);
    } else {
      set_types_of_3(out);
    }
    if (is_date_property(property.name)) set_date(out);
    set_name(out);
    text_ += written(out, is_4_);
  }

  void set_picture(const CardProperty& property, Property& out) const {
    if (!property.is_binary) {
      if (!is_4_) out.set_parameter("VALUE", "uri");
      return;
    }
    if (is_4_) {
      out.value = fmt::format("data:{};base64,{}", property.media_type, to_base64(property.value));
      return;
    }
    out.value = to_base64(property.value);
    out.set_parameter("ENCODING", "b");
    if (!property.media_type.empty()) out.set_parameter("TYPE", type_of(property.media_type));
  }

  static void set_types_of_4(Property& out) {
    const auto type = std::ranges::find(out.parameters, "TYPE", &Parameter::name);
    if (type == out.parameters.end() || (out.name != "EMAIL" && out.name != "ADR")) return;
    std::erase_if(type->values, [](const std::string& value) { return std::ranges::find(types_of_30, value) != types_of_30.end(); });
    if (type->values.empty()) out.remove_parameter("TYPE");
  }

  void set_types_of_3(Property& out) {
    if (out.parameter("PREF") != nullptr) {
      const bool is_preferred = is_most_preferred(out);
      out.remove_parameter("PREF");
      if (is_preferred) add_type(out, "pref");
    }
    if (out.name == "ADR") add_label(out);
    if (out.parameter("SORT-AS") != nullptr && out.name == "N") {
      put("SORT-STRING", escaped(out.parameter_value("SORT-AS")));
      out.remove_parameter("SORT-AS");
    }
    if (out.name == "GEO" && out.value.starts_with("geo:")) std::ranges::replace(out.value.erase(0, 4), ',', ';');
  }

  static void add_type(Property& out, std::string_view type) {
    const auto found = std::ranges::find(out.parameters, "TYPE", &Parameter::name);
    if (found == out.parameters.end()) {
      out.set_parameter("TYPE", std::string(type));
    } else {
      found->values.emplace_back(type);
    }
  }

  [[nodiscard]] bool is_most_preferred(const Property& one) const {
    const auto degree = [](const Property& property) { return parse_number<unsigned>(property.parameter_value("PREF")).value_or(101); };
    return std::ranges::none_of(card_.properties,
                                [&](const CardProperty& other) { return other.name == one.name && degree(other) < degree(one); });
  }

  void add_label(Property& out) {
    if (out.parameter("LABEL") == nullptr) return;
    Property label;
    label.name = "LABEL";
    label.value = escaped(out.parameter_value("LABEL"));
    if (const Parameter* const type = out.parameter("TYPE")) label.parameters.push_back(*type);
    text_ += written(label, is_4_);
    out.remove_parameter("LABEL");
  }

  void set_date(Property& out) const {
    const auto date = parse_card_date(out.value);
    if (!date || out.parameter("VALUE") != nullptr) return;
    if (is_4_) {
      out.value = date->basic();
    } else if (date->has_no_year()) {
      out.value = date->with_year("1604");
      out.set_parameter("X-APPLE-OMIT-YEAR", "1604");
    } else {
      out.value = date->extended();
    }
  }

  void set_name(Property& out) const {
    if (is_4_) {
      if (out.name == "AGENT") out.name = "X-AGENT";
      return;
    }
    if (is_group_ && (out.name == "KIND" || out.name == "MEMBER")) out.name = "X-ADDRESSBOOKSERVER-" + out.name;
  }

  const Card& card_;
  bool is_4_;
  bool is_group_ = false;
  std::string text_;
};

}  // namespace

std::string written(const Card& card, CardVersion version) { return CardWriter(card, version).write(); }

Result<std::string> card_in_version(std::string_view bytes, CardVersion version) {
  GODWIT_TRY(const Card card, read_card(bytes));
  if (card.version == version) return std::string(bytes);
  return written(card, version);
}

}  // namespace godwit::groupware
