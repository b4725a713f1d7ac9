// SPDX-License-Identifier: Apache-2.0
// Changing an mbox: messages put behind its end, and the file written anew. All of these block.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "adapters/mbox/dot_lock.h"
#include "adapters/mbox/mbox_index.h"

namespace godwit::adapters {

// A file that is open for writing, under a write lock (fcntl) and a dot lock. What was appended and not kept is taken away again.
class MboxAppender {
 public:
  // `torn`: where a message begins that was not written to its end; it goes. Errors: not_found; storage; unavailable, another program has
  // locked the file.
  [[nodiscard]] static Result<std::unique_ptr<MboxAppender>> open(const std::filesystem::path& path, std::optional<std::uint64_t> torn);
  ~MboxAppender();
  MboxAppender(const MboxAppender&) = delete;
  MboxAppender& operator=(const MboxAppender&) = delete;

  // Error of kind quota: the disk has no room for that many bytes more.
  [[nodiscard]] Result<> check_space(std::uint64_t bytes) const;
  [[nodiscard]] Result<> append(std::string_view bytes);
  [[nodiscard]] Result<> overwrite(std::uint64_t offset, std::string_view bytes);
  [[nodiscard]] std::uint64_t end() const { return end_; }
  [[nodiscard]] Result<> sync();  // what was written is on the disk
  // It is there for good as well.
  [[nodiscard]] Result<> keep();

 private:
  MboxAppender(std::filesystem::path path, int descriptor, MboxDotLock lock)
      : path_(std::move(path)), descriptor_(descriptor), lock_(std::move(lock)) {}
  Result<> begin(std::optional<std::uint64_t> torn);
  const std::filesystem::path path_;
  const int descriptor_;
  const MboxDotLock lock_;
  std::uint64_t kept_ = 0, end_ = 0;
};

// What becomes of a message of the index: its flags afterwards, or nothing: it goes.
using MboxChange = std::function<std::optional<MessageFlags>(std::size_t entry)>;

// Writes the file anew beside the old one and puts it in its place at once. Messages that are not `changed` stay byte for byte.
// Errors: storage; unavailable, another program has locked the file, or written to it since the index was made.
[[nodiscard]] Result<> rewrite_mbox(const std::filesystem::path& path, const MboxIndex& index, const std::vector<bool>& changed,
                                    const MboxChange& change);

// A name that was made, removed or given to another file is on the disk.
[[nodiscard]] Result<> sync_folder(const std::filesystem::path& folder);

}  // namespace godwit::adapters
