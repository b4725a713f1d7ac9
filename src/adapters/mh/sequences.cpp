// SPDX-License-Identifier: Apache-2.0
#include "adapters/mh/sequences.h"

#include <algorithm>

#include "base/text.h"

namespace godwit::adapters {
namespace {

void add_numbers(std::string_view text, UidSet& numbers) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \t\r"), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t dash = word.find('-');
    const auto first = parse_number<Uid>(word.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_number<Uid>(word.substr(dash + 1));
    if (first && last && *first > 0 && *first <= *last && *last < ~Uid{0}) numbers.add(UidRange{*first, *last});
  }
}

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace

std::map<std::string, UidSet> parse_mh_sequences(std::string_view text) {
  std::map<std::string, UidSet> sequences;
  UidSet* current = nullptr;
  while (!text.empty()) {
    const std::size_t newline = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, newline);
    text.remove_prefix(std::min(newline + 1, text.size()));
    const bool continues = line.starts_with(' ') || line.starts_with('\t');
    const std::size_t colon = line.find(':');
    if (!continues) {
      current =
          colon != std::string_view::npos && is_name(line.substr(0, colon)) ? &sequences[std::string(line.substr(0, colon))] : nullptr;
    }
    if (current != nullptr) add_numbers(continues ? line : line.substr(colon + 1), *current);
  }
  return sequences;
}

MessageFlags mh_flags(Uid number, const std::map<std::string, UidSet>& sequences) {
  MessageFlags flags;
  flags.add("\\Seen");
  for (const auto& [name, numbers] : sequences) {
    if (name == "cur" || !numbers.contains(number)) continue;
    if (name == "unseen") flags.system = static_cast<std::uint8_t>(flags.system & ~MessageFlags::seen);
    else if (name == "replied") flags.add("\\Answered");
    else if (name == "flagged") flags.add("\\Flagged");
    else flags.add(name);
  }
  return flags;
}

}  // namespace godwit::adapters
