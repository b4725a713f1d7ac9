// SPDX-License-Identifier: Apache-2.0
// One IMAP connection below the client: the queue of bytes to write, the open commands, and the reader, which works on demand:
// whoever waits for a command reads until it is complete, on behalf of all.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "imap/client.h"
#include "imap/endurance.h"
#include "imap/response_reader.h"
#include "net/stream.h"

namespace godwit::imap {

// "192.0.2.7:993, TLSv1.3"
[[nodiscard]] std::string place_of(const net::Stream& stream);

// What the responses to a FETCH are gathered in.
struct FetchState {
  UidSet asked;
  bool wants_body = false;
  std::uint64_t answers = 0;
  UidSet vanished;  // QRESYNC: what was expunged since the modseq that was asked for
  std::deque<FetchedMessage> ready;
  bool lost_stream = false;  // whoever waited for another command had to pass over a body
  bool has_ended = false;    // the tagged answer was told
};

struct CommandState {
  enum class Kind {
    plain,  // nothing but its tagged answer is kept
    capability, id, logout, enable, namespace_, list, lsub, status, select, search, fetch, append, unselect, copy, quota,
    acl, list_rights, my_rights, metadata,
  };
  using Data = std::variant<std::monostate, Capabilities, std::vector<std::pair<std::string, std::string>>,
                            std::vector<std::string>, Namespaces, std::vector<QuotaData>, ListResult, StatusData, SelectData, UidSet,
                            AppendResult, CopyResult, FetchState, AclData, ListRightsData, MyRightsData, MetadataResult>;

  Kind kind = Kind::plain;
  std::string name;  // "APPEND", for errors
  std::weak_ptr<Connection> connection;
  Data data;
  bool with_status = false;            // LIST that also asked for STATUS
  std::size_t open_tags = 0;           // a command too long for one line goes out as several
  std::optional<StatusResponse> status;  // of the first that was not OK, else of the last
  std::optional<Error> error;          // it was never sent
  std::uint64_t append_remaining = 0;  // of AppendStream
  bool append_has_begun = false;       // and is not answered

