// SPDX-License-Identifier: Apache-2.0
// All messages of an account with labels, as they were at one moment: 24 bytes each, since few combinations of labels and of flags occur.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "adapters/imap/labels.h"
#include "base/folder_token.h"
#include "imap/types.h"

namespace godwit::adapters {

class LabelSnapshot {
 public:
  struct Message {
    Uid uid = 0;  // in its space
    std::uint32_t flags = 0, placed = 0;
    std::uint64_t object_id = 0;
  };

  explicit LabelSnapshot(LabelPlaces places);
  // What a space holds, in any order; of two with one UID the later counts. Then finish(), once.
  void add(std::size_t space, imap::FetchedMessage message);
  void finish(std::size_t space, const FolderToken& state);

  [[nodiscard]] const LabelPlaces& places() const { return places_; }
  [[nodiscard]] std::vector<endpoint::Folder> folders() const;  // as they are shown, with their states
  // The index of the place whose folder has this name; nothing when none has it.
  [[nodiscard]] std::optional<std::size_t> find(const std::string& name) const;

  // Of a place. UIDs are those of its space: a message that gets another first label comes to its new place under its old UID, below
  // what that place had already. So highest_modseq stands for the content (equal: nothing happened), and not for an order.
  [[nodiscard]] const FolderToken& state(std::size_t place) const { return shown_[place].state; }
  [[nodiscard]] const UidSet& members(std::size_t place) const { return shown_[place].members; }
  [[nodiscard]] const Message* find(std::size_t place, Uid uid) const;
  [[nodiscard]] MessageFlags flags_of(const Message& message) const;
  [[nodiscard]] const std::vector<std::string>& keywords_of(const Message& message) const { return placed_[message.placed].keywords; }

  [[nodiscard]] const std::vector<std::size_t>& places_of(const Message& message) const { return placed_[message.placed].places; }

  // Messages that were asked for and did not come: whether they are still there has to be asked of the server.
  void note_missed(std::size_t place, const UidSet& uids) { missed_[places_.places()[place].space].add(uids); }
  [[nodiscard]] bool has_missed(std::size_t place) const { return !missed_[places_.places()[place].space].empty(); }

 private:
  struct Shown {
    FolderToken state;
    UidSet members;
    std::uint64_t content = 0;
  };
  [[nodiscard]] std::uint32_t number_of_flags(MessageFlags flags);
  [[nodiscard]] std::uint32_t number_of_placed(std::size_t space, const std::vector<std::string>& labels);

  LabelPlaces places_;
  std::vector<std::vector<Message>> messages_;  // of each space
  std::vector<Shown> shown_;                    // of each place
  std::vector<UidSet> missed_;                  // of each space
  std::vector<MessageFlags> flags_;
  std::vector<LabelPlaces::Placed> placed_;
  std::map<std::string, std::uint32_t> known_flags_, known_placed_;
};

}  // namespace godwit::adapters
