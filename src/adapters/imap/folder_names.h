// SPDX-License-Identifier: Apache-2.0
// How a server's folder names and paths belong together: its separator and the prefix of its personal namespace.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "endpoint/types.h"

namespace godwit::adapters {

class FolderNames {
 public:
  FolderNames() = default;
  // exchange: no blank at the end of a name, which ends its sessions, and no "Files" at the top, which is reserved.
  enum class Dialect : std::uint8_t { any, exchange };
  FolderNames(std::string prefix, char separator, Dialect dialect = Dialect::any);

  // "INBOX.Work" with prefix "INBOX." and separator '.' is {"Work"}; INBOX in any case is {"INBOX"}. With such a prefix
  // "INBOX" stays at the top, so that its children are its siblings, as people see them.
  [[nodiscard]] endpoint::FolderPath path_of(std::string_view name) const;

  // The other way. A separator inside of a segment cannot be written: it becomes '_'. So do control characters, and an empty
  // segment becomes "_"; in Exchange's dialect blanks at the end become '_', and "Files" becomes "Files_".
  [[nodiscard]] std::string name_of(const endpoint::FolderPath& path) const;

 private:
  std::string prefix_;
  char separator_ = 0;
  Dialect dialect_ = Dialect::any;
};

}  // namespace godwit::adapters
