// SPDX-License-Identifier: Apache-2.0
// Writer to parser: what the writer makes of any argument, the parser reads back unchanged; and no argument ends a line.
#include <cstdint>
#include <cstdlib>

#include "tests/fuzz/read_events.h"
#include "imap/utf7.h"
#include "imap/writer.h"

namespace {

// The mailbox of "* LIST () NIL <argument>" where the argument stands as the writer wrote it.
std::string read_back(const std::string& argument) {
  std::string_view input = argument;
  godwit::imap::ResponseReader reader({}, 1 << 20);
  const auto event = reader.next(input);
  if (!event || *event != godwit::imap::ResponseReader::Event::response || !input.empty()) std::abort();
  const godwit::imap::Response response = reader.take_response();
  const auto* list = std::get_if<godwit::imap::ListResponse>(&response);
  if (list == nullptr) std::abort();
  return godwit::imap::mailbox_to_wire(list->data.address());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace godwit::imap;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Capabilities literal_plus;
  literal_plus.add("LITERAL+");
  const bool breaks = text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
  const auto pieces = CommandWriter("*", "LIST () NIL", literal_plus).mailbox(text).finish();
  if (pieces.has_value() == breaks) std::abort();
  if (pieces && (pieces->size() != 1 || read_back(pieces->front()) != mailbox_to_wire(text))) std::abort();
  const auto waiting = CommandWriter("*", "LIST () NIL", Capabilities()).string(text).finish();
  if (waiting.has_value() == breaks) std::abort();
  if (waiting) {
    std::string joined;
    for (const std::string& piece : *waiting) joined += piece;
    if (read_back(joined) != text) std::abort();
  }
  return 0;
}
