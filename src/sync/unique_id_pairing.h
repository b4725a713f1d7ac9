// SPDX-License-Identifier: Apache-2.0
// Which message of the source's INBOX is known by which of the names that endpoint::UniqueIdList lists. A pure function of what is
// known of both lists.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/uid_set.h"
#include "endpoint/unique_ids.h"
#include "ledger/ledger.h"
#include "mime/header_name.h"

namespace godwit::sync {

struct InboxMessage {
  Uid uid = 0;
  std::uint64_t size = 0;
};

class UniqueIdPairing {
 public:
  // `inbox`: ascending by UID. `known`: as the last round left it.
  UniqueIdPairing(const std::vector<endpoint::UniqueId>& named, std::span<const InboxMessage> inbox,
                  const std::vector<ledger::UniqueIdRecord>& known);

  // Whether headers decide; of which places in the list, and of which messages. Where order and sizes fit, few are looked at.
  [[nodiscard]] bool needs_headers() const { return !places_.empty(); }
  [[nodiscard]] const std::vector<std::size_t>& places() const { return places_; }
  [[nodiscard]] const std::vector<Uid>& uids() const { return uids_; }
  void note_place(std::size_t place, mime::HeaderName name) { place_names_.emplace_back(place, name); }
  void note_message(Uid uid, mime::HeaderName name) { message_names_.emplace_back(uid, name); }
  // With the headers. True: all is decided; false: more of them are needed.
  [[nodiscard]] bool settle();

  // For each place the message's UID; 0: not known.
  [[nodiscard]] const std::vector<Uid>& result() const { return uid_of_; }

 private:
  using Names = std::vector<std::pair<std::size_t, mime::HeaderName>>;
  void take_known(const std::vector<endpoint::UniqueId>& named, const std::vector<ledger::UniqueIdRecord>& known,
                  std::span<const InboxMessage> inbox);
  [[nodiscard]] bool sizes_fit(const std::vector<endpoint::UniqueId>& named) const;
  void choose_samples(const std::vector<endpoint::UniqueId>& named);
  void want_all();
  void pair_in_order();
  [[nodiscard]] bool samples_agree() const;
  void pair_by_headers();
  void pair_by_message_id(const std::set<Uid>& paired);

  std::vector<Uid> uid_of_;
  std::vector<std::size_t> rest_places_;    // not paired yet
  std::vector<InboxMessage> rest_messages_;
  bool is_in_order_ = false;
  std::vector<std::size_t> places_;
  std::vector<Uid> uids_;
  Names place_names_;
  std::vector<std::pair<Uid, mime::HeaderName>> message_names_;
};

}  // namespace godwit::sync
