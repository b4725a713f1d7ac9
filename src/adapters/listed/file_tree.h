// SPDX-License-Identifier: Apache-2.0
// A tree of folders with one file per message, MH or .eml, as a MailStore. A message is known by its name, size and time: a name that is
// given to other bytes is another message.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/listed/mail_store.h"
#include "files/archive.h"

namespace godwit::adapters {

struct FileTreeForm {
  std::string name;  // "MH"
  bool keeps_empty_folders = false;
  std::function<bool(std::string_view)> is_message;
  std::function<bool(std::string_view, std::string_view)> is_before;
  // Flags of the folder's messages by name; those that are not there have none.
  std::function<Result<std::map<std::string, MessageFlags>>(const files::Directory&, const std::vector<std::string>&)> flags;
};

// Messages at the top are the INBOX; else the folder that is called so, in any case.
// Error: it cannot be read, or there is no message in it.
[[nodiscard]] Result<std::unique_ptr<MailStore>> open_file_tree(const files::SourceTree& tree, FileTreeForm form);

}  // namespace godwit::adapters
