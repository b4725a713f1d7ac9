// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/label_snapshot.h"

#include <algorithm>

#include "adapters/imap/object_id.h"

namespace godwit::adapters {
namespace {

// What is kept in SQLite's integers, which have a sign; 0 would say that nothing is told.
constexpr std::uint64_t told = std::uint64_t{1} << 62U;

std::uint64_t mixed(std::uint64_t before, std::uint64_t next) {
  std::uint64_t mix = (before ^ next) * 0x9E3779B97F4A7C15U;
  return mix ^ mix >> 29U;
}

std::uint64_t content_of(const MessageFlags& flags) { return number_of(flags.to_string() + " "); }
std::uint64_t content_of(const std::vector<std::string>& keywords) {
  std::string all;
  for (const std::string& keyword : keywords) all.append(keyword).append(1, ' ');
  return number_of(all);
}

}  // namespace

LabelSnapshot::LabelSnapshot(LabelPlaces places)
    : places_(std::move(places)), messages_(places_.spaces().size()), shown_(places_.places().size()), missed_(places_.spaces().size()) {}

std::uint32_t LabelSnapshot::number_of_flags(MessageFlags flags) {
  const auto [known, is_new] = known_flags_.try_emplace(flags.to_string(), static_cast<std::uint32_t>(flags_.size()));
  if (is_new) flags_.push_back(std::move(flags));
  return known->second;
}

std::uint32_t LabelSnapshot::number_of_placed(std::size_t space, const std::vector<std::string>& labels) {
  std::string key = std::to_string(space);
  for (const std::string& label : labels) key.append(1, '\0').append(label);
  const auto [known, is_new] = known_placed_.try_emplace(std::move(key), static_cast<std::uint32_t>(placed_.size()));
  if (is_new) placed_.push_back(places_.place(space, labels));
  return known->second;
}

void LabelSnapshot::add(std::size_t space, imap::FetchedMessage message) {
  // News about flags alone, which the server tells unasked, has no name of the message.
  if (message.uid == 0 || message.object_id.empty()) return;
  messages_[space].push_back({message.uid, number_of_flags(std::move(message.flags)), number_of_placed(space, message.labels),
                              number_of(message.object_id)});
}

void LabelSnapshot::finish(std::size_t space, const FolderToken& state) {
  std::vector<Message>& messages = messages_[space];
  if (!std::ranges::is_sorted(messages, std::ranges::less_equal(), &Message::uid)) {
    std::map<Uid, Message> latest;
    for (const Message& message : messages) latest.insert_or_assign(message.uid, message);
    messages.clear();
    for (const auto& [uid, message] : latest) messages.push_back(message);
  }
  std::vector<std::uint64_t> flags, keywords;
  for (const MessageFlags& each : flags_) flags.push_back(content_of(each));
  for (const LabelPlaces::Placed& each : placed_) keywords.push_back(content_of(each.keywords));
  for (const Message& message : messages) {
    for (const std::size_t place : placed_[message.placed].places) {
      Shown& shown = shown_[place];
      shown.members.add(message.uid);
      for (const std::uint64_t part : {std::uint64_t{message.uid}, flags[message.flags], keywords[message.placed]}) {
        shown.content = mixed(shown.content, part);
      }
    }
  }
  for (std::size_t place = 0; place < shown_.size(); ++place) {
    if (places_.places()[place].space != space) continue;
    Shown& shown = shown_[place];
    shown.state = {state.uid_validity, state.uid_next, static_cast<std::uint32_t>(shown.members.size()), shown.content >> 2U | told};
  }
}

std::vector<endpoint::Folder> LabelSnapshot::folders() const {
  std::vector<endpoint::Folder> folders;
  for (std::size_t place = 0; place < shown_.size(); ++place) {
    folders.push_back(places_.places()[place].folder);
    if (folders.back().selectable) folders.back().state = shown_[place].state;
  }
  return folders;
}

std::optional<std::size_t> LabelSnapshot::find(const std::string& name) const {
  const auto& places = places_.places();
  const auto found = std::ranges::find(places, name, [](const LabelPlaces::Place& place) -> const auto& { return place.folder.name; });
  if (found == places.end()) return std::nullopt;
  return static_cast<std::size_t>(found - places.begin());
}

const LabelSnapshot::Message* LabelSnapshot::find(std::size_t place, Uid uid) const {
  const std::vector<Message>& messages = messages_[places_.places()[place].space];
  const auto found = std::ranges::lower_bound(messages, uid, {}, &Message::uid);
  return found != messages.end() && found->uid == uid ? &*found : nullptr;
}

MessageFlags LabelSnapshot::flags_of(const Message& message) const {
  MessageFlags flags = flags_[message.flags];
  for (const std::string& keyword : keywords_of(message)) flags.add(keyword);
  return flags;
}

}  // namespace godwit::adapters
