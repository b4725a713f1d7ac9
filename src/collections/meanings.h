// SPDX-License-Identifier: Apache-2.0
// What the items of collections mean. For calendars and address books somebody else says it; a filter means what its lines say.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "endpoint/collections.h"
#include "groupware/meaning.h"

namespace godwit::collections {

struct Meanings {
  std::function<Result<groupware::Meaning>(CollectionKind, std::string_view bytes)> meaning_of;
  std::function<std::vector<groupware::Difference>(const groupware::Meaning&, const groupware::Meaning&)> differences;
};

// Of one item as it was read.
[[nodiscard]] Result<groupware::Meaning> read_meaning(const Meanings& meanings, CollectionKind kind,
                                                      const endpoint::ResourceContent& content);

// "DTSTART 2024-01-01 instead of 2024-01-02; LOCATION Berlin is missing": what `there` has of `wanted`, the first few of it.
[[nodiscard]] std::string describe_differences(const Meanings& meanings, const groupware::Meaning& wanted, const groupware::Meaning& there);

}  // namespace godwit::collections
