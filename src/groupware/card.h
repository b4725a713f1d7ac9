// SPDX-License-Identifier: Apache-2.0
// Contacts: vCard 2.1 (versit, 1996), 3.0 (RFC 2426) and 4.0 (RFC 6350), read into one form that is none of theirs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "groupware/content_lines.h"

namespace godwit::groupware {

enum class CardVersion : std::uint8_t { v2_1, v3_0, v4_0 };
[[nodiscard]] std::string_view name_of(CardVersion version);  // "3.0"

// As version 3.0 escapes values and 4.0 calls parameters: TYPE in lower case, each value by itself; PREF=1 for TYPE=pref; ADR with LABEL; N
// with SORT-AS; KIND and MEMBER for groups. UTF-8. Without CHARSET, ENCODING, and VALUE where the property tells it.
struct CardProperty : Property {
  bool is_binary = false;  // then `value` is the bytes
  std::string media_type;  // of bytes: "image/jpeg"; empty: not told
};

struct Card {
  CardVersion version = CardVersion::v3_0;
  std::vector<CardProperty> properties;  // without VERSION
  [[nodiscard]] const CardProperty* property(std::string_view name) const;
};

// Of one card. Error of kind syntax: what is wrong, and in which line.
[[nodiscard]] Result<Card> read_card(std::string_view bytes);

// What people call it: FN, else made of N, ORG, EMAIL or TEL.
[[nodiscard]] std::string full_name_of(const Card& card);

// The card as it came where it has that version, else written anew in it: 3.0 or 4.0. What the other version has no form for: 3.0 knows
// only one degree of preference. Error as of read_card().
[[nodiscard]] Result<std::string> card_in_version(std::string_view bytes, CardVersion version);

// Written anew in any case.
[[nodiscard]] std::string written(const Card& card, CardVersion version);

}  // namespace godwit::groupware
