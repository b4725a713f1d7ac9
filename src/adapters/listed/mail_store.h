// SPDX-License-Identifier: Apache-2.0
// What a system must tell of an account to be a source when it knows its messages by names: files, archives, POP3. listed_source.h makes
// a source of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "endpoint/server_facts.h"
#include "endpoint/types.h"

namespace godwit::adapters {

struct ListedMessage {
  std::string key;  // see KeyedMessage; a key that comes a second time in a folder must have been made another one
  MessageFlags flags;
  std::string date;         // as in endpoint::Message; empty: only the message itself tells it
  std::uint64_t size = 0;   // 0: only the message itself tells it
  std::uint64_t object_id = 0;
};

// A message that is being read.
class StoredMessage {
 public:
  virtual ~StoredMessage() = default;
  [[nodiscard]] virtual std::uint64_t size() const = 0;  // exactly the bytes that read() gives altogether, lines ending in CRLF
  [[nodiscard]] virtual const std::string& date() const = 0;
  // The next bytes, at most 1 MiB; empty at the end. Valid until the next call.
  [[nodiscard]] virtual Task<Result<std::span<const char>>> read() = 0;
};

// One line to an account; one call at a time. Errors as those of endpoint::Session.
class MailStore {
 public:
  virtual ~MailStore() = default;
  // As endpoint::Traits has them, where this one line has some of its own.
  [[nodiscard]] virtual std::string caveat() const { return {}; }
  [[nodiscard]] virtual std::vector<std::string> warnings() const { return {}; }
  [[nodiscard]] virtual Task<Result<endpoint::ServerFacts>> facts() = 0;
  // Without their states. A folder's name is the key of its numbers: it must stay the same.
  [[nodiscard]] virtual Task<Result<std::vector<endpoint::Folder>>> folders() = 0;
  // Every message of the folder, in the order in which they are to be numbered. Error rather than an incomplete list: what is not in it
  // counts as gone. Error not_found: the folder is gone.
  [[nodiscard]] virtual Task<Result<std::vector<ListedMessage>>> list(const std::string& folder) = 0;
  // These are about to be opened, in this order: a line with round trips asks ahead.
  virtual void expect(const std::string& /*folder*/, std::span<const ListedMessage> /*messages*/) {}
  // Errors: not_found, it is gone; refused, this one cannot be read, and why. What is being read of another one is over.
  [[nodiscard]] virtual Task<Result<std::unique_ptr<StoredMessage>>> open(const std::string& folder, const ListedMessage& message) = 0;
  virtual void close() {}
};

}  // namespace godwit::adapters
