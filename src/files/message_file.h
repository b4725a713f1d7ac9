// SPDX-License-Identifier: Apache-2.0
// A message that is a file of its own, read with the line ends that it has on the wire.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "files/directory.h"
#include "files/line_ends.h"

namespace godwit::files {

enum class LineEnds : std::uint8_t {
  crlf,          // LF becomes CRLF
  as_they_are,
};

class MessageFile {
 public:
  // Errors: not_found, it is gone; refused, it cannot be read, or is larger than any message, and why.
  [[nodiscard]] static Result<MessageFile> open(const Directory& folder, const std::string& name, LineEnds line_ends);
  [[nodiscard]] std::uint64_t size() const { return size_; }             // exactly the bytes that read() gives
  [[nodiscard]] std::int64_t modified() const { return modified_; }     // seconds since 1970
  // The beginning of the message as far as it is in memory: at least its first 512 KiB.
  [[nodiscard]] const std::string& beginning() const { return buffer_; }
  // The next bytes, at most 1 MiB; empty at the end. Valid until the next call. Error refused: the file has changed since open().
  [[nodiscard]] Result<std::span<const char>> read();

 private:
  explicit MessageFile(Descriptor file) : file_(std::move(file)) {}
  // What follows on disk, made ready to be given; false at the end.
  [[nodiscard]] Result<bool> fill();
  [[nodiscard]] Result<> measure();

  Descriptor file_;
  std::filesystem::path path_;
  LineEnds line_ends_ = LineEnds::crlf;
  CrlfMaker maker_;
  std::string buffer_, raw_;
  bool is_given_ = true;  // what is in the buffer
  std::uint64_t on_disk_ = 0, size_ = 0, given_ = 0;
  std::int64_t modified_ = 0;
};

}  // namespace godwit::files
