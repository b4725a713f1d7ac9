// SPDX-License-Identifier: Apache-2.0
// Writes a message from the wire into a file, so that a reader gets the same bytes back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "files/directory.h"

namespace godwit::files {

// With LF at the ends of lines, as servers on Unix keep it, where that can be undone: where each LF has exactly one CR before it. Else
// as it came.
class MessageWriter {
 public:
  // `folder` must outlive it. Errors as Directory::make_file().
  [[nodiscard]] static Result<MessageWriter> create(const Directory& folder, std::string name);
  [[nodiscard]] Result<> write(std::string_view piece);
  // After the last piece. Sets the file's time, in seconds since 1970.
  [[nodiscard]] Result<> finish(std::int64_t modified);
  // After that: waits for the disk. Directory::sync_disk() does it for many at once.
  [[nodiscard]] Result<> sync() { return sync_file(file_.get(), folder_->path() / name_); }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t stored_size() const { return stored_; }  // on disk
  // As readers count that give each bare LF a CR.
  [[nodiscard]] std::uint64_t wire_size() const { return wire_; }
  // There is an LF without a CR: only a reader that leaves line ends alone gets the same bytes.
  [[nodiscard]] bool has_bare_newline() const { return has_bare_newline_; }

 private:
  MessageWriter(const Directory& folder, std::string name, Descriptor file)
      : folder_(&folder), name_(std::move(name)), file_(std::move(file)) {}
  [[nodiscard]] Result<> take(std::string_view text);
  [[nodiscard]] Result<> keep_all_bytes();
  [[nodiscard]] Result<> put(std::string_view bytes);
  [[nodiscard]] Result<> flush();

  const Directory* folder_;
  std::string name_;
  Descriptor file_;
  std::string held_;    // CRs at the end of what came: what they belong to is not known yet
  std::string buffer_;
  bool shortens_ = true;
  bool has_bare_newline_ = false;
  std::uint64_t stored_ = 0, wire_ = 0;
};

}  // namespace godwit::files
