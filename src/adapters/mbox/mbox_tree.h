// SPDX-License-Identifier: Apache-2.0
// Folders made of mbox files: where they lie and what they are called.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "endpoint/types.h"

namespace godwit::adapters {

struct MboxFolder {
  std::string name;  // its place below the root, "Work.sbd/2024"; of the account's one file, or of an INBOX elsewhere, "INBOX"
  endpoint::FolderPath path;
  std::filesystem::path file;  // empty: it only holds others
  bool subscribed = true;
};

struct MboxPlaces {
  std::filesystem::path root;   // a file: the INBOX and nothing else; a folder: a tree
  std::filesystem::path inbox;  // where the INBOX does not lie in the tree (/var/mail/alice); may be empty
  std::optional<bool> has_utf7_names = {};  // folders' names are in modified UTF-7, or are not; nothing: it is found out
};

// Parents before children. Known are "Work.sbd" beside "Work" (Thunderbird), "Work.mbox" (Google's and others' exports; Apple's is a
// folder with a file "mbox" in it), folders as mutt, Pine and Dovecot have them with Dovecot's .subscriptions, and names in modified
// UTF-7 where Dovecot's traces are. Links are not followed. Files that are no mbox are left out, unless their names say that they must
// be one. Errors: not_found; storage.
[[nodiscard]] Result<std::vector<MboxFolder>> find_mbox_folders(const MboxPlaces& places);

// An empty file in trees that godwit made: names of files are written as mbox_name_for() has them.
inline constexpr std::string_view mbox_tree_mark = ".godwit";

// "Work.sbd/2024": Thunderbird's layout, in which a folder may hold messages and folders. What a file's name cannot hold, and what would
// give it another meaning, is written as "%2F"; names that are too long are cut, with a digest behind them.
[[nodiscard]] std::string mbox_name_for(const endpoint::FolderPath& path);
[[nodiscard]] std::string mbox_segment_of(std::string_view name);  // the reverse, but of what was cut

}  // namespace godwit::adapters
