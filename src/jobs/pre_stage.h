// SPDX-License-Identifier: Apache-2.0
// Old mail of large mailboxes, moved in the nights before their wave: a round whose rules end at a date.
#pragma once

#include <cstdint>

#include "jobs/migration.h"

namespace godwit::jobs {

// A round for mailboxes that hold at least so many bytes in the folders that the rules take, by the sizes that the source lists; with
// smaller ones nothing is done, and an event tells it. 0: for all.
[[nodiscard]] MakeWork make_pre_stage(std::uint64_t size_at_least);

}  // namespace godwit::jobs
