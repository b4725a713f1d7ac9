// SPDX-License-Identifier: Apache-2.0
// Fragmenter and parser: the same bytes whole, byte by byte and cut as the input's first bytes say must give the same events.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/read_events.h"

namespace {

void compare(const std::vector<std::string>& whole, const std::vector<std::string>& cut, const char* how) {
  if (whole == cut) return;
  std::fprintf(stderr, "%s differs from whole\n", how);
  for (std::size_t i = 0; i < std::max(whole.size(), cut.size()); ++i) {
    std::fprintf(stderr, "  %s\n  %s\n", i < whole.size() ? whole[i].c_str() : "-", i < cut.size() ? cut[i].c_str() : "-");
  }
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint8_t seed = data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  godwit::test::ReadOptions options;
  options.limits.line = 512;  // so that limits are met
  options.limits.number_line = 1024;
  options.limits.literals = 8;
  options.limits.literal = 2048;
  options.literal_limit = 256;
  options.whole_body_limit = seed % 4 == 0 ? 16 : 1024;
  options.skip_bodies = seed % 4 == 1;
  const auto whole = godwit::test::read_events(bytes, options);
  compare(whole, godwit::test::read_events(bytes, [](std::size_t) { return std::size_t{1}; }, options), "byte by byte");
  std::size_t state = seed;
  const auto cut = [&](std::size_t) {
    state = state * 1103515245 + 12345;
    return std::size_t{1} + (state >> 16) % 37;
  };
  compare(whole, godwit::test::read_events(bytes, cut, options), "cut");
  return 0;
}
