// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

namespace godwit::net {

// Walks over the pieces of one write(), whose parts are taken by system calls of any size.
class PieceCursor {
 public:
  explicit PieceCursor(std::span<const std::string_view> pieces) : pieces_(pieces) {
    for (const std::string_view piece : pieces) size_left_ += piece.size();
  }

  [[nodiscard]] std::size_t size_left() const { return size_left_; }

  // Takes away bytes at the end, so that `size` are left.
  void cut_to(std::size_t size) { size_left_ = std::min(size_left_, size); }

  // What is left of the current piece; empty only at the end.
  [[nodiscard]] std::string_view current() {
    while (size_left_ > 0 && offset_ == pieces_.front().size()) next_piece();
    return size_left_ == 0 ? std::string_view() : pieces_.front().substr(offset_, size_left_);
  }

  void advance(std::size_t size) {
    size_left_ -= size;
    while (size > 0) {
      const std::size_t step = std::min(size, pieces_.front().size() - offset_);
      offset_ += step;
      size -= step;
      if (size > 0) next_piece();
    }
  }

  // Fills `vectors` with the pieces from here on; returns how many it used.
  [[nodiscard]] std::size_t gather(std::span<iovec> vectors) const {
    PieceCursor ahead = *this;
    std::size_t count = 0;
    for (std::string_view piece = ahead.current(); !piece.empty() && count < vectors.size(); piece = ahead.current()) {
      vectors[count++] = {const_cast<char*>(piece.data()), piece.size()};  // sendmsg only reads
      ahead.advance(piece.size());
    }
    return count;
  }

  // Copies as many bytes as fit, without advancing; returns how many.
  [[nodiscard]] std::size_t peek(std::span<char> buffer) const {
    PieceCursor ahead = *this;
    std::size_t copied = 0;
    while (copied < buffer.size() && ahead.size_left() > 0) {
      const std::string_view piece = ahead.current().substr(0, buffer.size() - copied);
      std::ranges::copy(piece, buffer.data() + copied);
      copied += piece.size();
      ahead.advance(piece.size());
    }
    return copied;
  }

 private:
  void next_piece() {
    pieces_ = pieces_.subspan(1);
    offset_ = 0;
  }

  std::span<const std::string_view> pieces_;
  std::size_t offset_ = 0;  // in the first of pieces_
  std::size_t size_left_ = 0;
};

}  // namespace godwit::net
