// SPDX-License-Identifier: Apache-2.0
// A source made of a MailStore: its messages are numbered by the account's KeyBook, and a folder's highest_modseq is a digest of its
// listing, so that equal ones mean that nothing happened.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "adapters/listed/mail_store.h"
#include "endpoint/session.h"

namespace godwit::adapters {

using OpenStore = std::function<Task<Result<std::unique_ptr<MailStore>>>()>;

// `server`: for people, "Maildir". `caveat`: see endpoint::Traits.
[[nodiscard]] std::unique_ptr<endpoint::Source> make_listed_source(std::string identity, std::string server, OpenStore open_store,
                                                                   std::string caveat = {});

// One session, for a target that is read in the same way.
[[nodiscard]] std::unique_ptr<endpoint::Session> make_listed_session(std::unique_ptr<MailStore> store,
                                                                     std::shared_ptr<endpoint::KeyBook> book, std::string server,
                                                                     std::string caveat = {});

}  // namespace godwit::adapters
