// SPDX-License-Identifier: Apache-2.0
#include "adapters/pop3/store.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/pop3/spool.h"
#include "adapters/pop3/turn.h"
#include "base/error_code.h"
#include "base/text.h"
#include "mime/header_date.h"

namespace godwit::adapters {
namespace {

constexpr std::string_view inbox = "INBOX";
constexpr std::size_t whole_body_limit = 2 * 1024 * 1024;
// What is asked for ahead of its turn, by the sizes that LIST told.
constexpr std::size_t most_asked = 32;
constexpr std::uint64_t most_bytes_asked = std::uint64_t{4} << 20;

std::string text_of(const pop3::Capability& capability) {
  std::string text = capability.name;
  for (const std::string& argument : capability.arguments) text += ' ' + argument;
  return text;
}

}  // namespace

std::string Pop3Store::caveat() const {
  std::string text;
  const auto add = [&](const std::string& sentence) { text += (text.empty() ? "" : "; ") + sentence; };
  if (const auto delay = login_delay(client_->capabilities()); delay.count() > 0) {
    add(fmt::format("the server wants {} s between two logins of one account (LOGIN-DELAY): rounds wait for it, and mail programs may be "
                    "refused meanwhile", delay.count()));
  }
  const pop3::Capability* const expire = client_->capabilities().find("EXPIRE");
  const auto days = expire == nullptr || expire->arguments.empty() ? std::nullopt : parse_number<std::uint32_t>(expire->arguments.front());
  if (days && *days == 0) {
    add("the server may remove what was read when a session ends by QUIT (EXPIRE 0): godwit cuts its lines instead, mail programs do not");
  } else if (days) {
    add(fmt::format("the server keeps messages for {} days (EXPIRE): older ones may be gone before they are moved", *days));
  }
  return text;
}

Task<Result<endpoint::ServerFacts>> Pop3Store::facts() {
  endpoint::ServerFacts facts;
  facts.greeting = client_->greeting_text();
  for (const pop3::Capability& each : client_->capabilities().all) facts.capabilities.push_back(text_of(each));
  std::ranges::sort(facts.capabilities);
  if (const pop3::Capability* const software = client_->capabilities().find("IMPLEMENTATION")) {
    facts.software = text_of({software->arguments.empty() ? "" : software->arguments.front(), {}});
  }
  facts.tls_version = client_->stream().security();
  facts.certificate = client_->stream().certificate();
  co_return facts;
}

Task<Result<std::vector<endpoint::Folder>>> Pop3Store::folders() {
  endpoint::Folder folder;
  folder.name = inbox;
  folder.path.segments = {std::string(inbox)};
  folder.role = endpoint::Role::inbox;
  folder.subscribed = true;
  co_return std::vector{std::move(folder)};
}

Task<Result<>> Pop3Store::list_once() {
  if (listed_) co_return Result<>{};
  GODWIT_CO_TRY(auto drop, co_await list_maildrop(*client_));
  listed_.emplace();
  for (DropMessage& each : drop) {
    places_.emplace(each.key, Place{each.number, each.size});
    ListedMessage message;
    message.key = std::move(each.key);
    message.size = each.size;
    if (mark_read_) message.flags.system = MessageFlags::seen;
    listed_->push_back(std::move(message));
  }
  co_return Result<>{};
}

Task<Result<std::vector<ListedMessage>>> Pop3Store::list(const std::string& /*folder*/) {
  GODWIT_CO_CHECK(co_await list_once());
  co_return *listed_;
}

void Pop3Store::expect(const std::string& /*folder*/, std::span<const ListedMessage> messages) {
  expected_.clear();
  for (const ListedMessage& message : messages) {
    if (const auto found = places_.find(message.key); found != places_.end()) expected_.push_back(found->second);
  }
}

void Pop3Store::note_asked(Place place) {
  asked_.push_back(place);
  bytes_asked_ += place.size;
}

// The wanted one, and behind it as many of those that are expected as may be on their way.
Task<Result<>> Pop3Store::ask_for(Place wanted) {
  const std::size_t before = asked_.size();
  const bool is_asked = !asked_.empty();
  if (!is_asked) note_asked(wanted);
  const bool may_ask_ahead = client_->capabilities().has("PIPELINING");
  while (may_ask_ahead && !expected_.empty() && asked_.size() < most_asked && bytes_asked_ < most_bytes_asked) {
    note_asked(expected_.front());
    expected_.pop_front();
  }
  std::vector<std::uint32_t> numbers;
  for (std::size_t i = before; i < asked_.size(); ++i) numbers.push_back(asked_[i].number);
  if (numbers.empty()) co_return Result<>{};
  co_return co_await client_->ask(pop3::Client::Part::whole, numbers);
}

// What was asked for and is not wanted any more.
Task<Result<>> Pop3Store::pass_over(std::uint32_t until) {
  while (!asked_.empty() && asked_.front().number != until) {
    bytes_asked_ -= asked_.front().size;
    asked_.pop_front();
    const auto begun = co_await client_->next_message();
    const bool goes_on = begun || begun.error().kind == ErrorKind::refused || begun.error().kind == ErrorKind::not_found;
    if (!goes_on) co_return begun;
  }
  co_return Result<>{};
}

Task<Result<std::unique_ptr<StoredMessage>>> Pop3Store::open(const std::string& /*folder*/, const ListedMessage& message) {
  GODWIT_CO_CHECK(co_await list_once());
  const auto found = places_.find(message.key);
  if (found == places_.end()) co_return fail(ErrorKind::not_found, "the message is gone");
  const Place place = found->second;
  const auto next = std::ranges::find(expected_, place.number, &Place::number);
  if (next != expected_.end()) expected_.erase(expected_.begin(), next + 1);
  GODWIT_CO_CHECK(co_await pass_over(place.number));
  GODWIT_CO_CHECK(co_await ask_for(place));
  asked_.pop_front();
  bytes_asked_ -= place.size;
  GODWIT_CO_CHECK(co_await client_->next_message());
  auto stored = std::make_unique<SpooledMessage>(whole_body_limit);
  while (true) {
    GODWIT_CO_TRY(const auto piece, co_await client_->read());
    if (piece.empty()) break;
    GODWIT_CO_CHECK(stored->append({piece.data(), piece.size()}));
  }
  stored->set_date(mime::arrival_date(stored->beginning()).value_or(InternalDate::now()).to_string());
  co_return stored;
}

void Pop3Store::close() {
  if (!client_) return;
  leave(std::exchange(client_, nullptr), executor_, asked_.empty());
}

}  // namespace godwit::adapters
