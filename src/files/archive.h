// SPDX-License-Identifier: Apache-2.0
// Folders that lie in an archive: .zip, .tar, .tar.gz, .tar.bz2, .tar.xz, .tar.zst. Archives come from strangers: no entry leaves its
// place, links out and devices are not made, and what would fill the disk is refused before.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "files/directory.h"

namespace godwit::files {

struct ArchiveLimits {
  std::uint64_t entries = 10'000'000;
  std::uint64_t ratio = 200;                             // unpacked to packed
  std::uint64_t free_of_ratio = 256ULL * 1024 * 1024;    // bytes that may come out of any archive
};

// A folder, or a private one into which an archive was unpacked: that is removed with its owner.
class SourceTree {
 public:
  // `path` is a folder or an archive. `place`: where it is unpacked, by default TMPDIR or /tmp. Errors: storage, what is wrong with it
  // and what to do; quota, there is no room for it.
  [[nodiscard]] static Result<std::shared_ptr<const SourceTree>> open(const std::filesystem::path& path, const ArchiveLimits& limits = {},
                                                                      std::filesystem::path place = {});
  ~SourceTree();
  SourceTree(const SourceTree&) = delete;
  SourceTree& operator=(const SourceTree&) = delete;

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] bool is_unpacked() const { return is_unpacked_; }
  // Archives often hold one folder that holds all the rest: goes down while there is one alone, until `is_it`.
  [[nodiscard]] Result<std::filesystem::path> find(const std::function<bool(const Directory&)>& is_it) const;

 private:
  SourceTree(std::filesystem::path root, bool is_unpacked) : root_(std::move(root)), is_unpacked_(is_unpacked) {}
  std::filesystem::path root_;
  bool is_unpacked_;
};

}  // namespace godwit::files
