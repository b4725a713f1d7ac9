// SPDX-License-Identifier: Apache-2.0
// What sources and targets speak of, whatever their protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/folder_token.h"
#include "base/message_flags.h"
#include "base/uid_set.h"

namespace godwit::endpoint {

// A folder's place as names from the top; UTF-8 where the server's name could be decoded. "INBOX" is upper case at the top.
struct FolderPath {
  std::vector<std::string> segments;

  [[nodiscard]] std::string display() const;  // "Projects/2024", with control characters made visible
  [[nodiscard]] bool is_inbox() const { return segments.size() == 1 && segments.front() == "INBOX"; }
  friend auto operator<=>(const FolderPath&, const FolderPath&) = default;
  friend bool operator==(const FolderPath&, const FolderPath&) = default;
};

// RFC 6154 special-use; inbox is implied by the name.
enum class Role : std::uint8_t { none, inbox, all, archive, drafts, flagged, important, junk, sent, trash };
[[nodiscard]] std::string_view name_of(Role role);

// Whose mail a folder holds, as far as the server tells (RFC 2342).
enum class Owner : std::uint8_t { account, other_user, shared };
[[nodiscard]] std::string_view name_of(Owner owner);

struct Folder {
  std::string name;  // in the endpoint's own form; opaque to everybody else
  FolderPath path;
  Role role = Role::none;
  bool selectable = true;  // false: only a container, or unreadable
  bool unreadable = false; // the server did not tell its state: it may hold messages that nobody sees in this round
  bool subscribed = false;
  FolderToken state;
  Owner owner = Owner::account;
  bool groupware = false;  // it shows appointments, contacts and the like, of which IMAP gives no more than a copy for reading
};

struct NewFolder {
  FolderPath path;
  Role role = Role::none;
  bool subscribe = false;  // a wish: a refusal of it is no failure
};

// One line of a listing; what of it was not asked for is empty.
struct Item {
  Uid uid = 0;
  MessageFlags flags;
  std::string date;  // as in Message
  std::uint64_t size = 0;
  std::uint64_t object_id = 0;
  std::string header = {};  // as the server has it, up to the empty line and with it; empty where the system cannot tell it alone
};
struct ItemFields {
  bool date = false, size = false, object_id = false, header = false;
};

// One message as the source gives it. `date` is an IMAP date-time, the zone kept ("17-Jul-1996 02:44:25 -0700").
struct Message {
  Uid uid = 0;
  MessageFlags flags;
  std::string date;
  std::uint64_t size = 0;  // of the body in bytes
  bool streamed = false;   // then `bytes` is empty, and MessageReader::read() gives the body
  std::string bytes;
  std::uint64_t object_id = 0;  // the same for the same message in every folder (Traits::tells_object_ids); 0: not told
};

struct NewMessage {
  MessageFlags flags;
  std::string date;
  std::string_view bytes;
};

// What an endpoint can do and promises; the runner asks this, never for a class.
struct Traits {
  std::string server;                         // name and version as far as told, for people
  std::string caveat;                         // what the system cannot tell of its messages, a sentence for reports; empty: nothing
  bool tells_object_ids = false;              // EMAILID, X-GM-MSGID
  bool tells_changes = false;                 // list() with changed_since works (CONDSTORE)
  std::size_t batch_messages = 1;             // how many messages one append() may take
  bool moves_messages = false;                // move() works, and tells where they are
  bool removes_messages = false;              // remove() works
  std::uint8_t late_flags = 0;                // system flags that an append() loses: they are set behind it
  bool folder_case_matters = true;            // false: "Sent" and "SENT" are one folder
  bool pipelines_appends = false;             // append() never waits for the server before it has written everything
  std::optional<std::uint64_t> append_limit;  // largest message in bytes
  std::vector<std::string> warnings;          // what the operator has to know of this connection, each time that there is one
};

}  // namespace godwit::endpoint
