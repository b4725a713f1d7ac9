// SPDX-License-Identifier: Apache-2.0
// UidSet: what parses is sorted, disjoint and not adjacent, survives its own text form, and splits without loss.
#include <cstdint>
#include <cstdlib>

#include "base/uid_set.h"
#include "imap/parser.h"
#include "imap/writer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace godwit;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(imap::parse_append_uid(text));
  const auto set = UidSet::parse(text);
  if (!set) return 0;
  for (std::size_t i = 0; i < set->ranges().size(); ++i) {
    const UidRange& range = set->ranges()[i];
    if (range.first == 0 || range.last < range.first) std::abort();
    if (i > 0 && std::uint64_t{set->ranges()[i - 1].last} + 1 >= range.first) std::abort();
    if (!set->contains(range.first) || !set->contains(range.last)) std::abort();
  }
  if (UidSet::parse(set->to_string()) != *set) std::abort();
  UidSet together;
  for (const std::string& part : imap::split_sequence_set(*set, 24)) {
    for (const UidRange& range : UidSet::parse(part).value().ranges()) together.add(range);
  }
  if (together != *set) std::abort();
  UidSet rest = *set;
  const UidSet taken = rest.take_first(size);
  if (taken.size() + rest.size() != set->size()) std::abort();
  return 0;
}
