// SPDX-License-Identifier: Apache-2.0
// An IMAP client whose methods are named as the RFC's commands. Each returns a handle at once and only queues its bytes, so
// that pipelining is the normal way; waiting on any handle first writes what is queued, then reads the connection until
// that command is complete. All on one thread. Commands complete in the order in which they were made.
//
// One coroutine at a time may be inside the reading functions (wait, next, read_body), and one inside the writing
// functions (flush, append, AppendStream); they may be different ones.
//
// Any Error of kind network, timeout, tls or syntax, and BYE, ends the session: every handle then gives the same error.
// A tagged NO or BAD is not an error of the session; what kind of Error it becomes says error_of() in "imap/refusal.h".
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "base/task.h"
#include "imap/rights.h"
#include "imap/types.h"
#include "net/stream.h"
#include "sasl/mechanism.h"

namespace godwit::imap {

class ConnectionTrace;  // imap/trace.h

struct ClientOptions {
  // Extensions that this host announced but failed; taken out of every capability list.
  std::set<std::string, std::less<>> disabled;
  std::size_t line_limit = 64 * 1024;            // one response without its literals
  std::size_t literal_limit = 1024 * 1024;       // literals of a response that are not message bodies
  std::size_t answer_limit = 128 * 1024 * 1024;  // all of the untagged responses to a command, but for FETCH
  std::size_t whole_body_limit = 1024 * 1024;    // bodies above it are streamed by read_body()
  std::shared_ptr<ConnectionTrace> trace = nullptr;  // is told every byte in both directions
};

class Connection;    // reader, writer, queue of open commands: imap/connection.h
struct CommandState;

// Handle of a command in flight. Destroying it without waiting is allowed; the answer is then read and dropped.
template <class T>
class Command {
 public:
  explicit Command(std::shared_ptr<CommandState> state) : state_(std::move(state)) {}
  // The result of OK; NO and BAD as Error (see refusal.h). May be called once.
  [[nodiscard]] Task<Result<T>> wait();

 private:
  std::shared_ptr<CommandState> state_;
};

// A UID FETCH in flight. Messages come in the server's order; data about UIDs that were not asked for, and unsolicited FETCH
// responses without a body when a body was asked for, are dropped.
class FetchCommand {
 public:
  // The next message, or nothing after the tagged OK. After a tagged NO or BAD: Error, once; the messages before it are good.
  // An unread rest of a streamed body is read and dropped first.
  [[nodiscard]] Task<Result<std::optional<FetchedMessage>>> next();
  // The next piece of the streamed body of the message that next() gave last; empty at its end. Valid until the next call.
  // Whoever waits for another command of the connection meanwhile makes the rest of the body unreadable (an Error, kind bug).
  [[nodiscard]] Task<Result<std::span<const char>>> read_body();
  // After the end of a fetch that asked for it: the UIDs that were expunged since; perhaps some that never were there.
  [[nodiscard]] const UidSet& vanished() const;

 private:
  friend class Client;
  explicit FetchCommand(std::shared_ptr<CommandState> state) : state_(std::move(state)) {}
  std::shared_ptr<CommandState> state_;
};

struct AppendResult {
  std::optional<APPENDUID> append_uid;  // absent: the server did not tell (no UIDPLUS, or it may not be read)
};

struct CopyResult {
  std::vector<COPYUID> parts;  // of a long set one for each command; without UIDPLUS, or when nothing was there, none
  void add(std::optional<COPYUID> part) {
    if (part) parts.push_back(*std::move(part));
  }
  [[nodiscard]] std::optional<Uid> destination_of(Uid uid) const;
};

// One APPEND whose body comes in pieces; nothing else may be written on the connection until finish().
class AppendStream {
 public:
  [[nodiscard]] Task<Result<>> write(std::span<const char> piece);
  // After exactly `size` bytes. Ends the command; its outcome is that of the handle.
  [[nodiscard]] Task<Result<Command<AppendResult>>> finish();

