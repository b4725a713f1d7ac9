// SPDX-License-Identifier: Apache-2.0
#include "sync/unique_id_pairing.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace godwit::sync {
namespace {

// How many messages that have their size in common with others are looked at before order and sizes are believed.
constexpr std::size_t most_samples = 16;

}  // namespace

UniqueIdPairing::UniqueIdPairing(const std::vector<endpoint::UniqueId>& named, std::span<const InboxMessage> inbox,
                                 const std::vector<ledger::UniqueIdRecord>& known)
    : uid_of_(named.size()) {
  take_known(named, known, inbox);
  is_in_order_ = sizes_fit(named);
  if (is_in_order_) choose_samples(named);
  else want_all();
  if (is_in_order_ && places_.empty()) pair_in_order();
}

// Of equal names nobody can tell which of them are gone and which are new: they count where none is.
void UniqueIdPairing::take_known(const std::vector<endpoint::UniqueId>& named, const std::vector<ledger::UniqueIdRecord>& known,
                                 std::span<const InboxMessage> inbox) {
  std::set<Uid> free;
  for (const InboxMessage& message : inbox) free.insert(message.uid);
  std::unordered_map<std::string_view, std::vector<Uid>> uids_by_name;
  for (const ledger::UniqueIdRecord& record : known) uids_by_name[record.id].push_back(record.source_uid);
  std::unordered_map<std::string_view, std::vector<std::size_t>> places_by_name;
  for (std::size_t place = 0; place < named.size(); ++place) places_by_name[named[place].id].push_back(place);
  const auto is_free = [&](Uid uid) { return free.contains(uid); };
  for (const auto& [name, places] : places_by_name) {
    const std::vector<Uid>& uids = uids_by_name[name];
    if (uids.size() != places.size() || !std::ranges::all_of(uids, is_free)) continue;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (free.erase(uids[i]) > 0) uid_of_[places[i]] = uids[i];
    }
  }
  for (std::size_t place = 0; place < named.size(); ++place) {
    if (uid_of_[place] == 0) rest_places_.push_back(place);
  }
  for (const InboxMessage& message : inbox) {
    if (free.contains(message.uid)) rest_messages_.push_back(message);
  }
}

bool UniqueIdPairing::sizes_fit(const std::vector<endpoint::UniqueId>& named) const {
  const auto size_at = [&](std::size_t place) { return named[place].size; };
  return std::ranges::equal(rest_places_, rest_messages_, {}, size_at, &InboxMessage::size);
}

void UniqueIdPairing::choose_samples(const std::vector<endpoint::UniqueId>& named) {
  std::unordered_map<std::uint64_t, unsigned> messages_of_size;
  for (const std::size_t place : rest_places_) ++messages_of_size[named[place].size];
  std::vector<std::size_t> alike;  // indexes of rest_places_
  for (std::size_t i = 0; i < rest_places_.size(); ++i) {
    if (messages_of_size[named[rest_places_[i]].size] > 1) alike.push_back(i);
  }
  const std::size_t count = std::min(most_samples, alike.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t chosen = count == 1 ? alike.front() : alike[i * (alike.size() - 1) / (count - 1)];
    places_.push_back(rest_places_[chosen]);
    uids_.push_back(rest_messages_[chosen].uid);
  }
}

void UniqueIdPairing::want_all() {
  places_.clear();
  uids_.clear();
  if (rest_places_.empty() || rest_messages_.empty()) return;
  places_ = rest_places_;
  for (const InboxMessage& message : rest_messages_) uids_.push_back(message.uid);
}

void UniqueIdPairing::pair_in_order() {
  for (std::size_t i = 0; i < rest_places_.size(); ++i) uid_of_[rest_places_[i]] = rest_messages_[i].uid;
}

bool UniqueIdPairing::settle() {
  if (is_in_order_ && samples_agree()) {
    pair_in_order();
    return true;
  }
  const bool was_a_sample = std::exchange(is_in_order_, false);
  if (!was_a_sample) {
    pair_by_headers();
    return true;
  }
  place_names_.clear();
  message_names_.clear();
  want_all();
  return false;
}

bool UniqueIdPairing::samples_agree() const {
  if (place_names_.size() != places_.size() || message_names_.size() != uids_.size()) return false;
  std::map<Uid, Digest> digest_of;
  for (const auto& [uid, name] : message_names_) digest_of.emplace(uid, name.digest);
  std::map<std::size_t, Digest> digest_at;
  for (const auto& [place, name] : place_names_) digest_at.emplace(place, name.digest);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (!digest_at.contains(places_[i]) || !digest_of.contains(uids_[i]) || digest_at[places_[i]] != digest_of[uids_[i]]) return false;
  }
  return true;
}

// Equal ones in their order.
void UniqueIdPairing::pair_by_headers() {
  std::ranges::sort(place_names_, {}, &Names::value_type::first);
  std::ranges::sort(message_names_, {}, &std::pair<Uid, mime::HeaderName>::first);
  std::map<Digest, std::vector<Uid>> with_header;
  for (const auto& [uid, name] : message_names_) with_header[name.digest].push_back(uid);
  std::set<Uid> paired;
  std::map<Digest, std::size_t> taken;
  for (const auto& [place, name] : place_names_) {
    const auto found = with_header.find(name.digest);
    if (found == with_header.end() || taken[name.digest] == found->second.size()) continue;
    uid_of_[place] = found->second[taken[name.digest]++];
    paired.insert(uid_of_[place]);
  }
  pair_by_message_id(paired);
}

// Where only one message has it on each side: there are servers that show a message's header in two ways.
void UniqueIdPairing::pair_by_message_id(const std::set<Uid>& paired) {
  struct Candidates {
    std::vector<std::size_t> places;
    std::vector<Uid> uids;
  };
  std::map<Digest, Candidates> with_id;
  for (const auto& [place, name] : place_names_) {
    if (uid_of_[place] == 0 && name.message_id) with_id[*name.message_id].places.push_back(place);
  }
  for (const auto& [uid, name] : message_names_) {
    if (!paired.contains(uid) && name.message_id) with_id[*name.message_id].uids.push_back(uid);
  }
  for (const auto& [id, candidates] : with_id) {
    if (candidates.places.size() == 1 && candidates.uids.size() == 1) uid_of_[candidates.places[0]] = candidates.uids[0];
  }
}

}  // namespace godwit::sync
