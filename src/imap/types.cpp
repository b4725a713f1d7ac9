// SPDX-License-Identifier: Apache-2.0
#include "imap/types.h"

#include <algorithm>

#include "base/text.h"
#include "imap/utf7.h"

namespace godwit::imap {

void Capabilities::add(std::string_view name) {
  if (!name.empty()) names_.insert(to_upper(name));
}

void Capabilities::remove(std::string_view name) { names_.erase(to_upper(name)); }

bool Capabilities::has(std::string_view name) const { return names_.contains(to_upper(name)); }

std::optional<std::string> Capabilities::value(std::string_view name) const {
  const std::string prefix = to_upper(name) + "=";
  const auto found = names_.lower_bound(prefix);
  if (found == names_.end() || !found->starts_with(prefix)) return std::nullopt;
  return found->substr(prefix.size());
}

std::uint64_t count_of(const std::vector<UidRange>& ranges) {
  std::uint64_t total = 0;
  for (const UidRange& range : ranges) total += range.size();
  return total;
}

std::uint64_t APPENDUID::count() const { return count_of(uids); }

std::optional<Uid> COPYUID::destination_of(Uid uid) const {
  std::uint64_t place = 0;
  for (const UidRange& range : from) {
    if (uid >= range.first && uid <= range.last) {
      place += uid - range.first;
      for (const UidRange& target : to) {
        if (place < target.size()) return static_cast<Uid>(target.first + place);
        place -= target.size();
      }
    }
    place += range.size();
  }
  return std::nullopt;
}

bool ListData::has_attribute(std::string_view name) const {
  return std::ranges::any_of(attributes, [&](const std::string& a) { return equals_ignoring_case(a, name); });
}

std::string ListData::address() const { return is_undecodable ? raw_name_mark + mailbox : mailbox; }

}  // namespace godwit::imap
