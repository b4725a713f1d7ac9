// SPDX-License-Identifier: Apache-2.0
#include "limits/limited_session.h"

#include <numeric>

namespace godwit::limits {
namespace {

using endpoint::AppendOutcome;
using endpoint::Folder;
using endpoint::Message;
using endpoint::NewMessage;
using Direction = HostLimits::Direction;
using PendingOutcome = endpoint::Pending<AppendOutcome>;

class MeteredReader final : public endpoint::MessageReader {
 public:
  MeteredReader(std::unique_ptr<endpoint::MessageReader> inner, std::shared_ptr<Meter> meter)
      : inner_(std::move(inner)), meter_(std::move(meter)) {}

  [[nodiscard]] Task<Result<std::optional<Message>>> next() override {
    if (!meter_->may_go_on()) GODWIT_CO_CHECK(co_await meter_->wait());
    auto message = co_await inner_->next();
    if (!message) meter_->note(message.error());
    if (message && *message) meter_->count(Direction::in, (*message)->bytes.size(), 1);
    co_return message;
  }
  [[nodiscard]] Task<Result<std::span<const char>>> read() override {
    if (!meter_->is_paid()) co_await meter_->wait_until_paid();
    auto piece = co_await inner_->read();
    if (!piece) meter_->note(piece.error());
    if (piece) meter_->count(Direction::in, piece->size(), 0);
    co_return piece;
  }

 private:
  std::unique_ptr<endpoint::MessageReader> inner_;
  std::shared_ptr<Meter> meter_;
};

// A server may state its back-off in what it says to anything that was only queued.
template <class T>
class NotedPending final : public endpoint::Pending<T> {
 public:
  NotedPending(std::unique_ptr<endpoint::Pending<T>> inner, std::shared_ptr<Meter> meter)
      : inner_(std::move(inner)), meter_(std::move(meter)) {}
  [[nodiscard]] Task<Result<T>> get() override { return noted(meter_, inner_->get()); }

 private:
  std::unique_ptr<endpoint::Pending<T>> inner_;
  std::shared_ptr<Meter> meter_;
};

class NotedItems final : public endpoint::ItemReader {
 public:
  NotedItems(std::unique_ptr<ItemReader> inner, std::shared_ptr<Meter> meter) : inner_(std::move(inner)), meter_(std::move(meter)) {}
  [[nodiscard]] Task<Result<std::vector<endpoint::Item>>> next() override { return noted(meter_, inner_->next()); }

 private:
  std::unique_ptr<ItemReader> inner_;
  std::shared_ptr<Meter> meter_;
};

class MeteredView final : public endpoint::FolderView {
 public:
  MeteredView(std::unique_ptr<FolderView> inner, std::shared_ptr<Meter> meter) : inner_(std::move(inner)), meter_(std::move(meter)) {}
  [[nodiscard]] Task<Result<FolderToken>> state() override { return noted(meter_, inner_->state()); }
  [[nodiscard]] std::unique_ptr<endpoint::Pending<UidSet>> uids(Uid from) override {
    return std::make_unique<NotedPending<UidSet>>(inner_->uids(from), meter_);
  }
  [[nodiscard]] std::unique_ptr<endpoint::ItemReader> list(const UidSet& uids, std::uint64_t changed_since,
                                                           endpoint::ItemFields fields) override {
    return std::make_unique<NotedItems>(inner_->list(uids, changed_since, fields), meter_);
  }
  [[nodiscard]] std::unique_ptr<endpoint::MessageReader> fetch(const UidSet& uids) override {
    return std::make_unique<MeteredReader>(inner_->fetch(uids), meter_);
  }

 private:
  std::unique_ptr<FolderView> inner_;
  std::shared_ptr<Meter> meter_;
};

// A refused batch is an answer and no error.
class NotedOutcome final : public PendingOutcome {
 public:
  NotedOutcome(std::unique_ptr<PendingOutcome> inner, std::shared_ptr<Meter> meter)
      : inner_(std::move(inner)), meter_(std::move(meter)) {}
  [[nodiscard]] Task<Result<AppendOutcome>> get() override {
    auto outcome = co_await inner_->get();
    if (!outcome) meter_->note(outcome.error());
    if (outcome && outcome->kind == AppendOutcome::Kind::refused) meter_->note(outcome->error);
    co_return outcome;
  }

