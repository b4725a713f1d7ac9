// SPDX-License-Identifier: Apache-2.0
// The messages of one folder of a MailStore with their numbers.
#pragma once

#include <vector>

#include "adapters/listed/mail_store.h"
#include "base/folder_token.h"
#include "endpoint/key_book.h"

namespace godwit::adapters {

struct NumberedMessage {
  Uid uid = 0;
  ListedMessage message;
};

struct Listing {
  FolderToken state;
  std::vector<NumberedMessage> messages;  // ascending
};

// Lists the folder, and numbers what is new in it.
[[nodiscard]] Task<Result<Listing>> list_numbered(MailStore& store, endpoint::KeyBook& book, std::string folder);

}  // namespace godwit::adapters
