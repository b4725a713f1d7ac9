// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/folder_names.h"

#include "base/text.h"

namespace godwit::adapters {

namespace {

std::string for_exchange(std::string segment, bool is_top) {
  for (std::size_t i = segment.size(); i > 0 && segment[i - 1] == ' '; --i) segment[i - 1] = '_';
  if (is_top && equals_ignoring_case(segment, "Files")) segment += '_';
  return segment;
}

}  // namespace

FolderNames::FolderNames(std::string prefix, char separator, Dialect dialect)
    : prefix_(std::move(prefix)), separator_(separator), dialect_(dialect) {}

endpoint::FolderPath FolderNames::path_of(std::string_view name) const {
  endpoint::FolderPath path;
  if (equals_ignoring_case(name, "INBOX")) return {{"INBOX"}};
  if (!prefix_.empty() && starts_with_ignoring_case(name, prefix_) && name.size() > prefix_.size()) {
    name.remove_prefix(prefix_.size());
  }
  while (separator_ != 0) {
    const std::size_t end = name.find(separator_);
    if (end == std::string_view::npos) break;
    path.segments.emplace_back(name.substr(0, end));
    name.remove_prefix(end + 1);
  }
  path.segments.emplace_back(name);
  if (equals_ignoring_case(path.segments.front(), "INBOX")) path.segments.front() = "INBOX";
  return path;
}

std::string FolderNames::name_of(const endpoint::FolderPath& path) const {
  if (path.is_inbox()) return "INBOX";
  // Below a prefix "INBOX.", the children of INBOX are what is below the prefix already.
  const bool prefix_is_inbox = starts_with_ignoring_case(prefix_, "INBOX") && prefix_.size() == 6;
  std::string name = prefix_;
  bool is_first = true;
  for (const std::string& wanted : path.segments) {
    if (is_first && prefix_is_inbox && wanted == "INBOX") continue;
    const std::string segment = dialect_ == Dialect::exchange ? for_exchange(wanted, is_first) : wanted;
    if (!is_first) name += separator_;
    is_first = false;
    if (segment.empty()) name += '_';
    for (const char c : segment) {
      const bool is_forbidden = (separator_ != 0 && c == separator_) || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
      name += is_forbidden ? '_' : c;
    }
  }
  return name;
}

}  // namespace godwit::adapters
