// SPDX-License-Identifier: Apache-2.0
#include "endpoint/types.h"

#include "base/text.h"

namespace godwit::endpoint {

std::string FolderPath::display() const {
  std::string text;
  for (const std::string& segment : segments) {
    if (!text.empty()) text += '/';
    text += printable(segment);
  }
  return text;
}

std::string_view name_of(Role role) {
  switch (role) {
    case Role::none: return "";
    case Role::inbox: return "inbox";
    case Role::all: return "all";
    case Role::archive: return "archive";
    case Role::drafts: return "drafts";
    case Role::flagged: return "flagged";
    case Role::important: return "important";
    case Role::junk: return "junk";
    case Role::sent: return "sent";
    case Role::trash: return "trash";
  }
  return "";
}

std::string_view name_of(Owner owner) {
  switch (owner) {
    case Owner::account: return "account";
    case Owner::other_user: return "other user";
    case Owner::shared: return "shared";
  }
  return "";
}

}  // namespace godwit::endpoint
