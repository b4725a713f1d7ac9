// SPDX-License-Identifier: Apache-2.0
#include "mime/repair_edits.h"

#include <algorithm>

namespace godwit::mime {

std::string apply_edits(std::span<const Edit> edits, std::string_view text) {
  std::string result;
  result.reserve(text.size());
  std::size_t position = 0;
  for (const Edit& edit : edits) {
    result.append(text, position, edit.offset - position);
    result += edit.inserted;
    position = edit.offset + edit.removed.size();
  }
  return result.append(text, position);
}

std::vector<Edit> reverse_edits(std::span<const Edit> edits) {
  std::vector<Edit> result;
  result.reserve(edits.size());
  std::size_t inserted = 0;
  std::size_t removed = 0;
  for (const Edit& edit : edits) {
    result.push_back({edit.offset + inserted - removed, edit.inserted, edit.removed, edit.rules});
    inserted += edit.inserted.size();
    removed += edit.removed.size();
  }
  return result;
}

EditedText::EditedText(std::string_view original) : original_(original), text_(original) {
  if (!original.empty()) pieces_.push_back({true, 0, original.size(), {}});
}

void EditedText::apply(std::span<const Edit> edits) {
  std::vector<Piece> pieces;
  pieces.reserve(pieces_.size() + 2 * edits.size());
  auto piece = pieces_.begin();
  // Takes `length` bytes of the present text out of pieces_, and gives each stretch to `use`.
  const auto take = [&](std::size_t length, const auto& use) {
    while (piece != pieces_.end() && (length > 0 || piece->length == 0)) {
      const std::size_t taken = std::min(length, piece->length);
      use(Piece{piece->is_original, piece->offset, taken, piece->rules});
      piece->offset += taken;
      piece->length -= taken;
      length -= taken;
      if (piece->length == 0) ++piece;
    }
  };
  const auto keep = [&](Piece kept) { pieces.push_back(kept); };
  std::size_t position = 0;
  for (const Edit& edit : edits) {
    take(edit.offset - position, keep);
    RepairRules rules = edit.rules;
    take(edit.removed.size(), [&](Piece gone) { rules |= gone.rules; });
    pieces.push_back({false, added_.size(), edit.inserted.size(), rules});
    added_ += edit.inserted;
    position = edit.offset + edit.removed.size();
  }
  take(text_.size() - position, keep);
  pieces_ = std::move(pieces);
  text_ = mime::apply_edits(edits, text_);
}

std::vector<Edit> EditedText::edits() const {
  std::vector<Edit> result;
  Edit open;
  const auto close = [&](std::size_t end) {
    open.removed = original_.substr(open.offset, end - open.offset);
    if (open.removed != open.inserted) result.push_back(std::move(open));
    open = Edit{};
  };
  for (const Piece& piece : pieces_) {
    if (!piece.is_original) {
      open.inserted.append(added_, piece.offset, piece.length);
      open.rules |= piece.rules;
      continue;
    }
    if (piece.offset != open.offset || !open.inserted.empty()) close(piece.offset);
    open.rules = {};
    open.offset = piece.offset + piece.length;
  }
  close(original_.size());
  return result;
}

}  // namespace godwit::mime
