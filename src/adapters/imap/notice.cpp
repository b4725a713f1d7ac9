// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/notice.h"

#include <algorithm>

#include "base/text.h"

namespace godwit::adapters {
namespace {

// The value of the first header field of that name; continuation lines are left out.
std::string_view field_of(std::string_view message, std::string_view name) {
  while (!message.empty()) {
    const std::size_t end = message.find('\n');
    std::string_view line = message.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    if (line.size() > name.size() && line[name.size()] == ':' && starts_with_ignoring_case(line, name)) {
      line.remove_prefix(name.size() + 1);
      line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
      return line;
    }
    if (end == std::string_view::npos) break;
    message.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace

bool is_notice(std::string_view message) {
  return field_of(message, "Subject").starts_with("Retrieval using the IMAP4 protocol failed for the following message") &&
         field_of(message, "From").contains("Microsoft Exchange");
}

}  // namespace godwit::adapters
