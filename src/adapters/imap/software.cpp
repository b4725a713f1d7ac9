// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/software.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace godwit::adapters {
namespace {

using Sign = std::pair<std::string_view, std::string_view>;  // what is found, and who it is

// A longer sign stands before a shorter one that may be part of it.
constexpr std::array greeting_signs{
    Sign{"microsoft exchange", "Microsoft Exchange"}, Sign{"gimap", "Gmail"},         Sign{"dovecot", "Dovecot"},
    Sign{"cyrus", "Cyrus IMAP"},                      Sign{"courier", "Courier"},     Sign{"zimbra", "Zimbra"},
    Sign{"domino", "Domino"},                         Sign{"kerio", "Kerio Connect"}, Sign{"mdaemon", "MDaemon"},
    Sign{"icewarp", "IceWarp"},                       Sign{"groupwise", "GroupWise"}, Sign{"communigate", "CommuniGate Pro"},
    Sign{"smartermail", "SmarterMail"},               Sign{"mailenable", "MailEnable"}, Sign{"stalwart", "Stalwart"},
    Sign{"oracle", "Oracle Messaging Server"},        Sign{"hmailserver", "hMailServer"}, Sign{"gromox", "gromox"},
};
constexpr std::array capability_signs{
    Sign{"X-GM-EXT-1", "Gmail"},
    Sign{"XYMHIGHESTMODSEQ", "Yahoo"},
    Sign{"AUTH=X-ZIMBRA", "Zimbra"},
};

// The first word behind `place` that begins with a digit, or with "v" and a digit; not behind "ready", where dates and addresses
// may stand.
std::string version_behind(std::string_view greeting, std::size_t place) {
  for (std::size_t begin = greeting.find(' ', place); begin != std::string_view::npos; begin = greeting.find(' ', begin)) {
    ++begin;
    std::string_view word = greeting.substr(begin, greeting.find(' ', begin) - begin);
    if (word == "ready") break;
    if (word.starts_with('v') || word.starts_with('V')) word.remove_prefix(1);
    if (!word.empty() && word.front() >= '0' && word.front() <= '9') return std::string(word.substr(0, word.find_first_of(",;)")));
  }
  return {};
}

}  // namespace

Software guess_software(std::string_view greeting, const imap::Capabilities& capabilities) {
  const std::string lower = to_lower(greeting);
  for (const auto& [sign, name] : greeting_signs) {
    const std::size_t place = lower.find(sign);
    if (place != std::string::npos) return {std::string(name), version_behind(greeting, place)};
  }
  for (const auto& [sign, name] : capability_signs) {
    if (capabilities.has(sign)) return {std::string(name), {}};
  }
  return {};
}

}  // namespace godwit::adapters
