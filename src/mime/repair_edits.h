// SPDX-License-Identifier: Apache-2.0
// The record of what a repair changed, exact enough to undo it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mime/repair_rules.h"

namespace godwit::mime {

// At `offset` of the text the bytes `removed` stood; `inserted` takes their place. Either may be empty.
struct Edit {
  std::size_t offset = 0;
  std::string removed;
  std::string inserted;
  RepairRules rules;  // which rules wanted it
  friend bool operator==(const Edit&, const Edit&) = default;
};

// Edits are ascending and disjoint, their offsets those of the text before any of them is made.
[[nodiscard]] std::string apply_edits(std::span<const Edit> edits, std::string_view text);

// The edits that undo `edits`: apply_edits(reverse_edits(edits), apply_edits(edits, text)) == text.
[[nodiscard]] std::vector<Edit> reverse_edits(std::span<const Edit> edits);

// A text that is edited several times over, and what that comes to for the original.
class EditedText {
 public:
  explicit EditedText(std::string_view original);  // must outlive this
  [[nodiscard]] const std::string& text() const { return text_; }

  void apply(std::span<const Edit> edits);        // of the present text
  [[nodiscard]] std::vector<Edit> edits() const;  // of the original
  [[nodiscard]] std::string take_text() && { return std::move(text_); }

 private:
  // A stretch of the original, or of added_; an empty one of the latter remembers who removed something there.
  struct Piece {
    bool is_original = false;
    std::size_t offset = 0;
    std::size_t length = 0;
    RepairRules rules;
  };

  std::string_view original_;
  std::string text_;
  std::string added_;
  std::vector<Piece> pieces_;
};

}  // namespace godwit::mime
