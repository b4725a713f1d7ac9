// SPDX-License-Identifier: Apache-2.0
// Writing messages: APPEND, and MULTIAPPEND (RFC 3502) where it is there.
#include <array>

#include "adapters/imap/gmail_target.h"
#include "adapters/imap/session.h"
#include "base/error_code.h"

namespace godwit::adapters {
namespace {

using endpoint::AppendOutcome;

class PendingAppend final : public endpoint::Pending<AppendOutcome> {
 public:
  PendingAppend(ImapSession& session, imap::Command<imap::AppendResult> command, std::size_t messages)
      : session_(session), command_(std::move(command)), messages_(messages) {}

  [[nodiscard]] Task<Result<AppendOutcome>> get() override {
    auto result = co_await command_.wait();
    AppendOutcome outcome;
    if (!result) {
      if (ends_session(result.error().kind)) co_return std::unexpected(std::move(result).error());
      outcome.kind = AppendOutcome::Kind::refused;
      outcome.error = std::move(result).error();
      co_return co_await explain(std::move(outcome));
    }
    if (messages_ > 1) session_.praise("MULTIAPPEND");
    session_.praise("LITERAL+");
    session_.praise("LITERAL-");
    if (result->append_uid) {
      outcome.uid_validity = result->append_uid->uid_validity;
      // A set that names more than was sent is not worth expanding.
      if (result->append_uid->count() == messages_) {
        for (const UidRange& range : result->append_uid->uids) {
          for (std::uint64_t uid = range.first; uid <= range.last; ++uid) outcome.uids.push_back(static_cast<Uid>(uid));
        }
      }
    }
    co_return outcome;
  }

 private:
  // `unavailable` may be the answer to this command alone (NO [INUSE]); the session goes on unless it was closed.
  static bool ends_session(ErrorKind kind) { return reaction_to(kind) == Reaction::reconnect || kind == ErrorKind::canceled; }

  Task<Result<AppendOutcome>> explain(AppendOutcome outcome) {
    if (messages_ > 1) {
      outcome.error = session_.blame(std::move(outcome.error), {"MULTIAPPEND"});
    } else {
      outcome.error = session_.blame(std::move(outcome.error), {"LITERAL+", "LITERAL-"});
    }
    if (outcome.error.kind == ErrorKind::network) {
      // After a BAD to a literal that was sent without asking, its bytes may have been read as commands: only a new connection
      // is in step again. After a MULTIAPPEND the messages may go singly.
      if (messages_ == 1) co_return std::unexpected(std::move(outcome.error));
      outcome.error.kind = codes::not_understood.kind;
      outcome.error.code = codes::not_understood.number;
      outcome.worth_repeating = true;
    }
    co_return outcome;
  }

  ImapSession& session_;
  imap::Command<imap::AppendResult> command_;
  std::size_t messages_;
};

// Gmail keeps one message of a Message-ID in a folder: whether it had this one is known from before.
class PendingUnlessThere final : public endpoint::Pending<AppendOutcome> {
 public:
  PendingUnlessThere(imap::Command<UidSet> search, std::unique_ptr<endpoint::Pending<AppendOutcome>> append)
      : search_(std::move(search)), append_(std::move(append)) {}

  [[nodiscard]] Task<Result<AppendOutcome>> get() override {
    const auto twins = co_await search_.wait();
    GODWIT_CO_TRY(AppendOutcome outcome, co_await append_->get());
    if (!twins || twins->empty() || outcome.kind != AppendOutcome::Kind::stored) co_return outcome;
    AppendOutcome merged;
    merged.kind = AppendOutcome::Kind::refused;
    merged.error = make_error(codes::exists, "Gmail has a message of this Message-ID under this label already (UID " + twins->to_string() +
                                                 ") and has merged them: nothing is missing there unless the two differ; look at both, "
                                                 "and use godwit accept");
    co_return merged;
  }

 private:
  imap::Command<UidSet> search_;
  std::unique_ptr<endpoint::Pending<AppendOutcome>> append_;
};

class ImapAppendStream final : public endpoint::AppendStream {
 public:
  ImapAppendStream(ImapSession& session, imap::AppendStream stream) : session_(session), stream_(std::move(stream)) {}
  [[nodiscard]] Task<Result<>> write(std::span<const char> piece) override { co_return co_await stream_.write(piece); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Pending<AppendOutcome>>>> finish() override {
    GODWIT_CO_TRY(auto command, co_await stream_.finish());
    co_return std::make_unique<PendingAppend>(session_, std::move(command), 1);
  }

 private:
  ImapSession& session_;
  imap::AppendStream stream_;
};

// CREATE, APPEND, EXAMINE, FETCH, UNSELECT, DELETE on their way together.
class PendingTrial final : public endpoint::Pending<std::vector<std::string>> {
 public:
  PendingTrial(imap::Command<imap::StatusResponse> create, std::vector<imap::Command<imap::AppendResult>> appends,
               imap::FetchCommand fetch, imap::Command<imap::StatusResponse> removal)
      : create_(std::move(create)), appends_(std::move(appends)), fetch_(std::move(fetch)), removal_(std::move(removal)) {}

