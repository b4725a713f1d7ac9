// SPDX-License-Identifier: Apache-2.0
// What the files of an account are; made once for all its sessions, so that a file is listed once while it stays as it is.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

#include "adapters/pst/pst_file.h"

namespace godwit::adapters {

class PstLists {
 public:
  // Of a PST or OST file.
  [[nodiscard]] Task<Result<std::shared_ptr<const PstContents>>> contents_of(PstFile& file);
  // Of a .msg file: one item, damaged where it cannot be read.
  [[nodiscard]] Task<Result<std::shared_ptr<const PstContents>>> message_of(const PstHelper& helper, const std::filesystem::path& file);

 private:
  // What tells that a file is as it was.
  struct Stamp {
    std::uint64_t inode = 0, size = 0;
    std::int64_t changed = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  [[nodiscard]] static Result<Stamp> stamp_of(const std::filesystem::path& file);
  [[nodiscard]] std::shared_ptr<const PstContents> find(const std::filesystem::path& file, const Stamp& stamp);
  std::shared_ptr<const PstContents> keep(const std::filesystem::path& file, const Stamp& stamp, PstContents contents);

  std::mutex mutex_;
  std::map<std::filesystem::path, std::pair<Stamp, std::shared_ptr<const PstContents>>> known_;
};

}  // namespace godwit::adapters
