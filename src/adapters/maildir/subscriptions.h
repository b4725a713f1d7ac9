// SPDX-License-Identifier: Apache-2.0
// Which folders of a Maildir are subscribed: Dovecot's file "subscriptions" in both its versions, and Courier's.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "endpoint/types.h"

namespace godwit::adapters {

// Version 2 is "V\t2" and an empty line, then names whose parts are separated by tabs; version 1 has names as IMAP gives them, with "."
// or "/". Parts are in modified UTF-7 in both.
[[nodiscard]] std::set<endpoint::FolderPath> parse_subscriptions(std::string_view text);

// courierimapsubscribed: "INBOX.Work" is what others call "Work".
[[nodiscard]] std::set<endpoint::FolderPath> parse_courier_subscriptions(std::string_view text);

// The text with one more folder, in the version that it is in; 2 where it is empty.
[[nodiscard]] std::string with_subscription(std::string text, const endpoint::FolderPath& path);

// The same with one less.
[[nodiscard]] std::string without_subscription(std::string_view text, const endpoint::FolderPath& path);

}  // namespace godwit::adapters