  [[nodiscard]] bool is_complete() const { return open_tags == 0 || error.has_value(); }
};

using CommandPointer = std::shared_ptr<CommandState>;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::unique_ptr<net::Stream> stream, ClientOptions options);
  ~Connection();

  // Commands; connection_write.cpp.
  [[nodiscard]] std::string next_tag();
  // Makes the state of a command; it is open after open_command().
  [[nodiscard]] CommandPointer make_command(CommandState::Kind kind, std::string_view name, CommandState::Data data = {});
  void open_command(const CommandPointer& command, const std::string& tag);
  // Opens it and queues its bytes, or notes the error. `secret`: wiped after they were written.
  void queue(const CommandPointer& command, const std::string& tag, Result<std::vector<std::string>> pieces, bool secret = false);
  // Error of the session, of the command, or its NO or BAD; else nothing.
  [[nodiscard]] Result<> outcome(const CommandState& command) const;

  // Waiting; connection.cpp.
  // Writes what is queued, unless somebody else is writing (who then does), and reads until the command is complete.
  [[nodiscard]] Task<Result<>> wait_for(CommandPointer command);
  [[nodiscard]] Task<Result<>> wait_for_greeting();
  [[nodiscard]] Task<Result<std::optional<FetchedMessage>>> next_message(CommandPointer command);
  [[nodiscard]] Task<Result<std::span<const char>>> read_body(CommandPointer command);

  // Writing; connection_write.cpp.
  [[nodiscard]] Task<Result<>> flush();
  // The writer's role for one APPEND: nobody else writes until end_writing().
  [[nodiscard]] Task<Result<>> begin_writing(CommandPointer command);
  [[nodiscard]] Task<Result<>> end_writing();
  // What is queued goes out in front of the command's first bytes, with the same write.
  [[nodiscard]] Task<Result<>> write_append(CommandPointer command, std::span<const std::string_view> pieces);
  // Until the server says '+' or completes the command early: true, or false.
  [[nodiscard]] Task<Result<bool>> wait_for_plus(CommandPointer command);

  // connection_authenticate.cpp; see Client::authenticate(), Client::x_masterauth().
  [[nodiscard]] Task<Result<StatusResponse>> authenticate(std::unique_ptr<sasl::Mechanism> mechanism);
  [[nodiscard]] Task<Result<StatusResponse>> x_masterauth(Secret password);

  // STARTTLS, COMPRESS: nothing may be open. `discard`: bytes that were read already are dropped, else they are an error.
  [[nodiscard]] Task<Result<>> replace_stream(const Client::Upgrade& upgrade, bool discard);

  // See Client; connection_keep_alive.cpp.
  [[nodiscard]] Task<> keep_alive(std::chrono::milliseconds interval);

  // Ends the session; the first reason stays, and is returned.
  const Error& fail_session(Error error);
  void close();
  void set_wait_limit(std::chrono::milliseconds limit);
  void disable(std::string_view extension);
  void forget_capabilities() { capabilities_ = {}; }
  [[nodiscard]] const Capabilities& capabilities() const { return capabilities_; }
  [[nodiscard]] const net::Stream& stream() const { return *stream_; }
  [[nodiscard]] bool is_preauth() const { return greeting_ && greeting_->kind == UntaggedStatus::Kind::preauth; }
  [[nodiscard]] const std::optional<UntaggedStatus>& greeting() const { return greeting_; }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
  [[nodiscard]] bool has_open_commands() const { return !open_.empty(); }

 private:
  struct OpenCommand {
    std::string tag;
    CommandPointer state;
  };
  struct QueuedBytes {
    std::string bytes;
    bool is_secret = false;
    bool wait_for_plus = false;  // what is behind these bytes goes out after '+'
    CommandPointer command;      // when it has several pieces
  };

  // Reading.
  template <class Predicate>
  [[nodiscard]] Task<Result<>> read_until(Predicate is_done, const CommandState* reader = nullptr);
  [[nodiscard]] Task<Result<>> read_more();
  [[nodiscard]] Result<bool> advance();
  [[nodiscard]] Result<> check_endurance();
  [[nodiscard]] Task<> wait_for_change();
  void notify();
  void make_room();
  [[nodiscard]] std::string_view unread() const { return {buffer_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] Result<> closed_by_server();
  [[nodiscard]] Task<Result<>> read_until_closed();
  void end_stream(bool is_lost);

  // Responses (connection_dispatch.cpp).
  [[nodiscard]] Result<> begin_body();
  [[nodiscard]] Result<> count_answer(FetchState& fetch);
  // `size`: about, of what is not a body.
  [[nodiscard]] Result<> dispatch(Response response, std::size_t size);
  void on(UnknownResponse&&) {}
  void on(Continuation&& plus) {
    has_plus_ = true;
    plus_text_ = std::move(plus.text);
  }
  [[nodiscard]] Result<> on_status(UntaggedStatus&& status);
  void on(CapabilityResponse&& response);
  void on(EnabledResponse&& response);
  void on(ListResponse&& response);
  void on(NamespaceResponse&& response);
  void on(StatusData&& data);
  void on(FlagsResponse&&) {}
  void on(MessageNumber&& number);
  void on(VanishedResponse&& response);
  [[nodiscard]] Result<> on(SearchResponse&& response);
  [[nodiscard]] Result<> on(FetchResponse&& response);
  void on(IdResponse&& response);
  void on(QuotaResponse&& response);
  void on(AclData&& data);
  void on(ListRightsData&& data);
  void on(MyRightsData&& data);
  void on(MetadataData&& data);
  [[nodiscard]] Result<> on_tagged(TaggedResponse&& response);
  [[nodiscard]] Result<> on_first(Response response);
  void set_capabilities(Capabilities capabilities);
  void learn_code(const ResponseCode& code);
  void complete(CommandState& command, StatusResponse&& status);
  [[nodiscard]] CommandState* oldest(CommandState::Kind kind);
  // The FETCH that a message belongs to, when its handle still lives. `uid` 0: not told yet.
  [[nodiscard]] CommandState* fetch_for(Uid uid, bool has_body);

  // Writing.
  [[nodiscard]] Task<Result<>> write(std::span<const std::string_view> pieces);
  [[nodiscard]] Task<Result<>> write_queue();
  [[nodiscard]] Task<Result<std::optional<Error>>> converse(sasl::Mechanism& mechanism, std::optional<Secret> first, CommandPointer command);
  [[nodiscard]] Result<> check_unfinished_append();
  void await_silence(std::chrono::milliseconds interval);
  void on_silence(std::chrono::milliseconds interval);
  [[nodiscard]] Task<Result<>> write_failed(Error error);

  std::unique_ptr<net::Stream> stream_;
  ClientOptions options_;
  std::chrono::milliseconds wait_limit_{0};
  Capabilities capabilities_;
  std::set<std::string, std::less<>> disabled_;
  std::optional<UntaggedStatus> greeting_;
  std::optional<StatusResponse> bye_;
  std::string last_warning_;  // untagged NO or BAD: often the reason why the server closes
  std::optional<Error> failure_;

  ResponseReader reader_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t given_ = 0;  // bytes at begin_ that the reader of a streamed body looks at
  CommandState* stream_owner_ = nullptr;  // the FETCH whose body waits for read_body()
  bool is_reading_ = false;
  Endurance endurance_;
  std::uint32_t exists_ = 0;  // messages in the selected mailbox, as last told
  std::optional<boost::asio::steady_timer> change_;  // made when a second coroutine has to wait for the first

  std::deque<OpenCommand> open_;
  std::deque<QueuedBytes> queue_;
  bool is_writing_ = false;
  CommandPointer writing_command_;  // the APPEND that has the writer's role
  bool has_plus_ = false;
  std::string plus_text_;  // of the last one
  unsigned last_tag_ = 0;
  std::optional<boost::asio::steady_timer> silence_;  // for keep_alive()
  unsigned silent_since_ = 0;                         // the last tag when the timer was set
};

}  // namespace godwit::imap
