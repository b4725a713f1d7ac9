// SPDX-License-Identifier: Apache-2.0
// One pass over an archive. It says what is in it, as it says so itself: nothing of it is to be believed.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "files/entry_path.h"

struct archive;
struct archive_entry;

namespace godwit::files {

enum class ArchiveEntryKind : std::uint8_t { file, folder, hard_link, other };

struct ArchiveEntry {
  ArchiveEntryKind kind = ArchiveEntryKind::other;
  std::optional<EntryPath> path;    // nothing: it leads out of the archive, or too deep
  std::optional<EntryPath> linked;  // of a hard link: the entry that it is another name of
  std::uint64_t size = 0;           // as announced; 0 also where nothing is
  std::optional<std::int64_t> modified;  // seconds since 1970, within the years that a date can have
};

class ArchiveReader {
 public:
  // Error storage: it cannot be read, why, and what to do.
  [[nodiscard]] static Result<ArchiveReader> open(const std::filesystem::path& file);
  // Nothing at the end.
  [[nodiscard]] Result<std::optional<ArchiveEntry>> next();
  // Of the entry's bytes, at most 256 KiB; empty at its end. Valid until the next call.
  [[nodiscard]] Result<std::string_view> read();
  // Bytes that came out of the compression around a tar so far, headers included; 0 for a .zip, whose headers are not compressed.
  [[nodiscard]] std::uint64_t decompressed() const;
  // An error of this archive, with its name before `what`.
  [[nodiscard]] std::unexpected<Error> refuse(std::string_view what) const;

 private:
  static constexpr std::size_t block_size = 256 * 1024;
  struct Unpacked;
  explicit ArchiveReader(std::filesystem::path file);
  [[nodiscard]] Result<> open_zip();
  [[nodiscard]] Result<> open_tar();
  [[nodiscard]] std::unexpected<Error> failure() const;

  std::filesystem::path file_;
  std::shared_ptr<Unpacked> unpacked_;  // what the tar in it is read from; must outlive archive_
  std::unique_ptr<archive, int (*)(archive*)> archive_;
  bool has_entry_ = false;  // whose bytes may be unread
  std::unique_ptr<std::array<char, block_size>> block_ = std::make_unique<std::array<char, block_size>>();
};

}  // namespace godwit::files
