// SPDX-License-Identifier: Apache-2.0
// The lines of a manifest as text and back. Pure; see docs/manifest.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "report/manifest.h"

namespace godwit::report {

constexpr std::uint64_t manifest_format = 1;
constexpr std::size_t longest_manifest_line = std::size_t{128} << 10;  // bytes with the newline
constexpr std::size_t signature_line_size = 14 + 128 + 3;              // {"signature":"…"} and the newline

// Each with its newline. The writer of items appends, so that many go into one buffer.
[[nodiscard]] std::string header_line(const ManifestHeader& header);
void append_item_line(std::string& text, std::uint64_t number, const ManifestItem& item);
[[nodiscard]] std::string end_line(const ManifestCounts& counts);
[[nodiscard]] std::string signature_line(const Signature& signature);

// What is signed: names the purpose, so that the signature is good for nothing else, and the digest of all bytes before the
// signature's line.
[[nodiscard]] std::string signed_text(const Digest& digest);

struct NumberedItem {
  std::uint64_t number = 0;  // counted from 1
  ManifestItem item;
  friend bool operator==(const NumberedItem&, const NumberedItem&) = default;
};
using ManifestLine = std::variant<ManifestHeader, NumberedItem, ManifestCounts>;  // the counts: the end

// Any line but the signature's, without its newline. Unknown keys are passed over: a later godwit may add some.
[[nodiscard]] Result<ManifestLine> parse_manifest_line(std::string_view line);

// With its newline; exactly as signature_line() writes it, so that no byte of a manifest can change unnoticed.
[[nodiscard]] std::optional<Signature> parse_signature_line(std::string_view line);

// What breaks the rules of manifest.h; nothing when all is well.
[[nodiscard]] std::optional<std::string> fault_of(const ManifestItem& item);
[[nodiscard]] std::optional<std::string> fault_of(const ManifestHeader& header);

}  // namespace godwit::report
