// SPDX-License-Identifier: Apache-2.0
// A file that is read at any place, and its lines.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "files/directory.h"

namespace godwit::adapters {

// Two equal ones mean that nobody wrote to the file between them.
struct FileStamp {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified = 0, changed = 0;  // nanoseconds
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

class MboxFile {
 public:
  // No link is followed. Errors: not_found; storage.
  [[nodiscard]] static Result<std::shared_ptr<const MboxFile>> open(const std::filesystem::path& path);
  // One of a folder's files. Errors: not_found; refused.
  [[nodiscard]] static Result<std::shared_ptr<const MboxFile>> open_in(const files::Directory& folder, const std::string& name);

  [[nodiscard]] Result<FileStamp> stamp() const;
  // Error refused: it is so large, and so little of it is on the disk, that nobody can have written it; reading it would take days.
  [[nodiscard]] Result<> require_content() const;
  // What stands at `offset`; fewer bytes than asked for only at the end of the file.
  [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> buffer) const;
  // What the file is at a moment at which nobody writes to it: under a read lock of the whole file (fcntl, as mail servers do), and
  // without a fresh FILE.lock beside it. Blocks for five seconds at most: one that keeps its lock does not hold a migration up.
  [[nodiscard]] Result<FileStamp> stamp_at_rest() const;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  [[nodiscard]] bool is_packed() const;  // by gzip
  // Its first bytes; of a packed one those of what is in it.
  [[nodiscard]] Result<std::size_t> read_beginning(std::span<char> buffer) const;
  // Of a packed file what is in it, as a file whose stamp stays. Blocks. Errors as unpack().
  [[nodiscard]] Result<std::shared_ptr<const MboxFile>> unpacked() const;

 private:
  [[nodiscard]] bool set_lock(short type) const;
  MboxFile(std::filesystem::path path, files::Descriptor descriptor) : path_(std::move(path)), descriptor_(std::move(descriptor)) {}
  const std::filesystem::path path_;
  const files::Descriptor descriptor_;
  std::optional<FileStamp> lasting_stamp_;
};

// A line, or a piece of a long one.
struct LinePiece {
  std::uint64_t offset = 0;
  std::string_view text;  // without the line's end; the first piece of a line has all of it or 4 KiB at least
  std::string_view end;   // "\n", "\r\n"; empty: the line goes on, or the file ends without one
  bool begins_line = false;
  [[nodiscard]] bool is_blank() const { return begins_line && text.empty() && !end.empty(); }
};

// Lines of a part of a file. Texts that it gives are valid until the next call of any kind.
class LineReader {
 public:
  LineReader(std::shared_ptr<const MboxFile> file, std::uint64_t begin, std::uint64_t end);
  // Nothing at the end.
  [[nodiscard]] Result<std::optional<LinePiece>> next();
  // The bytes that come next, at most 4 KiB.
  [[nodiscard]] Result<std::string_view> peek();
  [[nodiscard]] std::uint64_t offset() const { return offset_; }  // of what comes next
  void seek(std::uint64_t offset, std::uint64_t end);

 private:
  // Makes `wanted` bytes ready, fewer only at the end of the part.
  Result<> fill(std::size_t wanted);
  [[nodiscard]] std::string_view ready() const { return {buffer_.data() + first_, ready_}; }

  std::shared_ptr<const MboxFile> file_;
  std::uint64_t offset_, end_;
  std::vector<char> buffer_;
  std::size_t first_ = 0, ready_ = 0;
  bool begins_line_ = true;
};

}  // namespace godwit::adapters
