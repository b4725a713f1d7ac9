// SPDX-License-Identifier: Apache-2.0
// A first godwit.toml, with comments that say what else may stand in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace godwit::plan {

// All texts are UTF-8. An empty one is left out of the file.
struct EndpointAnswers {
  std::string host;
  std::optional<std::uint16_t> port{};  // nothing: the usual one
  Security security = Security::tls;
  std::string fingerprint{};  // of the certificate, in hexadecimal, where it is pinned
  std::string login{}, authorization{}, admin_user{};
  std::optional<PasswordFrom> password{};  // one for all accounts
};

struct PlanAnswers {
  std::string name;
  std::string ledger = "migration.ledger";
  std::string accounts_file = "accounts.csv";
  EndpointAnswers source, target;
  std::string pilot{};               // the wave that goes first; the others wait until it is signed off
  std::vector<std::string> waves{};  // after it
};

// parse_plan() reads it where the answers are right.
[[nodiscard]] std::string plan_text(const PlanAnswers& answers);

}  // namespace godwit::plan
