// SPDX-License-Identifier: Apache-2.0
// godwit verify: is everything that was moved still on the target, as it was left there?
#pragma once

#include "cli/organisation.h"

namespace godwit::cli {

struct VerifyOptions {
  AccountOptions source, target;  // with a manifest there is no source
  PlanOptions plan;               // where there are neither URLs nor ledger nor manifest
  std::size_t accounts_at_once = 0, threads = 0;  // with a plan
  std::string ledger, manifest, key;
  bool plain_ok = false;
  bool json = false;
  bool listed = false, full = false, again = false;
  std::uint64_t sample = 0;
  std::uint32_t seed = 0;
};

// `options` must outlive the program.
CLI::App& add_verify_command(CLI::App& program, VerifyOptions& options);
[[nodiscard]] int run_verify(const VerifyOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
