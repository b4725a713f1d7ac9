// SPDX-License-Identifier: Apache-2.0
// Values of IMAP4rev1 (RFC 3501) and IMAP4rev2 (RFC 9051) as plain structs. Literals are bytes, never text.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/message_flags.h"
#include "base/uid_set.h"

namespace godwit::imap {

// Upper-case names as they stand in CAPABILITY ("LITERAL+", "AUTH=PLAIN", "APPENDLIMIT=35651584").
class Capabilities {
 public:
  void add(std::string_view name);
  void remove(std::string_view name);
  [[nodiscard]] bool has(std::string_view name) const;
  // The text behind "NAME=": value("APPENDLIMIT") is "35651584"; nothing when it is not there.
  [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
  [[nodiscard]] bool empty() const { return names_.empty(); }
  [[nodiscard]] const std::set<std::string, std::less<>>& names() const { return names_; }

 private:
  std::set<std::string, std::less<>> names_;
};

enum class Status { ok, no, bad };

// resp-text-code of RFC 9051 §7.1 and RFC 5530: [name arguments]. Name in upper case, arguments raw.
struct ResponseCode {
  std::string name;
  std::string arguments;
  friend bool operator==(const ResponseCode&, const ResponseCode&) = default;
};

struct APPENDUID {  // RFC 4315 §3
  std::uint32_t uid_validity = 0;
  std::vector<UidRange> uids;  // in the order of the messages, as sent: "5:7,9" has four; kept unsorted on purpose
  [[nodiscard]] std::uint64_t count() const;
};
[[nodiscard]] std::uint64_t count_of(const std::vector<UidRange>& ranges);

struct COPYUID {  // RFC 4315 §3
  std::uint32_t uid_validity = 0;  // of the mailbox that was copied to
  std::vector<UidRange> from, to;  // as sent: the n-th UID of one belongs to the n-th of the other
  // Where the message is now; nothing when the server did not name it.
  [[nodiscard]] std::optional<Uid> destination_of(Uid uid) const;
};

// A tagged answer, or the text of an untagged OK/NO/BAD/BYE/PREAUTH.
struct StatusResponse {
  Status status = Status::ok;
  ResponseCode code;
  std::string text;  // the human-readable part, untouched
};

struct StatusData {  // STATUS, also inside LIST-STATUS (RFC 5819)
  std::string mailbox;  // UTF-8
  std::optional<std::uint32_t> messages, uid_next, uid_validity;
  std::optional<std::uint64_t> highest_modseq;  // RFC 7162
  std::optional<std::uint64_t> append_limit;    // RFC 7889
};

struct ListData {
  std::string mailbox;  // UTF-8: modified UTF-7 is decoded; what does not decode stays as it is
  char separator = 0;   // 0: NIL, the name has no hierarchy
  std::vector<std::string> attributes;  // as sent: "\HasChildren", "\Sent", "\NonExistent", "\Subscribed"
  std::string old_name;     // OLDNAME of RFC 9051 §6.3.9.7, as mailbox; empty: not told
  bool is_undecodable = false;  // mailbox holds the name's raw bytes
  // What to give to the client's commands to reach exactly this mailbox: "R&D" may be a raw name or the decoded form of
  // another one ("R&-D"), so a raw name is marked for the writer (see mailbox_to_wire() in "imap/utf7.h").
  [[nodiscard]] std::string address() const;
  [[nodiscard]] bool has_attribute(std::string_view name) const;  // case-insensitive
};

struct NamespaceData {
  std::string prefix;  // UTF-8
  char separator = 0;
};
struct Namespaces {  // RFC 2342 §5
  std::vector<NamespaceData> personal, other_users, shared;
};

struct QuotaResource {  // RFC 9208 §5
  std::string name;     // upper case: "STORAGE" (in units of 1024 bytes), "MESSAGE", …
  std::uint64_t used = 0, limit = 0;
};
struct QuotaData {
  std::string root;
  std::vector<QuotaResource> resources;  // those with a limit
};

// What EXAMINE and SELECT tell.
struct SelectData {
  std::uint32_t exists = 0;
  std::uint32_t uid_validity = 0;  // 0: not told
  std::uint32_t uid_next = 0;      // 0: not told
  std::uint64_t highest_modseq = 0;  // 0: NOMODSEQ or not told
  bool read_only = false;
  std::optional<std::vector<std::string>> permanent_flags;  // absent: all may be set (RFC 9051 §7.1)
};

struct FetchedMessage {
  Uid uid = 0;  // 0: the server did not tell it before a streamed body; the caller must ask for this message alone
  MessageFlags flags;
  bool has_flags = false;
  std::string internal_date;  // as sent, without quotes; empty: not told
  std::optional<std::uint64_t> rfc822_size;
  std::optional<std::uint64_t> modseq;
  std::string object_id;      // EMAILID (RFC 8474) or Gmail's X-GM-MSGID; empty: not told
  std::vector<std::string> labels;  // Gmail's X-GM-LABELS, UTF-8: "\\Inbox", "Projects/2024"
  enum class Body { absent, nil, whole, streamed } body_kind = Body::absent;
  std::string body;             // when whole
  std::uint64_t body_size = 0;  // whole or streamed: the literal's length
};


// Which data items a FETCH asks for; UID is always among them.
struct FetchItems {
  bool flags = false;
  bool internal_date = false;
  bool rfc822_size = false;
  bool modseq = false;
  bool object_id = false;  // EMAILID where OBJECTID is there, X-GM-MSGID where X-GM-EXT-1 is; else ignored
  bool labels = false;  // X-GM-LABELS where X-GM-EXT-1 is there; else ignored
  bool body = false;  // BODY.PEEK[]
  bool header = false;  // BODY.PEEK[HEADER]; it comes as the body. Not together with it
};

// One message to append.
struct AppendMessage {
  MessageFlags flags;
  std::string internal_date;  // date-time of RFC 9051 §9 without the quotes: "17-Jul-1996 02:44:25 -0700"; empty: not sent
  std::string_view bytes;     // must live until the command has been written
};

}  // namespace godwit::imap
