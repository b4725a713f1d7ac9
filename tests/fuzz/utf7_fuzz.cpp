// SPDX-License-Identifier: Apache-2.0
// Modified UTF-7: whatever decodes encodes to the same bytes, whatever encodes decodes to the same text, and no name on the wire is
// ever addressed by other bytes than its own.
#include <cstdint>
#include <cstdlib>

#include "imap/types.h"
#include "imap/utf7.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace godwit::imap;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto decoded = decode_utf7(bytes);
  if (decoded && encode_utf7(*decoded) != bytes) std::abort();
  if (const auto encoded = encode_utf7(bytes); encoded && decode_utf7(*encoded) != bytes) std::abort();
  ListData data_of_list;
  data_of_list.is_undecodable = !decoded;
  data_of_list.mailbox = decoded.value_or(bytes);
  if (mailbox_to_wire(data_of_list.address()) != bytes) std::abort();
  return 0;
}
