// SPDX-License-Identifier: Apache-2.0
#include "adapters/listed/listing.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/digest_number.h"

namespace godwit::adapters {
namespace {

// Names of messages that are gone stay on record, in case a listing missed them; until there are more of them than of those that are there.
constexpr std::size_t gone_to_keep = 10'000;

std::uint64_t digest_of(const std::vector<NumberedMessage>& messages) {
  Sha256 digest;
  for (const NumberedMessage& each : messages) {
    std::string line = std::to_string(each.uid) + ' ' + std::to_string(each.message.flags.system);
    for (const std::string& keyword : each.message.flags.keywords) line += ' ' + keyword;
    digest.update(line + ' ' + each.message.date + '\n');
  }
  return number_of(digest.finish()) | 1U;
}

// Numbers by names, in the order of the names: folders may have a million.
using Numbers = std::vector<std::pair<std::string_view, Uid>>;

const Uid* find_number(const Numbers& numbers, std::string_view key) {
  const auto found = std::ranges::lower_bound(numbers, key, {}, &Numbers::value_type::first);
  return found != numbers.end() && found->first == key ? &found->second : nullptr;
}

Task<Result<>> forget_gone(endpoint::KeyBook& book, const std::string& folder, const KeyedFolder& known,
                           const std::vector<NumberedMessage>& listed) {
  if (known.messages.size() < 2 * listed.size() + gone_to_keep) co_return Result<>{};
  UidSet gone;
  for (const KeyedMessage& each : known.messages) {
    if (!std::ranges::binary_search(listed, each.uid, {}, &NumberedMessage::uid)) gone.add(each.uid);
  }
  co_return co_await book.forget(folder, std::move(gone));
}

}  // namespace

Task<Result<Listing>> list_numbered(MailStore& store, endpoint::KeyBook& book, std::string folder) {
  GODWIT_CO_TRY(auto messages, co_await store.list(folder));
  GODWIT_CO_TRY(const KeyedFolder known, co_await book.open(folder));
  Numbers numbers;
  numbers.reserve(std::max(known.messages.size(), messages.size()));
  for (const KeyedMessage& each : known.messages) numbers.emplace_back(each.key, each.uid);
  std::ranges::sort(numbers);
  Listing listing;
  listing.state = {known.uid_validity, known.uid_next, static_cast<std::uint32_t>(messages.size()), 0};
  std::vector<std::string> fresh;
  for (const ListedMessage& message : messages) {
    if (find_number(numbers, message.key) == nullptr) fresh.push_back(message.key);
  }
  GODWIT_CO_TRY(const auto given, co_await book.number(folder, fresh));
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    numbers.emplace_back(fresh[i], given[i]);
    listing.state.uid_next = std::max(listing.state.uid_next, given[i] + 1);
  }
  std::ranges::sort(numbers);
  listing.messages.reserve(messages.size());
  for (ListedMessage& message : messages) {
    const Uid uid = *find_number(numbers, message.key);
    listing.messages.push_back({uid, std::move(message)});
  }
  std::ranges::sort(listing.messages, {}, &NumberedMessage::uid);
  const auto twice = std::ranges::adjacent_find(listing.messages, {}, &NumberedMessage::uid);
  if (twice != listing.messages.end()) co_return fail(ErrorKind::bug, "a folder lists two messages of one name: " + folder);
  listing.state.highest_modseq = digest_of(listing.messages);
  GODWIT_CO_CHECK(co_await forget_gone(book, folder, known, listing.messages));
  co_return listing;
}

}  // namespace godwit::adapters
