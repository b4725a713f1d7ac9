// SPDX-License-Identifier: Apache-2.0
// Where the files of an account lie, and where the folders in them go.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "adapters/pst/pst_file.h"
#include "endpoint/types.h"

namespace godwit::adapters {

struct MsgFile {
  std::filesystem::path path;
  std::uint64_t size = 0;
  std::int64_t changed = 0;  // nanoseconds
};
struct MsgFolder {
  std::string place;  // below the account, with slashes; empty: the account itself
  std::vector<MsgFile> files;
};

struct DataFiles {
  bool is_folder = false;                       // the account is a folder of files
  std::vector<std::filesystem::path> stores;    // .pst and .ost, sorted
  std::vector<MsgFolder> messages;
  std::uint64_t others = 0;  // files that are none of these
};

// Errors of kind storage: what cannot be looked at; it is no such file; there is none in the folder. No link is followed.
[[nodiscard]] Result<DataFiles> find_data_files(const std::filesystem::path& account);

// "2019/Archive.pst" below the account as its parts: "Archive.pst" is kept apart from "Archive.ost".
[[nodiscard]] std::vector<std::string> segments_below(const std::filesystem::path& account, const std::filesystem::path& file);
// A file that was saved anew is another message.
[[nodiscard]] std::string msg_key_of(const MsgFile& file);
// Ids of items as keys: hexadecimal.
[[nodiscard]] std::optional<std::uint64_t> parse_item_id(std::string_view key);
// A name as one that can be typed and shown: what a file may hold in its place is anything.
[[nodiscard]] std::string clean_name(std::string_view name);

// A folder of a store that is to be moved.
struct PlacedFolder {
  std::uint64_t id = 0;
  endpoint::FolderPath path;
  endpoint::Role role = endpoint::Role::none;
};
// Those that hold mail or are made for it, with their parents. `above`: where the file's folders begin; where that is nothing, its inbox
// is the account's, and roles count. Names that two folders have in one place get a number.
[[nodiscard]] std::vector<PlacedFolder> place_folders(const PstContents& contents, const std::vector<std::string>& above);

}  // namespace godwit::adapters
