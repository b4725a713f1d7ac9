// SPDX-License-Identifier: Apache-2.0
// Lines of a manifest: whatever is read is written and read again as the same, in ASCII without a newline inside; a signature's line
// has one form.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "report/manifest_line.h"
#include "report/manifest_sequence.h"
#include "report/rfc3339.h"

namespace {

using namespace godwit::report;

std::string written(const ManifestLine& line) {
  if (const auto* const header = std::get_if<ManifestHeader>(&line)) return header_line(*header);
  if (const auto* const counts = std::get_if<ManifestCounts>(&line)) return end_line(*counts);
  const auto& numbered = std::get<NumberedItem>(line);
  std::string text;
  append_item_line(text, numbered.number, numbered.item);
  return text;
}

void check_line(std::string_view line) {
  const auto signature = parse_signature_line(line);
  if (signature && signature_line(*signature) != line) std::abort();
  const auto date = parse_rfc3339(line);
  if (date && parse_rfc3339(date->to_rfc3339()) != date) std::abort();
  const auto parsed = parse_manifest_line(line);
  if (!parsed) return;
  std::string text = written(*parsed);
  if (text.find('\n') != text.size() - 1) std::abort();
  text.pop_back();
  for (const char c : text) {
    if (c < ' ' || c > '~') std::abort();
  }
  if (parse_manifest_line(text) != parsed) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  check_line(rest);
  ManifestSequence sequence;
  bool goes_on = true;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    check_line(line);
    if (!goes_on) continue;
    if (sequence.lines() == 0) {
      goes_on = sequence.begin(line).has_value();
    } else {
      const auto item = sequence.next(line);
      goes_on = item && *item;
    }
  }
  return 0;
}
