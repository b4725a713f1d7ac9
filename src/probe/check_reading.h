// SPDX-License-Identifier: Apache-2.0
// What a source gives of an account as it stands. Nothing is written.
#pragma once

#include "endpoint/session.h"
#include "probe/checks.h"

namespace godwit::probe {

// reading: lists, numbers, sizes, flags and dates agree with the messages that are given, and a second session gives the same. One session
// at a time. `facts` is filled in. Errors: those of the first connecting; later ones are findings.
[[nodiscard]] Task<Result<>> check_reading(endpoint::Source& source, Sheet& sheet, const Amounts& amounts, endpoint::ServerFacts& facts);

// reading.written: who reads by `as_source` finds what was written into the stage's folders, in its order.
[[nodiscard]] Task<Result<>> check_written(Stage& stage, Stage& as_source, Sheet& sheet);

}  // namespace godwit::probe
