// SPDX-License-Identifier: Apache-2.0
// Repair: the first byte says which rules are allowed, the rest is the message.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/repair_laws.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace godwit;
  if (size == 0) return 0;
  mime::RepairRules rules;
  for (unsigned bit = 1; bit <= 64; bit *= 2) {
    if ((data[0] & bit) != 0) rules |= static_cast<mime::RepairRule>(bit);
  }
  const std::string_view message(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string law = test::broken_repair_law(message, rules);
  if (law.empty()) law = test::broken_attempts_law(message, rules);
  if (law.empty()) return 0;
  std::fprintf(stderr, "broken: %s\nrules: %s\n", law.c_str(), rules.to_string().c_str());
  std::abort();
}
