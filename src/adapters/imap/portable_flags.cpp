// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/portable_flags.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "imap/writer.h"

namespace godwit::adapters {
namespace {

// The keywords are registered (RFC 5788).
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> of_same_meaning{{
    {"\\Forwarded", "$Forwarded"},
    {"\\MDNSent", "$MDNSent"},
    {"\\ReceiptChecked", "$MDNSent"},
    {"\\Junk", "$Junk"},
    {"\\$Junk", "$Junk"},
    {"\\NotJunk", "$NotJunk"},
    {"\\$NotJunk", "$NotJunk"},
}};

bool is_portable(const std::string& keyword) { return !keyword.starts_with('\\') && imap::is_writable_flag(keyword); }

}  // namespace

MessageFlags portable(MessageFlags flags) {
  if (std::ranges::all_of(flags.keywords, is_portable)) return flags;
  for (const std::string& keyword : std::exchange(flags.keywords, {})) {
    const auto known = std::ranges::find_if(of_same_meaning, [&](const auto& pair) { return equals_ignoring_case(pair.first, keyword); });
    if (known != of_same_meaning.end()) {
      flags.add(known->second);
    } else if (is_portable(keyword)) {
      flags.add(keyword);
    }
  }
  return flags;
}

}  // namespace godwit::adapters