 private:
  friend class Client;
  explicit AppendStream(std::shared_ptr<CommandState> state) : state_(std::move(state)) {}
  std::shared_ptr<CommandState> state_;
};

struct ListOptions {
  bool status = false;       // RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY [HIGHESTMODSEQ])), only when LIST-STATUS is there
  bool subscribed = false;   // RETURN (SUBSCRIBED), only when LIST-EXTENDED is there
  bool special_use = false;  // RETURN (SPECIAL-USE), only when both are there
};
struct ListResult {
  std::vector<ListData> mailboxes;
  std::vector<StatusData> statuses;
};

class Client {
 public:
  Client(std::unique_ptr<net::Stream> stream, ClientOptions options);
  ~Client();

  // Reads the greeting. Error of kind unavailable or network after BYE, with its text. Capabilities in the greeting are kept.
  [[nodiscard]] Task<Result<StatusResponse>> greeting();
  [[nodiscard]] bool is_preauth() const;
  [[nodiscard]] std::string greeting_text() const;  // without its response code; empty before it was read

  // What the server last announced, less options.disabled and what disable() took away.
  [[nodiscard]] const Capabilities& capabilities() const;
  void disable(std::string_view extension);

  // From now on a NOOP goes out whenever nothing was asked for one to two intervals: servers end sessions that are silent, after half an
  // hour or earlier (RFC 9051 §5.4). Its answer is read with the next one. On the executor of the caller, until the client goes.
  [[nodiscard]] Task<> keep_alive(std::chrono::milliseconds interval);

  // Any state.
  [[nodiscard]] Command<Capabilities> capability();
  [[nodiscard]] Command<std::vector<std::pair<std::string, std::string>>> id(
      std::vector<std::pair<std::string, std::string>> fields);
  [[nodiscard]] Command<StatusResponse> noop();
  [[nodiscard]] Command<StatusResponse> logout();

  // Not authenticated. STARTTLS: waits for OK, throws away every byte that came before the handshake, replaces the stream,
  // and forgets the capabilities (RFC 9051 §6.2.1). `upgrade` makes the TLS stream.
  using Upgrade = std::function<Task<Result<std::unique_ptr<net::Stream>>>(std::unique_ptr<net::Stream>)>;
  [[nodiscard]] Task<Result<>> starttls(Upgrade upgrade);
  [[nodiscard]] Command<StatusResponse> login(const std::string& user, const Secret& password);
  // A SASL exchange (RFC 9051 §6.2.2), with an initial response where the mechanism and SASL-IR have one. Nothing else may be open.
  // Where the mechanism gives up, the exchange is called off and its error is told. A server that says OK without the proof that the
  // mechanism wants ends the session.
  [[nodiscard]] Task<Result<StatusResponse>> authenticate(std::unique_ptr<sasl::Mechanism> mechanism);
  // Kerio: the administrator's master password answers a challenge; then x_setuser() says whose mailbox it is to be. Nothing else may
  // be open.
  [[nodiscard]] Task<Result<StatusResponse>> x_masterauth(const Secret& password);
  [[nodiscard]] Command<StatusResponse> x_setuser(const std::string& user);

  // Authenticated, as an administrator. Netscape, iPlanet, Sun and Oracle: from now on it is this user's session.
  [[nodiscard]] Command<StatusResponse> proxyauth(const std::string& user);

