// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "probe/checks.h"

namespace godwit::probe {

Task<Result<>> check_lasting(Stage& stage, Sheet& sheet) {
  stage.drop();
  std::size_t changed = 0;
  std::string example;
  for (const auto& [folder, first] : stage.first_validities()) {
    const auto state = co_await stage.state(folder);
    if (!state && ends_session(state.error())) co_return std::unexpected(state.error());
    if (!state || state->uid_validity == first) continue;
    ++changed;
    example = fmt::format("{} had {}, and has {}", folder.path.display(), first, state->uid_validity);
  }
  sheet.holds(changed == 0, "lasting.uid-validity", "UIDVALIDITY stays, also on new connections", Harm::grave,
              fmt::format("{} of {} folders got another: {}", changed, stage.first_validities().size(), example));
  co_return Result<>{};
}

}  // namespace godwit::probe
