// SPDX-License-Identifier: Apache-2.0
// How a server's folder names and paths belong together: its separator and the prefix of its personal namespace.
#pragma once

#include <string>
#include <string_view>

#include "endpoint/types.h"

namespace godwit::adapters {

class FolderNames {
 public:
  FolderNames() = default;
  FolderNames(std::string prefix, char separator);

  // "INBOX.Work" with prefix "INBOX." and separator '.' is {"Work"}; INBOX in any case is {"INBOX"}. With such a prefix
  // "INBOX" stays at the top, so that its children are its siblings, as people see them.
  [[nodiscard]] endpoint::FolderPath path_of(std::string_view name) const;

  // The other way. A separator inside of a segment cannot be written: it becomes '_'. So do control characters, and an empty
  // segment becomes "_".
  [[nodiscard]] std::string name_of(const endpoint::FolderPath& path) const;

 private:
  std::string prefix_;
  char separator_ = 0;
};

}  // namespace godwit::adapters
