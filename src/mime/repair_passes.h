// SPDX-License-Identifier: Apache-2.0
// One function per repair rule: the edits that it wants in `text`, ascending and disjoint; none when it finds nothing to do.
#pragma once

#include <string_view>
#include <vector>

#include "mime/repair_edits.h"
#include "mime/repair_layout.h"

namespace godwit::mime {

using Edits = std::vector<Edit>;

[[nodiscard]] Edits repair_nul(std::string_view text);
[[nodiscard]] Edits repair_bare_newline(std::string_view text);
[[nodiscard]] Edits repair_final_newline(std::string_view text);
[[nodiscard]] Edits repair_header_form(std::string_view text);
[[nodiscard]] Edits repair_header_8bit(std::string_view text);
[[nodiscard]] Edits repair_long_line(std::string_view text);
[[nodiscard]] Edits wrap_message(std::string_view text);

inline constexpr std::size_t longest_line = 998;  // RFC 5322 §2.1.1, without the newline
[[nodiscard]] bool has_long_line(std::string_view text);

// Encodes the body of a leaf, and says so in its header. The content is the same afterwards.
enum class BodyEncoding { base64, quoted_printable };
void encode_body(std::string_view text, std::string_view newline, const Part& part, BodyEncoding encoding, RepairRule rule,
                 Edits& edits);

// Folds the lines of a field that are too long, where that changes nothing for a reader.
void fold_field(std::string_view text, std::string_view newline, const Field& field, Edits& edits);

}  // namespace godwit::mime
