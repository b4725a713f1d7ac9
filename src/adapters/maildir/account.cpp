// SPDX-License-Identifier: Apache-2.0
#include "adapters/maildir/account.h"

#include "adapters/listed/listed_source.h"
#include "adapters/maildir/store.h"

namespace godwit::adapters {

std::unique_ptr<endpoint::Source> make_maildir_source(std::filesystem::path root) {
  const std::string identity = "maildir:" + root.native();
  return make_listed_source(identity, "Maildir", [root]() -> Task<Result<std::unique_ptr<MailStore>>> { co_return open_maildir_store(root); });
}

}  // namespace godwit::adapters