 private:
  std::unique_ptr<PendingOutcome> inner_;
  std::shared_ptr<Meter> meter_;
};

Result<std::unique_ptr<PendingOutcome>> noted_outcome(Result<std::unique_ptr<PendingOutcome>> pending,
                                                      const std::shared_ptr<Meter>& meter) {
  if (pending) return std::make_unique<NotedOutcome>(*std::move(pending), meter);
  meter->note(pending.error());
  return pending;
}

class MeteredAppendStream final : public endpoint::AppendStream {
 public:
  MeteredAppendStream(std::unique_ptr<AppendStream> inner, std::shared_ptr<Meter> meter)
      : inner_(std::move(inner)), meter_(std::move(meter)) {}
  [[nodiscard]] Task<Result<>> write(std::span<const char> piece) override {
    if (!meter_->is_paid()) co_await meter_->wait_until_paid();
    meter_->count(Direction::out, piece.size(), 0);
    co_return co_await noted(meter_, inner_->write(piece));
  }
  [[nodiscard]] Task<Result<std::unique_ptr<PendingOutcome>>> finish() override {
    co_return noted_outcome(co_await inner_->finish(), meter_);
  }

 private:
  std::unique_ptr<AppendStream> inner_;
  std::shared_ptr<Meter> meter_;
};

std::uint64_t bytes_of(std::span<const NewMessage> messages) {
  return std::accumulate(messages.begin(), messages.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const NewMessage& message) { return sum + message.bytes.size(); });
}

}  // namespace

std::unique_ptr<endpoint::Pending<void>> noted_pending(std::unique_ptr<endpoint::Pending<void>> pending,
                                                       const std::shared_ptr<Meter>& meter) {
  return std::make_unique<NotedPending<void>>(std::move(pending), meter);
}

std::unique_ptr<endpoint::FolderView> metered(std::unique_ptr<endpoint::FolderView> view, const std::shared_ptr<Meter>& meter) {
  if (!meter->is_on()) return view;
  return std::make_unique<MeteredView>(std::move(view), meter);
}

Task<Result<std::unique_ptr<endpoint::Pending<std::vector<std::string>>>>> LimitedTargetSession::try_out(
    const endpoint::NewFolder& folder, std::span<const NewMessage> messages) {
  meter()->count(Direction::out, bytes_of(messages), messages.size());
  return noted(meter(), inner().try_out(folder, messages));
}

Task<Result<std::unique_ptr<PendingOutcome>>> LimitedTargetSession::append(const Folder& folder, std::span<const NewMessage> messages) {
  const std::uint64_t bytes = bytes_of(messages);
  if (meter()->is_on()) return append_metered(folder, messages, bytes);
  meter()->count(Direction::out, bytes, messages.size());
  return inner().append(folder, messages);
}

Task<Result<std::unique_ptr<PendingOutcome>>> LimitedTargetSession::append_metered(const Folder& folder,
                                                                                   std::span<const NewMessage> messages,
                                                                                   std::uint64_t bytes) {
  if (!meter()->may_go_on()) co_await meter()->wait_unless_stopped();
  meter()->count(Direction::out, bytes, messages.size());
  co_return noted_outcome(co_await inner().append(folder, messages), meter());
}

Task<Result<std::unique_ptr<endpoint::AppendStream>>> LimitedTargetSession::append_stream(const Folder& folder, const MessageFlags& flags,
                                                                                          const std::string& date, std::uint64_t size) {
  if (meter()->is_on()) return append_stream_metered(folder, flags, date, size);
  meter()->count(Direction::out, size, 1);
  return inner().append_stream(folder, flags, date, size);
}

Task<Result<std::unique_ptr<endpoint::AppendStream>>> LimitedTargetSession::append_stream_metered(const Folder& folder,
                                                                                                  const MessageFlags& flags,
                                                                                                  const std::string& date,
                                                                                                  std::uint64_t size) {
  if (!meter()->may_go_on()) co_await meter()->wait_unless_stopped();
  meter()->count(Direction::out, 0, 1);
  GODWIT_CO_TRY(auto stream, co_await noted(meter(), inner().append_stream(folder, flags, date, size)));
  co_return std::make_unique<MeteredAppendStream>(std::move(stream), meter());
}

}  // namespace godwit::limits
