// SPDX-License-Identifier: Apache-2.0
// A folder of files that belongs to somebody else: names are looked up in the open folder and no link is followed, so that nothing
// outside of it is read or written, whatever its owner puts there meanwhile.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "files/descriptor.h"

namespace godwit::files {

enum class EntryKind : std::uint8_t { file, folder, link, other };

struct Entry {
  std::string name;
  EntryKind kind = EntryKind::other;
  friend auto operator<=>(const Entry&, const Entry&) = default;
};

// A name that can be that of one entry: not empty, no "/", no NUL, neither "." nor "..".
[[nodiscard]] bool is_entry_name(std::string_view name);

class Directory {
 public:
  // Links in `path` are followed: the operator wrote it. Errors: not_found; storage, it cannot be opened, and what to do.
  [[nodiscard]] static Result<Directory> open(const std::filesystem::path& path);
  // The same, made with the folders above it where it is not there (mode 0700).
  [[nodiscard]] static Result<Directory> open_or_make(const std::filesystem::path& path);
  // Errors: not_found, also where it is no folder; refused, it cannot be opened, and why.
  [[nodiscard]] Result<Directory> folder(const std::string& name) const;
  // Of names joined by "/".
  [[nodiscard]] Result<Directory> folder_at(std::string_view names) const;
  [[nodiscard]] bool has_folder(const std::string& name) const;

  // Without "." and "..", in no order.
  [[nodiscard]] Result<std::vector<Entry>> entries() const;
  // Nothing when there is no such entry. Of the link itself where it is one.
  [[nodiscard]] std::optional<struct stat> status(const std::string& name) const;

  // An ordinary file for reading. Errors: not_found; refused, it cannot be read, and why.
  [[nodiscard]] Result<Descriptor> open_file(const std::string& name) const;
  // All of it, where it has at most `limit` bytes. Errors as above.
  [[nodiscard]] Result<std::string> read_file(const std::string& name, std::uint64_t limit = 256 * 1024 * 1024) const;

  // What follows changes the folder. A new file or folder gets the owner of this folder where we are root.
  [[nodiscard]] Result<> make_folder(const std::string& name) const;  // one that is there is as good
  [[nodiscard]] Result<Descriptor> make_file(const std::string& name) const;  // for reading and writing; error `exists`
  // Puts a whole new file in place at once, on disk when this returns.
  [[nodiscard]] Result<> replace_file(const std::string& name, std::string_view text) const;
  [[nodiscard]] Result<> rename(const std::string& name, const Directory& to, const std::string& new_name) const;  // error not_found
  [[nodiscard]] Result<> remove_file(const std::string& name) const;  // one that is gone is as good
  [[nodiscard]] Result<> remove_tree(const std::string& name) const;  // a folder with all that is in it
  [[nodiscard]] Result<> sync() const;       // the folder: which names it holds
  [[nodiscard]] Result<> sync_disk() const;  // all files of its file system at once

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }  // for messages
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }

 private:
  Directory(std::filesystem::path path, Descriptor descriptor) : path_(std::move(path)), descriptor_(std::move(descriptor)) {}
  [[nodiscard]] Result<> give_to_owner(int descriptor, const std::string& name) const;
  std::filesystem::path path_;
  Descriptor descriptor_;
};

// As file_error(); of kind quota where the disk is full.
[[nodiscard]] std::unexpected<Error> write_error(const std::filesystem::path& file, std::string_view what, int code);
// All bytes, whatever it takes. Error of kind quota where the disk is full, else storage.
[[nodiscard]] Result<> write_all(int descriptor, std::string_view bytes, const std::filesystem::path& file);
// Waits for the disk.
[[nodiscard]] Result<> sync_file(int descriptor, const std::filesystem::path& file);
// Error of kind quota: the disk that the folder lies on has less than `bytes` free, and a reserve, or no place for so many files.
[[nodiscard]] Result<> require_space(const Directory& folder, std::uint64_t bytes, std::uint64_t new_files = 0);

}  // namespace godwit::files
