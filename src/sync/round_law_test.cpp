// SPDX-License-Identifier: Apache-2.0
// The law of a migration, tried on random histories: people append, flag, move and delete on both sides, between rounds and during
// them, folders are renamed, removed and renumbered, and connections are lost. At the end every message that the source has is on
// the target as often as it is there, in the same folder, nothing is there more often, what belongs to the target's people is as
// they left it, and a further round finds nothing to do.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "tests/support/round_lab.h"

namespace godwit::sync {
namespace {

using adapters::MemoryFolder;
using adapters::MemoryMessage;
using test::flags_of;
using test::message_named;
using test::RoundLab;
using Fault = adapters::MemoryMailbox::AppendFault;

class History {
 public:
  History(std::uint32_t seed, bool lossy) : random_(seed), lossy_(lossy) {
    lab_.options.lanes = 1 + below(3);
    lab_.options.messages_per_lane = 5;
    lab_.options.batch_messages = 1 + below(8);
    lab_.options.bytes_in_flight = 1000 + below(20'000);
    lab_.source.tells_changes = below(3) != 0;
    lab_.source.tells_object_ids = below(3) == 0;
    lab_.source.tells_uid_next = below(4) != 0;
    lab_.target.tells_uid_next = below(4) != 0;
    lab_.target.batch_messages = below(3) == 0 ? 1 : 50;
    lab_.target.moves_messages = below(4) != 0;
    lab_.options.allow_mass_removal = true;  // that it is held back otherwise has a test of its own
    for (std::uint32_t i = 10 + below(40); i > 0; --i) deliver();
  }

  void live(int rounds) {
    for (int round = 0; round < rounds; ++round) {
      for (std::uint32_t i = below(12); i > 0; --i) act();
      if (is_ledger_whole_ && below(3) == 0) change_a_folder();
      lab_.source.on_call = lab_.target.on_call = [this] {
        if (below(25) == 0) act();
      };
      if (lossy_) plan_losses();
      const auto result = lab_.run();
      lab_.source.on_call = lab_.target.on_call = nullptr;
      lab_.source.lose_session_at = lab_.target.lose_session_at = 0;
      lab_.target.append_fault = {};
      check(false);
      if (!result.error && result.not_moved == 0) remove_a_copy();
      if (lossy_ && below(8) == 0) {
        lab_.lose_ledger();
        // What is only matched is never removed, and a folder that was only found is never renamed.
        is_exact_ = is_ledger_whole_ = false;
      }
    }
    for (int quiet = 0; quiet < 2; ++quiet) {
      const auto result = lab_.run_until_complete();
      EXPECT_FALSE(result.error) << describe(*result.error);
    }
    check(true);
    const auto last = lab_.run();
    EXPECT_FALSE(last.error);
    EXPECT_EQ(last.copied + last.matched + last.flags_changed + last.vanished + last.moved + last.removed + last.removals_held, 0U)
        << "a further round has no steps";
  }

 private:
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  MemoryFolder& folder(adapters::MemoryMailbox& mailbox) { return mailbox.folder(names_[below(3)]); }
  MessageFlags some_flags() {
    MessageFlags flags;
    for (const std::string_view flag : {"\\Seen", "\\Flagged", "work"}) {
      if (below(3) == 0) flags.add(flag);
    }
    return flags;
  }
  static MemoryMessage* any_of(MemoryFolder& folder, std::uint32_t number) {
    return folder.messages.empty() ? nullptr : &folder.messages[number % folder.messages.size()];
  }
  static std::string key(const std::string& folder, const std::string& bytes) { return folder + ": " + bytes; }

  void deliver() {
    MemoryFolder& to = folder(lab_.source);
    const bool twin = below(6) == 0 && !to.messages.empty();
    const std::string bytes =
        twin ? any_of(to, below(1000))->bytes : message_named(fmt::format("source {}", ++serial_), below(15) == 0 ? 6000 : 30);
    to.add(bytes, some_flags(), fmt::format("01-Jan-2024 {:02}:{:02}:00 +0000", deliveries_ / 60 % 24, deliveries_ % 60));
    ++deliveries_;
    ++ever_[key(to.name, bytes)];
  }
  void act() {
    MemoryFolder& source = folder(lab_.source);
    const auto target = lab_.target.folders.find(names_[below(3)]);
    MemoryMessage* const message = any_of(source, below(1000));
    const auto own = own_.empty() ? own_.end() : std::next(own_.begin(), below(static_cast<std::uint32_t>(own_.size())));
    switch (below(7)) {
      case 0:
      case 1: return deliver();
      case 2:
        if (message != nullptr) source.set_flags(message->uid, some_flags());
        return;
      case 3:
        if (message != nullptr && below(2) == 0) source.remove(message->uid);
        return;
      case 4: {
        if (target == lab_.target.folders.end()) return;
        const std::string bytes = message_named(fmt::format("own {}", ++serial_));
        const MessageFlags flags = some_flags();
        target->second.add(bytes, flags);
        own_[bytes] = flags;
        return;
      }
      case 5:
        if (message != nullptr) move(source, *message, folder(lab_.source));
        return;
      default:
        if (own == own_.end()) return;
        const auto [place, uid] = place_of(own->first);
        if (below(2) == 0) {
          own->second = some_flags();
          place->set_flags(uid, own->second);
        } else {
          place->remove(uid);
          own_.erase(own);
        }
    }
  }
  void move(MemoryFolder& from, MemoryMessage message, MemoryFolder& to) {
    if (&from == &to) return;
    from.remove(message.uid);
    ++ever_[key(to.name, message.bytes)];
    to.add(std::move(message.bytes), below(4) == 0 ? some_flags() : message.flags, message.date);
  }
  // On the source, while no round is on.
  void change_a_folder() {
    std::string& name = names_[below(3)];
    MemoryFolder& changed = lab_.source.folder(name);
    switch (below(3)) {
      case 0: {
        const std::string before = std::exchange(name, fmt::format("R{}", ++serial_));
        for (const auto& [each, count] : std::map(ever_)) {
          if (each.starts_with(before + ": ")) ever_[name + each.substr(before.size())] = count;
        }
        lab_.source.rename(before, name);
        return;
      }
      case 1:
        lab_.source.folders.erase(name);
        // Under its old name it looks renumbered, see below.
        if (below(3) == 0) is_exact_ = false;
        else name = fmt::format("N{}", ++serial_);
        lab_.source.folder(name);
        return;
      default:  // renumbered, as after a restore
        changed.uid_validity = ++lab_.source.last_uid_validity;
        changed.uid_next = 1;
        for (auto& message : changed.messages) message.uid = changed.uid_next++;
        // What goes at the same time cannot be told from what the renumbering hides: it stays.
        is_exact_ = false;
    }
  }
  std::pair<MemoryFolder*, Uid> place_of(const std::string& own) {
    for (auto& [name, target] : lab_.target.folders) {
      for (const auto& message : target.messages) {
        if (message.bytes == own) return {&target, message.uid};
      }
    }
    throw std::runtime_error("lost a message of the target's own: " + own.substr(0, 30));
  }
  // Only behind a complete round: what is removed before it was recorded cannot be told from what never arrived.
  void remove_a_copy() {
    const auto target = lab_.target.folders.find(names_[below(3)]);
    const MemoryMessage* const message = target == lab_.target.folders.end() ? nullptr : any_of(target->second, below(1000));
    if (message == nullptr || own_.contains(message->bytes)) return;
    ++removed_[message->bytes];
    target->second.remove(message->uid);
  }
  void plan_losses() {
    if (below(2) == 0) lab_.source.lose_session_at = 1 + below(150);
    if (below(2) == 0) lab_.target.lose_session_at = 1 + below(150);
    if (below(3) == 0) lab_.target.append_fault = {.kind = Fault::Kind::lose_answer, .skip = below(8), .times = 1 + below(2)};
    if (below(4) == 0) lab_.target.append_fault = {.kind = Fault::Kind::keep_some_and_refuse, .keep = below(3), .skip = 4, .times = 1};
    if (below(4) == 0) lab_.target.append_fault = {.kind = Fault::Kind::no_uids, .skip = 4};
  }

  void check(bool at_the_end) {
    std::map<std::string, int> on_source, on_target;
    for (const auto& [name, source] : lab_.source.folders) {
      for (const auto& message : source.messages) ++on_source[key(name, message.bytes)];
    }
    std::size_t own_found = 0;
    for (const auto& [name, target] : lab_.target.folders) {
      if (test::is_probe(name)) continue;
      for (const auto& message : target.messages) {
        const auto own = own_.find(message.bytes);
        if (own == own_.end()) {
          ++on_target[key(name, message.bytes)];
          continue;
        }
        ++own_found;
        EXPECT_EQ(message.flags, own->second) << "flags of the target's own message";
      }
    }
    EXPECT_EQ(own_found, own_.size()) << "messages of the target's own";
    for (const auto& [message, count] : on_target) {
      EXPECT_LE(count, ever_.contains(message) ? ever_[message] : 0) << "too often: " << message.substr(0, 40);
    }
    if (!at_the_end) return;
    for (const auto& [name, source] : lab_.source.folders) {
      for (const auto& message : source.messages) {
        const std::string each = key(name, message.bytes);
        EXPECT_GE(on_target[each] + removed_[message.bytes], on_source[each]) << "lost: " << each.substr(0, 40);
      }
    }
    if (is_exact_) {
      for (const auto& [message, count] : on_target) {
        EXPECT_LE(count, on_source.contains(message) ? on_source[message] : 0) << "not removed: " << message.substr(0, 40);
      }
    }
    if (!lossy_) check_flags();
  }
  void check_flags() {
    for (const auto& [name, source] : lab_.source.folders) {
      for (const auto& message : source.messages) {
        if (ever_[key(name, message.bytes)] != 1 || removed_.contains(message.bytes)) continue;
        for (const auto& copy : lab_.target.folder(name).messages) {
          if (copy.bytes == message.bytes) EXPECT_EQ(copy.flags.to_string(), message.flags.to_string());
        }
      }
    }
  }

  std::mt19937 random_;
  const bool lossy_;
  RoundLab lab_;
  int serial_ = 0, deliveries_ = 0;
  std::vector<std::string> names_ = {"F0", "F1", "F2"};  // of the source's folders
  std::map<std::string, int> ever_;         // delivered or moved there: by folder and bytes
  std::map<std::string, int> removed_;      // copies that the target's people removed: by bytes
  std::map<std::string, MessageFlags> own_;  // of the target's people: by bytes
  bool is_ledger_whole_ = true;
  // What is gone on the source is to be gone on the target; but what was sent, lost its answer and went on the source before it was
  // found again cannot be told from the target's own.
  bool is_exact_ = !lossy_;
};

// How many are tried: as many as the environment wants, in a long run.
std::uint32_t histories(std::uint32_t by_default) {
  const char* const wanted = std::getenv("GODWIT_HISTORIES");
  return wanted != nullptr ? static_cast<std::uint32_t>(std::strtoul(wanted, nullptr, 10)) : by_default;
}

TEST(RoundLaw, HoldsWhileEverybodyGoesOnWorking) {
  for (std::uint32_t seed = 1; seed <= histories(60) && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    History(seed, false).live(4);
  }
}

TEST(RoundLaw, HoldsWhenConnectionsAreLostAsWell) {
  for (std::uint32_t seed = 1; seed <= histories(120) && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    History(seed, true).live(5);
  }
}

}  // namespace
}  // namespace godwit::sync
