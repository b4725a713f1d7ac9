// SPDX-License-Identifier: Apache-2.0
// What an item of a calendar or an address book means, whatever its bytes look like: two that mean the same have the same digest.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/item_kind.h"
#include "base/sha256.h"

namespace godwit::groupware {

struct Meaning {
  ItemKind kind = ItemKind::event;
  std::string uid;      // empty: it has none
  std::string summary;  // for people: the title, the name
  Digest digest{};      // of `lines`
  std::vector<std::string> lines{};  // normalised properties, recurrence sets and times resolved, sorted: to be compared and shown
};

// One resource's bytes. Error syntax: says what is wrong and in which line.
[[nodiscard]] Result<Meaning> meaning_of(CollectionKind kind, std::string_view bytes);

struct Difference {
  std::string left, right;  // a line of each; empty: there is none on that side
};
// What two meanings do not share.
[[nodiscard]] std::vector<Difference> differences(const Meaning& left, const Meaning& right);

}  // namespace godwit::groupware
