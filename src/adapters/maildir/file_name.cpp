// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/file_name.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "base/text.h"

namespace godwit::adapters {
namespace {

constexpr std::array<std::pair<char, MessageFlags::System>, 5> system_letter_table{{
    {'D', MessageFlags::draft},
    {'F', MessageFlags::flagged},
    {'R', MessageFlags::answered},
    {'S', MessageFlags::seen},
    {'T', MessageFlags::deleted},
}};

std::uint64_t leading_number(std::string_view name) {
  return parse_number<std::uint64_t>(name.substr(0, name.find_first_not_of("0123456789"))).value_or(0);
}

}  // namespace

MaildirFileName parse_maildir_name(std::string_view name) {
  const std::size_t colon = name.find(':');
  const std::size_t end = colon != std::string_view::npos ? colon : name.rfind(";2,");
  if (end == std::string_view::npos) return {std::string(name), {}};
  const std::string_view info = name.substr(end + 1);
  return {std::string(name.substr(0, end)), std::string(info.starts_with("2,") ? info.substr(2) : std::string_view())};
}

std::string maildir_name(std::string_view base, std::string_view letters) {
  std::string sorted(letters);
  std::ranges::sort(sorted);
  sorted.erase(std::ranges::unique(sorted).begin(), sorted.end());
  return std::string(base) + ":2," + sorted;
}

std::uint64_t wire_size_in(std::string_view base) {
  const std::size_t field = base.find(",W=");
  if (field == std::string_view::npos) return 0;
  const std::string_view value = base.substr(field + 3);
  return parse_number<std::uint64_t>(value.substr(0, value.find(','))).value_or(0);
}

bool is_delivered_before(std::string_view left, std::string_view right) {
  return std::tuple(leading_number(left), left) < std::tuple(leading_number(right), right);
}

void add_system_flags(std::string_view letters, MessageFlags& flags) {
  for (const auto& [letter, bit] : system_letter_table) {
    if (letters.find(letter) != std::string_view::npos) flags.system = static_cast<std::uint8_t>(flags.system | bit);
  }
  if (letters.find('P') != std::string_view::npos) flags.add("$Forwarded");
}

std::string system_letters(const MessageFlags& flags) {
  std::string letters;
  for (const auto& [letter, bit] : system_letter_table) {
    if ((flags.system & bit) != 0) letters += letter;
  }
  return letters;
}

}  // namespace godwit::adapters
