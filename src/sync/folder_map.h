// SPDX-License-Identifier: Apache-2.0
// Which target folder each source folder goes to.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "endpoint/types.h"
#include "sync/rules.h"

namespace godwit::sync {

[[nodiscard]] inline CaseRule case_rule_of(const endpoint::Traits& target) {
  return target.folder_case_matters ? CaseRule::exact : CaseRule::ignored;
}

// The one of that name, or nullptr.
[[nodiscard]] const endpoint::Folder* find_folder(std::span<const endpoint::Folder> folders, const std::string& name);

struct FolderPair {
  endpoint::Folder source;
  std::optional<endpoint::Folder> target;  // nothing: has to be made, as `to_make`
  endpoint::NewFolder to_make;
};

// In the order of the source, parents before children. INBOX goes to INBOX; a folder with a role goes to the target's folder of that
// role where there is one (and what lies below it goes below that one); others keep their path. The rules come before all that:
// folders that they leave out are not among the pairs, and what they give another path gets it. `name_for` is the target's
// way to write a path; two source folders never share one target folder: the later gets a number behind its name. `known`: names
// of source folders that earlier rounds placed, and where; they stay there as long as that folder exists. Where the target takes no
// notice of case, "SENT" beside "Sent" gets a number, too.
[[nodiscard]] std::vector<FolderPair> map_folders(std::span<const endpoint::Folder> source,
                                                  std::span<const endpoint::Folder> target,
                                                  const std::function<std::string(const endpoint::FolderPath&)>& name_for,
                                                  const std::map<std::string, std::string>& known, const Rules& rules,
                                                  CaseRule case_rule = CaseRule::exact);

}  // namespace godwit::sync
