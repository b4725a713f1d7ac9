// SPDX-License-Identifier: Apache-2.0
#include "report/manifest_sequence.h"

#include <fmt/format.h>

#include <utility>

#include "base/error_code.h"

namespace godwit::report {

Result<ManifestHeader> ManifestSequence::begin(std::string_view line) {
  lines_ = 1;
  auto parsed = parse_manifest_line(line);
  if (!parsed) return std::unexpected(std::move(parsed).error().at("line 1"));
  auto* const header = std::get_if<ManifestHeader>(&*parsed);
  if (header == nullptr) return std::unexpected(make_error(codes::manifest_damaged, "the header is missing", {}, "line 1"));
  promised_ = header->counts;
  return std::move(*header);
}

Result<std::optional<ManifestItem>> ManifestSequence::next(std::string_view line) {
  ++lines_;
  auto parsed = parse_manifest_line(line);
  auto item = parsed ? take(*std::move(parsed)) : std::unexpected(std::move(parsed).error());
  if (!item) return std::unexpected(std::move(item).error().at(fmt::format("line {}", lines_)));
  return item;
}

Result<std::optional<ManifestItem>> ManifestSequence::take(ManifestLine line) {
  if (auto* const numbered = std::get_if<NumberedItem>(&line)) {
    counted_.add(numbered->item);
    if (numbered->number == counted_.items) return std::move(numbered->item);
    return fail(codes::manifest_damaged, fmt::format("item {} stands where item {} belongs: lines are missing, doubled or swapped",
                                                     numbered->number, counted_.items));
  }
  if (const auto* const end = std::get_if<ManifestCounts>(&line)) {
    if (*end == counted_ && *end == promised_) return std::nullopt;
    return fail(codes::manifest_damaged, fmt::format("the counts do not agree: {} items by the header, {} by the end, {} in between",
                                                     promised_.items, end->items, counted_.items));
  }
  return fail(codes::manifest_damaged, "a second header: two manifests in one file");
}

}  // namespace godwit::report
