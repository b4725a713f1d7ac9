// SPDX-License-Identifier: Apache-2.0
// How messages that lie under several labels at once are shown as messages in folders.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace godwit::endpoint {

struct LabelRules {
  enum class Placement : std::uint8_t {
    first,    // in the folder of its first label, the others as keywords
    copies,   // in the folder of each label
    folders,  // as the server's folders show it: read once for each of them
  };
  Placement placement = Placement::first;
  // Labels that go before all others, the first before the second: "Clients/Smith", "\Inbox", "\Sent", "\Drafts".
  std::vector<std::string> order{};
  bool keywords = true;    // the labels that are no place become keywords
  bool important = false;  // what the server thinks important gets the keyword $Important
  bool junk = false;       // the folder of junk is shown
  bool chats = false;      // conversations that the server keeps beside mail are shown

  friend bool operator==(const LabelRules&, const LabelRules&) = default;
};

}  // namespace godwit::endpoint
