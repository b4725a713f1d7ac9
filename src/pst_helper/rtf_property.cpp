// SPDX-License-Identifier: Apache-2.0
#include "pst_helper/rtf_property.h"

extern "C" {
#include <libpst/lzfu.h>
}

#include <cstdlib>

namespace godwit::pst {

void decompress_rtf(Properties& properties) {
  constexpr std::size_t head = 16;
  std::string compressed = properties.take_bytes(0x1009);
  if (compressed.size() < head) return;
  std::size_t size = 0;
  char* const plain = pst_lzfu_decompress(compressed.data(), static_cast<std::uint32_t>(compressed.size()), &size);
  if (plain == nullptr) return;
  properties.add_bytes(0x1009, Properties::binary, std::string(plain, size));
  std::free(plain);
}

}  // namespace godwit::pst
