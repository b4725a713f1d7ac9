// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "sync/round.h"

namespace godwit::sync {
namespace {

struct Change {
  std::uint64_t RoundResult::* count;
  std::string_view text;  // with the number's place
};

constexpr std::array changes{
    Change{&RoundResult::copied, "{} copied"},
    Change{&RoundResult::matched, "{} found on the target"},
    Change{&RoundResult::flags_changed, "flags of {} changed"},
    Change{&RoundResult::vanished, "{} gone from their folders"},
    Change{&RoundResult::moved, "{} moved from folder to folder"},
    Change{&RoundResult::removed, "{} removed"},
    Change{&RoundResult::rights_changed, "rights given or taken: {}"},
    Change{&RoundResult::annotations_changed, "annotations changed: {}"},
    Change{&RoundResult::folders_made, "folders made: {}"},
    Change{&RoundResult::folders_renamed, "folders renamed: {}"},
    Change{&RoundResult::folders_removed, "folders removed: {}"},
};
// Sums besides these that are no changes.
constexpr std::array sums{&RoundResult::flags_refused, &RoundResult::kept,     &RoundResult::bytes,  &RoundResult::listed,
                          &RoundResult::proven,        &RoundResult::repaired, &RoundResult::altered};

}  // namespace

std::uint64_t changes_of(const RoundResult& result) {
  std::uint64_t count = 0;
  for (const Change& change : changes) count += result.*change.count;
  return count;
}

std::string describe_changes(const RoundResult& result) {
  std::string text;
  for (const Change& change : changes) {
    const std::uint64_t count = result.*change.count;
    if (count > 0) text += (text.empty() ? "" : ", ") + fmt::format(fmt::runtime(change.text), grouped(count));
  }
  return text;
}

RoundResult joined(const RoundResult& earlier, RoundResult later) {
  for (const Change& change : changes) later.*change.count += earlier.*change.count;
  for (const auto count : sums) later.*count += earlier.*count;
  return later;
}

}  // namespace godwit::sync
