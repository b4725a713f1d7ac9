// SPDX-License-Identifier: Apache-2.0
// What a target can do that has no way to do it.
#include "endpoint/collections.h"

#include <fmt/format.h>

#include "base/text.h"

namespace godwit::endpoint {

Task<Result<std::vector<std::string>>> CollectionTargetSession::change_access(const Collection&, const Access& access) {
  std::vector<std::string> not_given;
  for (const auto& [grantee, rights] : access) {
    not_given.push_back(fmt::format("{}{}: {}", printable(grantee.identity.text()), grantee.is_denial ? " not" : "", rights.text()));
  }
  co_return not_given;
}

Task<Result<>> CollectionTargetSession::remove_collection(const Collection&) {
  co_return fail(ErrorKind::refused, "collections are not removed there");
}

}  // namespace godwit::endpoint
