// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/label_messages.h"

#include <utility>

#include "base/error_code.h"

namespace godwit::adapters {
namespace {

using endpoint::Message;

constexpr std::size_t piece_size = 256 * 1024;
constexpr std::uint64_t largest_whole = 1024 * 1024;  // what is larger is given in pieces

}  // namespace

LabelMessages::LabelMessages(std::shared_ptr<LabelSnapshot> snapshot, std::shared_ptr<BodyStore> store, std::size_t place,
                             const UidSet& asked, const Fetch& fetch)
    : snapshot_(std::move(snapshot)), store_(std::move(store)), place_(place), space_(snapshot_->places().places()[place].space) {
  const UidSet claimed = store_->claimed(space_);
  for (const UidRange& range : asked.ranges()) {
    for (std::uint64_t each = range.first; each <= range.last; ++each) {
      const Uid uid = static_cast<Uid>(each);
      const bool is_shared = snapshot_->places_of(*snapshot_->find(place_, uid)).size() > 1;
      if (is_shared && (claimed.contains(uid) || store_->find(key_of(uid)) != nullptr)) {
        kept_.add(uid);
      } else {
        of_server_.add(uid);
        if (is_shared) claimed_.add(uid);
      }
    }
  }
  store_->claim(space_, claimed_);
  missing_ = of_server_;
  if (!of_server_.empty()) inner_ = fetch(of_server_);
}

LabelMessages::~LabelMessages() { store_->release(space_, claimed_); }

Task<Result<std::optional<Message>>> LabelMessages::next() {
  end_keeping();
  while (!kept_.empty() && (of_server_.empty() || kept_.first() < of_server_.first())) {
    if (auto message = next_kept()) co_return message;
  }
  if (!inner_) co_return std::nullopt;
  GODWIT_CO_TRY(auto message, co_await next_of_server());
  if (message) co_return message;
  inner_ = nullptr;
  of_server_ = {};
  snapshot_->note_missed(place_, missing_);
  while (!kept_.empty()) {
    if (auto left = next_kept()) co_return left;
  }
  co_return std::nullopt;
}

Task<Result<std::optional<Message>>> LabelMessages::next_of_server() {
  GODWIT_CO_TRY(auto message, co_await inner_->next());
  if (!message) co_return message;
  const Uid uid = message->uid;
  of_server_ = of_server_.without(UidSet::of_range(1, uid));
  missing_ = missing_.without(UidSet::of_range(uid, uid));
  if (const auto* const known = snapshot_->find(place_, uid)) {
    for (const std::string& keyword : snapshot_->keywords_of(*known)) message->flags.add(keyword);
    if (claimed_.contains(uid)) begin_keeping(*message);
  }
  co_return message;
}

// Nothing: whoever was to keep it did not. It is found missing, and asked for again.
std::optional<Message> LabelMessages::next_kept() {
  const Uid uid = kept_.take_first(1).first();
  const BodyStore::Kept* const kept = store_->find(key_of(uid));
  if (kept == nullptr) return std::nullopt;
  const LabelSnapshot::Message& known = *snapshot_->find(place_, uid);
  Message message{uid, snapshot_->flags_of(known), kept->date, kept->size, kept->size > largest_whole, {}, known.object_id};
  current_ = {uid, *kept, 0, true, false};
  if (!message.streamed) {
    message.bytes.resize(kept->size);
    if (store_->read(*kept, 0, message.bytes).size() != kept->size) return std::nullopt;
    store_->use(key_of(uid));
    current_ = {};
  }
  return message;
}

void LabelMessages::begin_keeping(const Message& message) {
  const auto& known = *snapshot_->find(place_, message.uid);
  BodyStore::Kept body{message.date, 0, message.size, snapshot_->places_of(known).size() - 1};
  if (!store_->reserve(body)) return;
  current_ = {message.uid, std::move(body), 0, false, true};
  if (!message.streamed && store_->write(current_.body, 0, message.bytes)) current_.at = message.size;
}

// What was not read to its end, or could not be written, is not kept.
void LabelMessages::end_keeping() {
  const auto last = std::exchange(current_, {});
  if (last.is_being_kept && last.at == last.body.size) store_->keep(key_of(last.uid), last.body);
  if (last.is_kept && last.at == last.body.size) store_->use(key_of(last.uid));
}

Task<Result<std::span<const char>>> LabelMessages::read() {
  if (current_.is_kept) {
    buffer_.resize(piece_size);
    const auto piece = store_->read(current_.body, current_.at, buffer_);
    if (piece.empty() && current_.at < current_.body.size) {
      co_return fail(ErrorKind::network, "a message that was kept for its other labels cannot be read; it is read from the server again");
    }
    current_.at += piece.size();
    co_return piece;
  }
  GODWIT_CO_TRY(const auto piece, co_await inner_->read());
  if (current_.is_being_kept) {
    current_.is_being_kept = store_->write(current_.body, current_.at, piece);
    current_.at += piece.size();
  }
  co_return piece;
}

}  // namespace godwit::adapters
