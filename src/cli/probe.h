// SPDX-License-Identifier: Apache-2.0
// godwit probe: what a server keeps and alters, tried out in an account of its own.
#pragma once

#include "cli/accounts.h"

namespace godwit::cli {

struct ProbeOptions {
  AccountOptions account;
  bool plain_ok = false;
  bool is_large = false;
  std::size_t connections = 20;
  bool keep = false;
  bool read_only = false;
  std::string guest;  // of an event; empty: without
  bool json = false;
};

// `options` must outlive the program.
CLI::App& add_probe_command(CLI::App& program, ProbeOptions& options);
[[nodiscard]] int run_probe(const ProbeOptions& options, const Wiring& wiring);

}  // namespace godwit::cli
