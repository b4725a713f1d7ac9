// SPDX-License-Identifier: Apache-2.0
// One round over one account: brings the target up to what the source has now. Safe to repeat after any interruption; see
// docs/architecture.md, "life of a message".
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "endpoint/session.h"
#include "ledger/ledger.h"
#include "mime/repair.h"
#include "sync/extras_options.h"
#include "sync/rules.h"

namespace godwit::sync {

struct RoundOptions {
  std::size_t lanes = 2;                               // pairs of connections at most
  std::uint64_t messages_per_lane = 1000;              // for fewer another pair costs more than it brings
  std::size_t batch_messages = 100;                    // larger batches gain nothing
  std::uint64_t batch_bytes = std::uint64_t{7} << 20;  // a batch is sent when it has reached this
  std::uint64_t bytes_in_flight = std::uint64_t{24} << 20;  // of all lanes: read and not yet settled
  // How long a folder with an open intent must look the same before it is believed: a server may still be storing what a session
  // that is gone had sent it.
  std::chrono::milliseconds quiet_time{5000};
  mime::RepairRules repairs;        // what may be done to a message whose content the target refuses
  // Keeps the original of a message that is about to be sent repaired, and says where. Needed where repairs are allowed.
  std::function<Result<std::string>(std::string_view original, const mime::Repaired& form)> keep_original;
  ExtrasOptions extras;             // what is copied besides messages
  Rules rules;                      // what is left on the source, and where the rest goes
  bool only_not_moved = false;      // nothing but what is on record as not moved
  bool allow_mass_removal = false;  // more than half of the account may be removed on the target when it is gone on the source
  int attempts = 6;                             // reconnections without any progress in between
  std::chrono::milliseconds first_pause{500};   // before the first of them; doubled for each further one
};

// Counts as they are now; read by the progress view on the same thread.
struct Progress {
  enum class Phase { connecting, folders, copying, listing, reading_back, finished };
  Phase phase = Phase::connecting;
  std::uint64_t folders = 0, folders_done = 0;
  std::uint64_t messages = 0;       // to be moved as far as known
  std::uint64_t messages_done = 0;  // accepted, matched or reported
  std::uint64_t bytes_done = 0;
  std::uint64_t not_moved = 0;
  std::string folder;  // being worked on
  std::chrono::nanoseconds source_waited{}, target_waited{};
};

struct RoundResult {
  std::uint64_t folders = 0, folders_made = 0;
  std::uint64_t folders_left_out = 0;  // by the rules
  LeftOut left_out;                    // by the rules, in this round
  std::uint64_t copied = 0;         // appended in this round
  std::uint64_t matched = 0;        // found on the target, not appended again
  std::uint64_t flags_changed = 0;
  std::uint64_t flags_refused = 0;  // by the target, of messages that are on it
  std::uint64_t vanished = 0;       // gone from their folder on the source since the last round
  std::uint64_t moved = 0;          // of those: moved on the target as on the source
  std::uint64_t removed = 0;        // of those: removed on the target
  std::uint64_t kept = 0;           // of those: left on the target, because they are not godwit's own, or were changed there
  std::uint64_t removals_held = 0;  // of those: not removed yet; the notes say why
  std::uint64_t folders_renamed = 0, folders_removed = 0;
  std::uint64_t rights_changed = 0;       // entries on the target's folders
  std::uint64_t annotations_changed = 0;  // and limits of its quota
  std::uint64_t bytes = 0;          // of what was copied
  std::uint64_t listed = 0;         // raised to listed in this round
  std::uint64_t proven = 0;         // read back and equal
  std::uint64_t repaired = 0;       // moved in a repaired form, because the target refused them as they are
  std::uint64_t altered = 0;        // read back and not equal: moved, altered by the server
  std::uint64_t not_moved = 0;      // problems on record for items that are not on the target, from this or earlier rounds
  std::uint64_t unopened = 0;       // folders that the source lists and does not open: nobody knows what they hold
  std::uint64_t not_attempted = 0;  // the round ended before their turn came
  // Names by which programs that leave mail on the server know INBOX (see endpoint/unique_ids.h), where the source has them.
  std::uint64_t unique_ids = 0;          // that are on record with their messages
  std::uint64_t without_unique_id = 0;   // messages on the target of which none is known
  std::vector<ledger::Problem> problems;  // the first thousand on record
  std::vector<std::string> notes;   // what an operator should know besides
  std::optional<Error> error;       // why the round ended early
};

// What it changed on the target, or saw change on the source.
[[nodiscard]] std::uint64_t changes_of(const RoundResult& result);
[[nodiscard]] inline bool brought_nothing(const RoundResult& result) { return changes_of(result) == 0; }
// "3 messages copied, flags of 2 changed"; empty when it brought nothing.
[[nodiscard]] std::string describe_changes(const RoundResult& result);
// As if both had been one round; what only the last one can tell (what was not moved, notes, the error) is the later one's.
[[nodiscard]] RoundResult joined(const RoundResult& earlier, RoundResult later);

// Something worth a line in a log: "folder INBOX: done, 120 messages".
struct Event {
  enum class Kind { step, warning };
  Kind kind = Kind::step;
  std::string text;
  std::string folder = {};  // which one it is about; empty: none, or several. For the log, as is the code
  std::uint16_t code = 0;   // of the error or problem behind it; 0: none
};

class Round {
 public:
  // All references must outlive the round. `stop` may be set from any thread: the round then ends at the next message boundary with
  // an error of kind canceled, and nothing in doubt.
  Round(endpoint::Source& source, endpoint::Target& target, ledger::Ledger& ledger, RoundOptions options,
        const std::atomic<bool>& stop, std::function<void(Event)> on_event);
  ~Round();

  [[nodiscard]] Task<RoundResult> run();
  [[nodiscard]] const Progress& progress() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace godwit::sync