  // Authenticated.
  [[nodiscard]] Command<std::vector<std::string>> enable(const std::vector<std::string>& extensions);
  [[nodiscard]] Command<Namespaces> namespace_();
  // The quota roots that count this mailbox (RFC 9208 §4.1.2); only where QUOTA is there.
  [[nodiscard]] Command<std::vector<QuotaData>> get_quota_root(const std::string& mailbox);
  // Sets all limits of a root (RFC 9208 §4.1.3); resources that are not named have none afterwards. `used` is not looked at.
  [[nodiscard]] Command<StatusResponse> set_quota(const std::string& root, const std::vector<QuotaResource>& limits);
  // RFC 4314 §3; only where ACL is there. `rights` are letters; with "+" or "-" in front they are added or taken away.
  [[nodiscard]] Command<AclData> get_acl(const std::string& mailbox);
  [[nodiscard]] Command<StatusResponse> set_acl(const std::string& mailbox, const std::string& identifier, const std::string& rights);
  [[nodiscard]] Command<StatusResponse> delete_acl(const std::string& mailbox, const std::string& identifier);
  [[nodiscard]] Command<ListRightsData> list_rights(const std::string& mailbox, const std::string& identifier);
  [[nodiscard]] Command<MyRightsData> my_rights(const std::string& mailbox);
  // RFC 5464 §4.2, §4.3; only where METADATA is there, and of the server, with an empty mailbox, METADATA-SERVER, too.
  [[nodiscard]] Command<MetadataResult> get_metadata(const std::string& mailbox, const MetadataQuery& query);
  [[nodiscard]] Command<StatusResponse> set_metadata(const std::string& mailbox, const std::vector<MetadataEntry>& entries);
  [[nodiscard]] Command<ListResult> list(const std::string& reference, const std::string& pattern, ListOptions options);
  [[nodiscard]] Command<ListResult> lsub(const std::string& reference, const std::string& pattern);
  [[nodiscard]] Command<StatusData> status(const std::string& mailbox, bool with_highest_modseq);
  // `special_use`: "\Sent" etc.; sent only where CREATE-SPECIAL-USE is there, else ignored.
  [[nodiscard]] Command<StatusResponse> create(const std::string& mailbox, const std::string& special_use = {});
  [[nodiscard]] Command<StatusResponse> delete_(const std::string& mailbox);
  [[nodiscard]] Command<StatusResponse> rename(const std::string& mailbox, const std::string& new_name);
  [[nodiscard]] Command<StatusResponse> subscribe(const std::string& mailbox);
  [[nodiscard]] Command<SelectData> examine(const std::string& mailbox);
  [[nodiscard]] Command<SelectData> select(const std::string& mailbox);
  // COMPRESS=DEFLATE (RFC 4978); no other command may be in flight.
  [[nodiscard]] Task<Result<>> compress();

  // Writes the whole command, of one message or, with MULTIAPPEND, several; waits for '+' where the literals must be
  // synchronising (RFC 7888: LITERAL- takes 4096 bytes at most). A NO or BAD that comes early ends the writing in an
  // orderly way and is the handle's result. More than one message without MULTIAPPEND is a bug.
  [[nodiscard]] Task<Result<Command<AppendResult>>> append(const std::string& mailbox, std::span<const AppendMessage> messages);
  // A NO or BAD before the bytes are asked for is this call's Error; the session goes on. A stream that is destroyed before
  // finish() ends the session, because the server still waits for the rest.
  [[nodiscard]] Task<Result<AppendStream>> append_stream(const std::string& mailbox, const MessageFlags& flags,
                                                         const std::string& internal_date, std::uint64_t size);

  // Selected.
  [[nodiscard]] Command<StatusResponse> unselect();  // where UNSELECT is not there: EXAMINE of a name that cannot be
  [[nodiscard]] Command<UidSet> uid_search(const std::string& criteria);  // RETURN (ALL) where ESEARCH is there
  // `changed_since`: only messages changed after this modseq (CONDSTORE); `with_vanished`: tell what was expunged since, too
  // (QRESYNC, enabled).
  [[nodiscard]] FetchCommand uid_fetch(const UidSet& uids, FetchItems items, std::uint64_t changed_since = 0,
                                       bool with_vanished = false);
  // `operation`: "+FLAGS.SILENT", "-FLAGS.SILENT", "FLAGS.SILENT".
  [[nodiscard]] Command<StatusResponse> uid_store(const UidSet& uids, const std::string& operation, const MessageFlags& flags);

  [[nodiscard]] Command<CopyResult> uid_copy(const UidSet& uids, const std::string& mailbox);
  [[nodiscard]] Command<CopyResult> uid_move(const UidSet& uids, const std::string& mailbox);  // RFC 6851
  [[nodiscard]] Command<StatusResponse> uid_expunge(const UidSet& uids);                       // RFC 4315: UIDPLUS

  [[nodiscard]] Task<Result<>> flush();
  void set_wait_limit(std::chrono::milliseconds limit);
  void close();
  [[nodiscard]] const net::Stream& stream() const;

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace godwit::imap