  [[nodiscard]] Task<Result<std::vector<std::string>>> get() override {
    GODWIT_CO_CHECK(co_await create_.wait());
    for (auto& append : appends_) {
      const auto stored = co_await append.wait();
      if (!stored && reaction_to(stored.error().kind) == Reaction::reconnect) co_return std::unexpected(stored.error());
    }
    auto read = co_await read_all();
    GODWIT_CO_CHECK(co_await removal_.wait());
    co_return read;
  }

 private:
  Task<Result<std::vector<std::string>>> read_all() {
    std::vector<std::string> bodies;
    while (true) {
      GODWIT_CO_TRY(auto message, co_await fetch_.next());
      if (!message) co_return bodies;
      bodies.push_back(std::move(message->body));
    }
  }

  imap::Command<imap::StatusResponse> create_;
  std::vector<imap::Command<imap::AppendResult>> appends_;
  imap::FetchCommand fetch_;
  imap::Command<imap::StatusResponse> removal_;
};

class NothingTried final : public endpoint::Pending<std::vector<std::string>> {
 public:
  [[nodiscard]] Task<Result<std::vector<std::string>>> get() override { co_return std::vector<std::string>(); }
};

}  // namespace

Task<Result<std::unique_ptr<endpoint::Pending<std::vector<std::string>>>>> ImapSession::try_out(
    const endpoint::NewFolder& folder, std::span<const endpoint::NewMessage> messages) {
  GODWIT_CO_CHECK(co_await finish(introduce()));
  // Gmail would keep the messages in All Mail for ever. As nothing is known to be kept, unusual messages are read back.
  if (is_gmail(client_->capabilities())) co_return std::make_unique<NothingTried>();
  const std::string name = name_for(folder.path);
  auto create = client_->create(name);
  std::vector<imap::Command<imap::AppendResult>> appends;
  for (const endpoint::NewMessage& message : messages) {
    const std::array<imap::AppendMessage, 1> one{{{message.flags, message.date, message.bytes}}};
    GODWIT_CO_TRY(auto append, co_await client_->append(name, one));
    appends.push_back(std::move(append));
  }
  static_cast<void>(client_->examine(name));
  auto fetch = client_->uid_fetch(UidSet::of_range(1, ~Uid{0} - 1), {.body = true});
  static_cast<void>(client_->unselect());
  auto removal = client_->delete_(name);
  co_return std::make_unique<PendingTrial>(std::move(create), std::move(appends), std::move(fetch), std::move(removal));
}

Task<Result<std::unique_ptr<endpoint::Pending<AppendOutcome>>>> ImapSession::append(
    const endpoint::Folder& folder, std::span<const endpoint::NewMessage> messages) {
  if (messages.size() > 1 && !client_->capabilities().has("MULTIAPPEND")) {
    host_->note_failure("MULTIAPPEND");
    co_return fail(codes::extension_fails, "the server took MULTIAPPEND back, which it had announced; going on without");
  }
  std::vector<imap::AppendMessage> parts;
  parts.reserve(messages.size());
  const bool merges = is_gmail(client_->capabilities());
  for (const endpoint::NewMessage& message : messages) {
    parts.push_back({merges ? flags_for_gmail(message.flags) : message.flags, message.date, message.bytes});
    note_body(message.bytes.size());
  }
  std::optional<imap::Command<UidSet>> search;
  if (const auto criteria = merges ? search_for_twin(messages.front().bytes) : std::nullopt) {
    static_cast<void>(client_->examine(folder.name));
    search = client_->uid_search(*criteria);
  }
  GODWIT_CO_TRY(auto command, co_await client_->append(folder.name, parts));
  auto pending = std::make_unique<PendingAppend>(*this, std::move(command), messages.size());
  if (search) co_return std::make_unique<PendingUnlessThere>(*std::move(search), std::move(pending));
  co_return pending;
}

Task<Result<std::unique_ptr<endpoint::AppendStream>>> ImapSession::append_stream(const endpoint::Folder& folder,
                                                                                 const MessageFlags& flags,
                                                                                 const std::string& date, std::uint64_t size) {
  note_body(size);
  const MessageFlags sent = is_gmail(client_->capabilities()) ? flags_for_gmail(flags) : flags;
  GODWIT_CO_TRY(auto stream, co_await client_->append_stream(folder.name, sent, date, size));
  co_return std::make_unique<ImapAppendStream>(*this, std::move(stream));
}

}  // namespace godwit::adapters
