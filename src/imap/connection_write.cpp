// SPDX-License-Identifier: Apache-2.0
// Commands on their way out.
#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/error_code.h"
#include "base/fault.h"
#include "base/secret.h"
#include "imap/connection.h"
#include "imap/refusal.h"
#include "imap/trace.h"

namespace godwit::imap {
namespace {

constexpr std::chrono::seconds last_words_limit{5};

// What is left when an upgrade failed.
class ClosedStream final : public net::Stream {
 public:
  Task<Result<std::size_t>> read_some(std::span<char>) override { co_return closed(); }
  Task<Result<>> write(std::span<const std::string_view>) override { co_return closed(); }
  void set_wait_limit(std::chrono::milliseconds) override {}
  void close() override {}
  std::string peer() const override { return {}; }
  std::string security() const override { return {}; }
  std::chrono::nanoseconds waited_reading() const override { return {}; }
  std::chrono::nanoseconds waited_writing() const override { return {}; }

 private:
  static std::unexpected<Error> closed() { return fail(ErrorKind::canceled, "the connection is closed"); }
};

}  // namespace

std::string place_of(const net::Stream& stream) {
  return stream.peer() + (stream.security().empty() ? "" : ", " + stream.security());
}

std::string Connection::next_tag() { return fmt::format("A{:04}", ++last_tag_); }

CommandPointer Connection::make_command(CommandState::Kind kind, std::string_view name, CommandState::Data data) {
  auto command = std::make_shared<CommandState>();
  command->kind = kind;
  command->name = name;
  command->connection = weak_from_this();
  command->data = std::move(data);
  return command;
}

void Connection::open_command(const CommandPointer& command, const std::string& tag) {
  ++command->open_tags;
  open_.push_back({tag, command});
}

void Connection::queue(const CommandPointer& command, const std::string& tag, Result<std::vector<std::string>> pieces,
                       bool secret) {
  if (!pieces) {
    command->error = std::move(pieces.error());
    return;
  }
  open_command(command, tag);
  for (std::string& piece : *pieces) {
    const bool is_last = &piece == &pieces->back();
    queue_.push_back({std::move(piece), secret, !is_last, pieces->size() > 1 ? command : nullptr});
  }
}

Result<> Connection::outcome(const CommandState& command) const {
  if (command.error) return std::unexpected(*command.error);
  if (!command.is_complete()) {
    return failure_ ? std::unexpected(*failure_) : fail(ErrorKind::bug, "the outcome of an open command was asked");
  }
  if (command.status && command.status->status != Status::ok) {
    return std::unexpected(error_of(command.name, *command.status));
  }
  return {};
}

Task<Result<>> Connection::write(std::span<const std::string_view> pieces) {
  if (failure_) co_return std::unexpected(*failure_);
  if (options_.trace) options_.trace->sent(pieces);
  const Result<> written = co_await stream_->write(pieces);
  endurance_.progress(stream_->waited_reading());
  if (written) co_return Result<>();
  co_return co_await write_failed(written.error());
}

// Whoever closes a connection on which we still write may have said why; that is the better reason.
Task<Result<>> Connection::write_failed(Error error) {
  if (error.kind == ErrorKind::network) {
    stream_->set_wait_limit(last_words_limit);
    static_cast<void>(co_await read_until_closed());
  }
  co_return std::unexpected(fail_session(std::move(error)));
}

// Writes all that is queued, waiting for '+' where a command needs it.
Task<Result<>> Connection::write_queue() {
  while (!queue_.empty()) {
    std::vector<QueuedBytes> batch;
    std::vector<std::string_view> views;
    do {
      batch.push_back(std::move(queue_.front()));
      queue_.pop_front();
    } while (!batch.back().wait_for_plus && !queue_.empty());
    for (const QueuedBytes& part : batch) views.push_back(part.bytes);
    has_plus_ = false;
    const Result<> written = co_await write(views);
    for (QueuedBytes& part : batch) {
      if (part.is_secret) wipe(part.bytes);
    }
    GODWIT_CO_CHECK(written);
    if (!batch.back().wait_for_plus) continue;
    const CommandPointer command = batch.back().command;
    GODWIT_CO_TRY(const bool goes_on, co_await wait_for_plus(command));
    while (!goes_on && !queue_.empty() && queue_.front().command == command) queue_.pop_front();
  }
  co_return Result<>();
}

// An AppendStream was destroyed before finish(): the server still waits for the rest of the message.
Result<> Connection::check_unfinished_append() {
  if (!writing_command_) return {};
  const long own_references = writing_command_->is_complete() ? 1 : 2;
  if (writing_command_.use_count() > own_references) return {};
  return std::unexpected(fail_session(Error{ErrorKind::bug, "an APPEND was given up in the middle of its message", {}, {}}));
}

Task<Result<>> Connection::flush() {
  const auto self = shared_from_this();
  GODWIT_CO_CHECK(check_unfinished_append());
  if (is_writing_ || queue_.empty()) co_return Result<>();
  is_writing_ = true;
  const Result<> written = co_await write_queue();
  is_writing_ = false;
  notify();
  co_return written;
}

Task<Result<>> Connection::begin_writing(CommandPointer command) {
  const auto self = shared_from_this();
  GODWIT_CO_CHECK(check_unfinished_append());
  while (is_writing_) {
    if (failure_) co_return std::unexpected(*failure_);
    co_await wait_for_change();
  }
  is_writing_ = true;
  writing_command_ = std::move(command);
  co_return Result<>();
}

// Bytes that others queued meanwhile go out now.
Task<Result<>> Connection::end_writing() {
  const auto self = shared_from_this();
  writing_command_.reset();
  is_writing_ = false;
  notify();
  co_return co_await flush();
}

Task<Result<>> Connection::write_append(CommandPointer command, std::span<const std::string_view> pieces) {
  const auto self = shared_from_this();
  std::vector<std::string_view> views;
  std::vector<QueuedBytes> queued;
  if (!command->append_has_begun) {
    const auto waits = [](const QueuedBytes& part) { return part.wait_for_plus; };
    if (std::ranges::any_of(queue_, waits)) GODWIT_CO_CHECK(co_await write_queue());
    queued.assign(std::move_iterator(queue_.begin()), std::move_iterator(queue_.end()));
    queue_.clear();
    for (const QueuedBytes& part : queued) views.push_back(part.bytes);
    command->append_has_begun = true;
    fault::append_begins();
  }
  views.insert(views.end(), pieces.begin(), pieces.end());
  has_plus_ = false;
  co_return co_await write(views);
}

Task<Result<>> Connection::replace_stream(const Client::Upgrade& upgrade, bool discard) {
  const auto self = shared_from_this();
  if (begin_ != end_ && !discard) {
    co_return std::unexpected(fail_session(make_error(codes::response_out_of_place, "the server sent more before compression began")));
  }
  begin_ = end_ = 0;
  auto upgraded = co_await upgrade(std::move(stream_));
  if (!upgraded) {
    stream_ = std::make_unique<ClosedStream>();
    co_return std::unexpected(fail_session(std::move(upgraded).error()));
  }
  stream_ = std::move(*upgraded);
  if (wait_limit_.count() > 0) stream_->set_wait_limit(wait_limit_);
  if (options_.trace) options_.trace->note("upgraded: " + place_of(*stream_));
  co_return Result<>();
}

}  // namespace godwit::imap
