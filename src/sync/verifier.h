// SPDX-License-Identifier: Apache-2.0
// Looks whether everything that the ledger has on record is on the target as it was left there. Nothing is changed on either server;
// the ledger learns what was seen: listed, proven, altered, withdrawn. It may be broken off at any time, and goes on from what the
// ledger has learned.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <vector>

#include "ledger/ledger.h"
#include "sync/doubt.h"
#include "sync/item_check.h"
#include "sync/target_line.h"

namespace godwit::sync {

struct VerifyOptions {
  enum class Depth : std::uint8_t {
    listed,  // every item in the target's list, with its flags and date
    sample,  // besides that, some of them are read back
    full,    // besides that, all of them that are not proven yet are read back
  };
  Depth depth = Depth::listed;
  std::uint64_t sample = 0;  // items, by chance
  std::uint32_t seed = 0;    // of that chance
  bool again = false;        // full: those that were read back before, too
  std::chrono::milliseconds first_pause{500};
};

struct VerifyResult {
  VerifyCounts counts;
  std::uint64_t withdrawn = 0, left_out = 0, not_moved = 0;  // on record as such before
  std::optional<Error> error;
};

class Verifier {
 public:
  // All must outlive this; `stop` may be set from any thread. `source` is asked for the subjects of what is missing on the target,
  // where it answers; nullptr: it is not asked.
  Verifier(endpoint::Source* source, endpoint::Target& target, ledger::AccountLedger& account, VerifyOptions options,
           const std::atomic<bool>& stop, std::function<void(Event)> on_event, std::function<void(Difference)> on_difference);

  [[nodiscard]] Task<VerifyResult> run();
  [[nodiscard]] const Progress& progress() const { return progress_; }

 private:
  [[nodiscard]] Task<Result<>> verify();
  [[nodiscard]] Task<Result<>> verify_some(const ledger::FolderRecord& record);
  [[nodiscard]] Task<Result<>> verify_page(endpoint::FolderView& view, const ledger::FolderRecord& record,
                                           std::span<const ledger::ItemRecord> rows);
  [[nodiscard]] Task<Result<>> learn(const ledger::FolderRecord& record, std::span<const ledger::ItemRecord> rows,
                                     const CheckedItems& checked);
  [[nodiscard]] bool is_to_be_read(const ledger::ItemRecord& row);
  void tell_of_folder(Difference::Kind kind, const ledger::FolderRecord& record, std::string meaning);
  [[nodiscard]] Task<> tell_missing();
  [[nodiscard]] Task<Result<>> name_missing();

  endpoint::Source* source_;
  endpoint::Target& target_;
  ledger::AccountLedger& account_;
  const VerifyOptions options_;
  const std::atomic<bool>& stop_;
  std::function<void(Event)> on_event_;
  std::function<void(Difference)> on_difference_;

  Progress progress_;
  VerifyResult result_;
  TargetLine line_;
  std::vector<ledger::FolderRecord> records_;
  RepairedDigests repaired_;
  std::size_t folder_ = 0;  // how far it has come
  Uid from_ = 0;
  std::uint64_t seen_ = 0;  // of the folder's messages
  std::uint64_t sample_left_ = 0, population_left_ = 0;
  std::mt19937_64 random_;
  struct Missing {
    Difference difference;
    ledger::FolderRecord record;
  };
  std::vector<Missing> missing_;  // whose subjects only the source knows
  ItemCheck check_;
};

}  // namespace godwit::sync
