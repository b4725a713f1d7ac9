// SPDX-License-Identifier: Apache-2.0
#include "endpoint/unique_ids.h"

#include "endpoint/session.h"

namespace godwit::endpoint {

Task<Result<std::unique_ptr<UniqueIdList>>> Source::list_unique_ids() {
  co_return fail(ErrorKind::bug, "the account has no other names of its messages");
}

}  // namespace godwit::endpoint
