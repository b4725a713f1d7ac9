// SPDX-License-Identifier: Apache-2.0
// Calendars and contacts: what has a meaning keeps it when it is written by us, freed of scheduling, or turned into another version; and
// each item of a file can be given, or has a fault.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "groupware/card.h"
#include "groupware/content_lines.h"
#include "groupware/item_file.h"
#include "groupware/meaning.h"
#include "groupware/scheduling.h"

namespace {

using namespace godwit;
using namespace godwit::groupware;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_same(CollectionKind kind, const std::string& form, const Meaning& meaning) {
  const auto again = meaning_of(kind, form);
  require(again && again->lines == meaning.lines && again->digest == meaning.digest && differences(*again, meaning).empty());
}

void check_item(CollectionKind kind, std::string_view bytes) {
  const auto meaning = meaning_of(kind, bytes);
  if (!meaning) {
    require(!meaning.error().where.empty() && meaning.error().kind == ErrorKind::syntax);
    return;
  }
  if (kind == CollectionKind::calendar) {
    check_same(kind, written(read_components(bytes, Syntax::calendar)->front()), *meaning);
    const auto quiet = without_scheduling(bytes);
    require(quiet.has_value());
    check_same(kind, *quiet, *meaning);
    require(*without_scheduling(*quiet) == *quiet);
    return;
  }
  const auto card = read_card(bytes);
  for (const CardVersion version : {CardVersion::v3_0, CardVersion::v4_0}) require(meaning_of(kind, written(*card, version)).has_value());
}

void check_file(CollectionKind kind, std::string_view bytes) {
  const ReadAt read_at = [&](std::uint64_t offset, std::span<char> room) -> Result<std::size_t> {
    const std::string_view rest = bytes.substr(std::min<std::size_t>(offset, bytes.size()));
    const std::size_t count = std::min(rest.size(), room.size());
    std::memcpy(room.data(), rest.data(), count);
    return count;
  };
  const auto index = index_items(kind, read_at);
  require(index.has_value());
  for (const FileItem& item : index->items) {
    const auto resource = bytes_of(*index, item, read_at);
    require(resource.has_value() == item.fault.empty());
    if (resource) check_item(kind, *resource);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const CollectionKind kind = data[0] % 2 == 0 ? CollectionKind::calendar : CollectionKind::address_book;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_item(kind, bytes);
  check_file(kind, bytes);
  return 0;
}
