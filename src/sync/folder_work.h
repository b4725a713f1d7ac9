// SPDX-License-Identifier: Apache-2.0
// What the parts of a round share about the folder they are at work on, and about the round.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/background.h"
#include "base/error_code.h"
#include "endpoint/session.h"
#include "ledger/ledger.h"
#include "mime/hazards.h"
#include "sync/candidates.h"
#include "sync/deadly_messages.h"
#include "sync/folder_map.h"
#include "sync/round.h"

namespace godwit::sync {

struct FolderWork {
  enum class State { waiting, active, done };

  FolderPair pair;
  endpoint::Folder target;  // as it is on the target, found or made; empty before it is made
  ledger::FolderRecord record;
  State state = State::waiting;
  int lane = -1;           // that has taken it
  bool is_surveyed = false;    // what is wanted of it is known
  UidSet given_up;             // source UIDs that have found a bad end in this round: they are not tried again in it
  UidSet wanted;               // source UIDs that are to be moved; of a folder that is new to the ledger all that there may be
  std::uint64_t expected = 0;  // how many of them will come, as far as known
  bool has_ended = false;  // every message was handed over and sent
  bool is_touched = false;   // something was written to the target folder
  bool is_impossible = false;  // it could not be made on the target: its messages are passed over
  bool is_restarted = false;   // its UIDVALIDITY on the source is new: intents on record are about other UIDs
  bool has_unread = false;     // items that the source lists and does not give: nobody knows which they are
  bool refuses_keywords = false;  // with a message; they are set when it is there, or named as refused
  bool has_problems = false;  // items that are not on the target: the folder must be looked at again

  // Doubt: an intent has no result, from this process or an earlier one. Set until the candidates have been read.
  bool in_doubt = false;
  bool was_in_doubt = false;       // at some time in this round: it is listed again at the end
  std::uint32_t doubt_fence = 0;   // lowest fence of such a doubt
  FolderToken seen;                // how the target folder looked since the doubt arose; uid_next 0: nobody has looked
  std::chrono::steady_clock::time_point seen_at;
  void note_look(const FolderToken& look) {
    seen = look;
    seen_at = std::chrono::steady_clock::now();
  }
  bool is_looked_at = false;       // the candidates are loaded, or there is no need
  std::uint32_t looked_until = 0;  // the target's UIDNEXT when they were read
  Candidates candidates;
  Uid highest_told = 0;             // of the UIDs that the target gave in its answers
  bool settled_below_fence = true;  // no candidates are left over: results may advance the fence
  int unresolved = 0;               // refused batches whose messages have not found their end
  // The target said that it stored something which it does not show, at or above this UID: the fence must not pass it, so that
  // the next round looks for it. 0: there is no such thing.
  std::uint32_t look_again_from = 0;
  void note_unseen(std::uint32_t uid) { look_again_from = look_again_from == 0 ? uid : std::min(look_again_from, uid); }

  DeadlyMessages deadly_on_source;
  std::map<std::uint8_t, UidSet> to_read_back;  // target UIDs by mime::Hazards::kinds
  UidSet intended;  // source UIDs of intents without a result: what is found of them on the target is godwit's own

  // What is to be read of the source, whatever has happened before in this round.
  [[nodiscard]] UidSet readable() const { return wanted.without(deadly_on_source.found()).without(given_up); }
  [[nodiscard]] std::string name() const { return pair.source.path.display(); }
};

// What this round knows of the ledger's pool of vanished items.
struct VanishedPool {
  bool is_empty = true;
  std::set<std::uint64_t> streamed_sizes;  // of those so large that a message of the same size may be streamed
  // Entries that were given to a folder in this round: no other gets them, whatever becomes of them there.
  std::map<ledger::VanishedId, ledger::FolderId> claimed;
  std::map<Digest, std::size_t> claimed_alike;  // how many of them there are of each digest
};

// Lives as long as the round; all on one thread except `stop`.
struct RoundContext {
  endpoint::Source& source;
  endpoint::Target& target;
  ledger::AccountLedger& account;
  const RoundOptions& options;
  const std::atomic<bool>& stop;
  const std::function<void(Event)>& on_event;
  Progress& progress;
  RoundResult& result;
  Background& background;
  VanishedPool& pool;
  std::map<ledger::FolderId, endpoint::Folder>& target_folders;  // of the ledger's folders, where they are on the target
  // Of other sources that go to the same target: what they brought is theirs.
  const std::vector<std::unique_ptr<ledger::AccountLedger>>& siblings;

  void step(std::string text, std::string folder = {}) const { on_event({Event::Kind::step, std::move(text), std::move(folder)}); }
  void warn(std::string text, std::string folder = {}, std::uint16_t code = 0) const {
    on_event({Event::Kind::warning, std::move(text), std::move(folder), code});
  }
  // A warning that the round's summary says again.
  void note(std::string text, std::string folder = {}, std::uint16_t code = 0) const {
    warn(text, std::move(folder), code);
    result.notes.push_back(std::move(text));
  }
  // A folder that the source lists and does not open: deleted meanwhile, or without rights. The others go on.
  void pass_over(FolderWork& work, const Error& error) const {
    work.is_impossible = work.has_unread = true;
    note("folder " + work.name() + " could not be opened on the source, and was passed over: " + describe(error), work.name(),
         code_of(error));
    result.unopened += 1;
  }
  [[nodiscard]] bool is_stopped() const { return stop.load(std::memory_order_relaxed); }
};

[[nodiscard]] inline Error stopped() { return {ErrorKind::canceled, "stopped by the operator", {}, {}}; }

}  // namespace godwit::sync
