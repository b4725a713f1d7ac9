// SPDX-License-Identifier: Apache-2.0
#include "pst_helper/item_text.h"

#include <array>

namespace godwit::pst {

std::string text_of(pst_item& item, pst_string& text) {
  pst_convert_utf8_null(&item, &text);
  return text.str == nullptr ? std::string() : std::string(text.str);
}

std::optional<Body> body_of(pst_item& item, const pst_string& text) {
  if (text.str == nullptr || *text.str == '\0') return std::nullopt;
  if (text.is_utf8 != 0) return Body{text.str, "utf-8"};
  std::array<char, 60> charset{};
  return Body{text.str, pst_default_charset(&item, charset.size(), charset.data())};
}

std::optional<std::int64_t> seconds_of(const FILETIME* time) {
  if (time == nullptr) return std::nullopt;
  const auto ticks = static_cast<std::int64_t>(std::uint64_t{time->dwHighDateTime} << 32U | time->dwLowDateTime);
  if (ticks <= 0) return std::nullopt;
  return ticks / 10'000'000 - 11'644'473'600;  // from 1601 on
}

std::int64_t arrival_of(const pst_item& item) {
  for (const FILETIME* const time : {item.email != nullptr ? item.email->arrival_date : nullptr,
                                     item.email != nullptr ? item.email->sent_date : nullptr, item.create_date}) {
    if (const auto seconds = seconds_of(time)) return *seconds;
  }
  return 0;
}

}  // namespace godwit::pst
