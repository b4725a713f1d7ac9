// SPDX-License-Identifier: Apache-2.0
// What becomes of the rights on a folder: pure functions. The target never gives anybody more than the source does, as far as godwit is
// asked, and the account's own rights are nobody's business but the server's.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "endpoint/extras.h"
#include "sync/extras_options.h"

namespace godwit::sync {

struct AccessSides {
  endpoint::AccessModel source, target;
  endpoint::Identity own_source, own_target;
};

struct TranslatedAccess {
  endpoint::Access access;              // for the target's identities, in what it can express
  std::vector<std::string> not_copied;  // sentences without a full stop, each with its reason
};
[[nodiscard]] TranslatedAccess translate(const endpoint::Access& source, const AccessSides& sides, const IdentityMap& identities);

// What can be given of it: rights that the system ties together are given whole or not at all.
[[nodiscard]] endpoint::Rights expressible(endpoint::Rights rights, const endpoint::AccessModel& model);

using AccessChanges = std::vector<std::pair<endpoint::Grantee, endpoint::Rights>>;
// From what the target has now: what came on the source since `synced` is added, what went there is taken away, and what people did on
// the target stays. `inherited`: what godwit gave on the folder above, which a new folder may have taken over from there.
[[nodiscard]] AccessChanges access_changes(const endpoint::Access& wanted, const endpoint::Access& synced, const endpoint::Access& inherited,
                                           const endpoint::Access& now);

}  // namespace godwit::sync
