// SPDX-License-Identifier: Apache-2.0
// The seam between the engine and every system it moves from or to. A session is one connection of one account, used by one
// thread. Calls that return an object instead of a Task only queue what they ask for: they take effect in the order in which they
// are made, and so a caller may ask for the next folder while the last one is still being read. Readers must be read in that order
// too; a Pending may be taken later, for its answer is small.
//
// Errors of kind network, timeout, tls, syntax and unavailable mean that the session is over; all others leave it usable.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "endpoint/key_book.h"
#include "endpoint/server_facts.h"
#include "endpoint/types.h"
#include "endpoint/unique_ids.h"

namespace godwit::endpoint {

class Extras;  // endpoint/extras.h

// An answer that is on its way.
template <class T>
class Pending {
 public:
  virtual ~Pending() = default;
  [[nodiscard]] virtual Task<Result<T>> get() = 0;  // once
};

class ItemReader {
 public:
  virtual ~ItemReader() = default;
  // The next items in ascending order of UID; empty at the end.
  [[nodiscard]] virtual Task<Result<std::vector<Item>>> next() = 0;
};

class MessageReader {
 public:
  virtual ~MessageReader() = default;
  // The next message that the server gave, in its order; nothing at the end. A UID that was asked for and does not come is gone
  // or could not be read: the caller finds out which. An error of kind refused ends the reading but not the session.
  [[nodiscard]] virtual Task<Result<std::optional<Message>>> next() = 0;
  // The next piece of the body of a streamed message; empty at its end. Valid until the next call. A rest that is not read is
  // dropped by the next call of next().
  [[nodiscard]] virtual Task<Result<std::span<const char>>> read() = 0;
};

// A folder opened for reading only: nothing on the server changes by it. Calls may be made until the session opens another.
class FolderView {
 public:
  virtual ~FolderView() = default;
  [[nodiscard]] virtual Task<Result<FolderToken>> state() = 0;
  // All UIDs at or above `from`.
  [[nodiscard]] virtual std::unique_ptr<Pending<UidSet>> uids(Uid from) = 0;
  // UIDs and flags, and `fields`. `changed_since`: only what changed after that highest_modseq (Traits::tells_changes); 0: everything.
  [[nodiscard]] virtual std::unique_ptr<ItemReader> list(const UidSet& uids, std::uint64_t changed_since,
                                                         ItemFields fields = {}) = 0;
  // Messages with flags, date and body.
  [[nodiscard]] virtual std::unique_ptr<MessageReader> fetch(const UidSet& uids) = 0;
};

class Session {
 public:
  virtual ~Session() = default;
  [[nodiscard]] virtual const Traits& traits() const = 0;
  // What the server tells of itself and of this account; asked once more with each call. What it refuses to tell is missing.
  [[nodiscard]] virtual Task<Result<ServerFacts>> facts() = 0;
  // Every folder of the account's own, with its state where it can be selected.
  [[nodiscard]] virtual Task<Result<std::vector<Folder>>> folders() = 0;
  [[nodiscard]] virtual std::unique_ptr<FolderView> open(const Folder& folder) = 0;
  // Rights, annotations and limits of quotas, where the system has any of them; else nullptr. Nothing else may be in flight while they
  // are asked for. Valid as long as the session.
  [[nodiscard]] virtual Extras* extras() { return nullptr; }
  // Sends what is queued.
  [[nodiscard]] virtual Task<Result<>> flush() = 0;
  // The session has noticed that it would go on better in another way (compressed, on a slow line), and asks for a moment without
  // anything in flight, in which adapt() changes to it.
  [[nodiscard]] virtual bool wants_to_adapt() const = 0;
  [[nodiscard]] virtual Task<Result<>> adapt() = 0;
  // How long this session has waited for its server so far.
  [[nodiscard]] virtual std::chrono::nanoseconds waited() const = 0;
  virtual void close() = 0;
};

// What became of an append() or append_stream(). An error instead of it means that the session is over and the outcome in doubt.
struct AppendOutcome {
  enum class Kind {
    stored,   // the server said OK
    refused,  // it said no; how much of a batch it kept is unknown
  };
  Kind kind = Kind::stored;
  std::vector<Uid> uids;           // one for each message in order, or empty: stored, but where is not told or not credible
  std::uint32_t uid_validity = 0;  // of the folder that the UIDs are of
  Error error;                     // when refused
  bool worth_repeating = false;    // refused for a way of sending that the session will not use again
};

class AppendStream {
 public:
  virtual ~AppendStream() = default;
  [[nodiscard]] virtual Task<Result<>> write(std::span<const char> piece) = 0;
  // After exactly the announced number of bytes.
  [[nodiscard]] virtual Task<Result<std::unique_ptr<Pending<AppendOutcome>>>> finish() = 0;
};

class TargetSession : public Session {
 public:
  // How the endpoint names a folder at this path; names that it cannot hold are altered so that different paths stay different
  // as far as `taken` tells.
  [[nodiscard]] virtual std::string name_for(const FolderPath& path) const = 0;
  // Makes the folders that are not there yet, parents first; returns each with its state, in order. One that cannot be made
  // is an error in its place.
  [[nodiscard]] virtual Task<Result<std::vector<Result<Folder>>>> create_folders(std::span<const NewFolder> folders) = 0;
  // A refusal is no failure: the next round sees that the wish is still open.
  [[nodiscard]] virtual std::unique_ptr<Pending<void>> subscribe(std::span<const Folder> folders) = 0;
  [[nodiscard]] virtual Task<Result<>> remove_folder(const Folder& folder) = 0;
  // Puts the folder, with what lies below it, at another place. Error `exists`: there is one already.
  [[nodiscard]] virtual Task<Result<>> rename_folder(const Folder& folder, const FolderPath& path) = 0;
  // Stores the messages, singly, in a folder that is made for them, reads them back, and removes the folder; all in one flight
  // where the server allows it. Gives what came back; a message that was refused is missing.
  [[nodiscard]] virtual Task<Result<std::unique_ptr<Pending<std::vector<std::string>>>>> try_out(
      const NewFolder& folder, std::span<const NewMessage> messages) = 0;
  // Writes the messages in order (at most Traits::batch_messages) and returns when they are on their way; several may be pending.
  [[nodiscard]] virtual Task<Result<std::unique_ptr<Pending<AppendOutcome>>>> append(const Folder& folder,
                                                                            std::span<const NewMessage> messages) = 0;
  // One message whose body comes in pieces. Nothing else may be called on the session until finish() returned.
  [[nodiscard]] virtual Task<Result<std::unique_ptr<AppendStream>>> append_stream(const Folder& folder,
                                                                                  const MessageFlags& flags,
                                                                                  const std::string& date,
                                                                                  std::uint64_t size) = 0;
  // Adds and takes away flags of messages; UIDs that are gone are passed over. Error `refused`: at least one was not changed.
  struct FlagChange {
    Uid uid = 0;
    MessageFlags add, remove;
  };
  [[nodiscard]] virtual std::unique_ptr<Pending<void>> change_flags(const Folder& folder, std::span<const FlagChange> changes) = 0;
  // Moves messages to another folder, with all that belongs to them (Traits::moves_messages). The answer has those that were moved:
  // where each was, and where it is; UIDs that were gone are missing. After an error some may have been moved.
  struct Moved {
    std::vector<std::pair<Uid, Uid>> uids;
    std::uint32_t uid_validity = 0;  // of the folder where they are now
  };
  [[nodiscard]] virtual Task<Result<Moved>> move(const Folder& from, const UidSet& uids, const Folder& to) = 0;
  // Removes these messages for good, and no others (Traits::removes_messages). UIDs that are gone are passed over.
  [[nodiscard]] virtual std::unique_ptr<Pending<void>> remove(const Folder& folder, const UidSet& uids) = 0;
};

// Opens sessions of one account; every error says what an operator can do.
class Source {
 public:
  virtual ~Source() = default;
  // Where the numbers of its messages are on record, for systems that have none themselves; nullptr: nowhere, until another call. While
  // no session is open.
  virtual void number_by(std::shared_ptr<KeyBook> /*book*/) {}
  [[nodiscard]] virtual std::string identity() const = 0;  // the same for the same account, for ever; key of the ledger
  [[nodiscard]] virtual Task<Result<std::unique_ptr<Session>>> connect() = 0;
  // Whether list_unique_ids() has something to list. Errors of that as of connect(); refused: the server has no such names. While no
  // session of the account is open: there are servers that let in one at a time.
  [[nodiscard]] virtual bool has_unique_ids() const { return false; }
  [[nodiscard]] virtual Task<Result<std::unique_ptr<UniqueIdList>>> list_unique_ids();
};

class Target {
 public:
  virtual ~Target() = default;
  virtual void number_by(std::shared_ptr<KeyBook> /*book*/) {}  // as Source's
  [[nodiscard]] virtual std::string identity() const = 0;
  [[nodiscard]] virtual std::string host() const = 0;  // key for what is learned about the host: "imaps://mail.example.com:993"
  [[nodiscard]] virtual Task<Result<std::unique_ptr<TargetSession>>> connect() = 0;
};

}  // namespace godwit::endpoint
