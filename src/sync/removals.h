// SPDX-License-Identifier: Apache-2.0
// The last step of a complete round: what is gone on the source, and was not found anywhere else there, is removed on the target.
//
// Nothing else in godwit removes a message. It removes only what godwit itself has brought, only while the account's route is old, only
// what nobody has touched on the target since (same flags), and only what the source does not list when it is asked a second time. A
// message that was found on the target by a match, as all are after the ledger was lost, is never removed, and neither is what went
// because UIDVALIDITY changed. It holds back as long as the source was not seen whole, as long as new mail may be what is missed, and
// where more than half of an account would go. See docs/decisions/0005-two-lists-say-what-is-gone.md.
#pragma once

#include <span>

#include "sync/folder_work.h"

namespace godwit::sync {

struct RemovalGrounds {
  std::span<const endpoint::Folder> source_folders;  // as the source listed them when the round began
  std::string hold;                                  // why nothing may be removed in this round; empty: there is no such reason
};

// What is held back stays in the pool for the next round, and is counted and noted in the round's result.
[[nodiscard]] Task<Result<>> remove_vanished(const RoundContext& context, endpoint::Session& source, endpoint::TargetSession& target,
                                             const RemovalGrounds& grounds);

}  // namespace godwit::sync
